/** The kinds of runs, and the statuses of a run and of a download, as the API has them, and which of them are final. */
import type { RunKind, RunStatus } from "./generated/graphql.js";

const IS_FINAL: Readonly<Record<RunStatus, boolean>> = {
  QUEUED: false,
  RUNNING: false,
  SUCCEEDED: true,
  FAILED: true,
  CANCELLED: true,
  PAUSED: false,
};

const KINDS: Readonly<Record<RunKind, true>> = {
  FINETUNE: true,
  PROBE: true,
  EMBEDDING: true,
  PREDICTION: true,
  EVALUATION: true,
  PROJECTION: true,
  IMPORT: true,
  PRETRAIN: true,
};
export const RUN_KINDS = Object.keys(KINDS) as readonly RunKind[];

export const RUN_STATUSES = Object.keys(IS_FINAL) as readonly RunStatus[];

export const isFinal = (status: RunStatus): boolean => IS_FINAL[status];
