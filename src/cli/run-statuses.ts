/** The statuses of a run and of a download, as the API has them, and which of them are final. */
import type { RunStatus } from "./generated/graphql.js";

const IS_FINAL: Readonly<Record<RunStatus, boolean>> = {
  QUEUED: false,
  RUNNING: false,
  SUCCEEDED: true,
  FAILED: true,
  CANCELLED: true,
  PAUSED: false,
};

export const RUN_STATUSES = Object.keys(IS_FINAL) as readonly RunStatus[];

export const isFinal = (status: RunStatus): boolean => IS_FINAL[status];
