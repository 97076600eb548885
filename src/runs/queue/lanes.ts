/**
 * The lanes of the queue: runs of one lane wait for each other, those of another do not. So a probe of seconds does not
 * wait for a training of hours. Each lane is a queue of pg-boss.
 */
import type { RunKind } from "../../store/generated/client.js";

export const LANES = {
  /** Trains a network for minutes to hours, in a process of its own. */
  TRAINING: { queue: "runs", atOnce: 1, variable: "MAILLARD_CONCURRENCY", unit: "training runs" },
  /** Goes through a whole dataset, for seconds or hours, by the processes that serve. */
  DATASET: { queue: "runs-dataset", atOnce: 1, variable: "MAILLARD_DATASET_RUNS", unit: "runs over a dataset" },
  /** Seconds to minutes. */
  SHORT: { queue: "runs-short", atOnce: 1, variable: "MAILLARD_SHORT_RUNS", unit: "short runs" },
} as const;

export type Lane = keyof typeof LANES;
export const LANE_NAMES = Object.keys(LANES) as Lane[];

/** Runs at once in each lane, of one worker. */
export type LaneSizes = Readonly<Record<Lane, number>>;

export const DEFAULT_LANES: LaneSizes = {
  TRAINING: LANES.TRAINING.atOnce,
  DATASET: LANES.DATASET.atOnce,
  SHORT: LANES.SHORT.atOnce,
};

/** Most runs at once in a lane: each has a process or a request of its own. */
const MOST_AT_ONCE = 64;

/** The sizes that the environment sets; `problems` names each variable that is no whole number in its range. */
export function readLanes(environment: Readonly<Record<string, string | undefined>>): {
  lanes: LaneSizes;
  problems: { param: string; message: string }[];
} {
  const lanes: Record<Lane, number> = { ...DEFAULT_LANES };
  const problems: { param: string; message: string }[] = [];
  for (const lane of LANE_NAMES) {
    const { variable, unit } = LANES[lane];
    const text = environment[variable];
    if (!text) continue;
    lanes[lane] = Number(text);
    if (Number.isInteger(lanes[lane]) && lanes[lane] >= 1 && lanes[lane] <= MOST_AT_ONCE) continue;
    const message = `${variable} is a number of ${unit} at once, 1 to ${MOST_AT_ONCE}; got ${JSON.stringify(text)}.`;
    problems.push({ param: variable, message });
  }
  return { lanes, problems };
}

const LANE_OF: Readonly<Record<RunKind, Lane>> = {
  FINETUNE: "TRAINING",
  PRETRAIN: "TRAINING",
  EMBEDDING: "DATASET",
  PREDICTION: "DATASET",
  PROJECTION: "DATASET",
  IMPORT: "DATASET",
  EVALUATION: "DATASET",
  PROBE: "SHORT",
};

export const laneOf = (kind: RunKind): Lane => LANE_OF[kind];
