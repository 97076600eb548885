/** The plan of a sweep, as "RunGroup".sweep holds it. It never changes. */
import type { TrainingTask } from "../../../scores/metrics.js";
import type { ServiceOption } from "../../../train/options/table.js";

export const SWEEP_METHODS = {
  GRID: "Every combination of the values.",
  RANDOM: "So many combinations, drawn from the seed.",
  HALVING:
    "Successive halving: all combinations train for a few epochs, the best part of them goes on for more, and so on " +
    "to the full number of epochs. Jamieson and Talwalkar 2016, arXiv:1502.07943.",
} as const;
export type SweepMethod = keyof typeof SWEEP_METHODS;

export const SWEEP_SCALES = {
  LINEAR: "Even in the value.",
  LOG: "Even in the logarithm of the value: for rates over powers of ten.",
} as const;
export type SweepScale = keyof typeof SWEEP_SCALES;

/** Values of options in a plan are named as the API names them: COSINE, not cosine. */
export type Configuration = { readonly [K in ServiceOption]?: unknown };

/** What is searched of one option: one of `values`, or a number of a range. */
export type Dimension =
  | { option: ServiceOption; values: readonly unknown[] }
  | {
      option: ServiceOption;
      from: number;
      to: number;
      scale: SweepScale;
      /** True: whole numbers. */
      integer: boolean;
      /** Values in a grid, both ends among them; null: the range is for random draws. */
      count: number | null;
    };

export interface SweepPlan {
  method: SweepMethod;
  search: readonly Dimension[];
  /** Of the draws; not used by a full grid. */
  seed: number;
  task: TrainingTask;
  /** Of the validation split. Where it has no value there, the loss compares. */
  metric: string;
  /** HALVING: 1 / factor of the trials go on; else null. */
  factor: number | null;
  /** HALVING: epochs after which trials are compared, the last one the full number; else empty. */
  rungs: readonly number[];
  /** HALVING: trials that reach each rung; else empty. */
  sizes: readonly number[];
  /** By the place of the run in its group. */
  trials: readonly Configuration[];
}

export const sweepPlan = (sweep: unknown): SweepPlan => sweep as SweepPlan;
