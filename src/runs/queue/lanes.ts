/**
 * The lanes of the queue: runs of one lane wait for each other, those of another do not. So a probe of seconds does not
 * wait for a training of hours. Each lane is a queue of pg-boss.
 */
import type { RunKind } from "../../store/generated/client.js";

export const LANES = {
  /** Trains a network for minutes to hours, in a process of its own. */
  TRAINING: { queue: "runs", atOnce: 1 },
  /** All else: seconds to minutes, most of it in processes that serve. */
  SHORT: { queue: "runs-short", atOnce: 2 },
} as const;

export type Lane = keyof typeof LANES;
export const LANE_NAMES = Object.keys(LANES) as Lane[];

/** Runs at once in each lane, of one worker. */
export type LaneSizes = Readonly<Record<Lane, number>>;

export const DEFAULT_LANES: LaneSizes = { TRAINING: LANES.TRAINING.atOnce, SHORT: LANES.SHORT.atOnce };

const LANE_OF: Readonly<Record<RunKind, Lane>> = {
  FINETUNE: "TRAINING",
  PRETRAIN: "TRAINING",
  EMBEDDING: "SHORT",
  PROBE: "SHORT",
  PREDICTION: "SHORT",
  PROJECTION: "SHORT",
  IMPORT: "SHORT",
  EVALUATION: "SHORT",
};

export const laneOf = (kind: RunKind): Lane => LANE_OF[kind];
