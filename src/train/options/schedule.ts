/**
 * Learning-rate schedules: the factor on the base rate after `step` finished updates, so 0 for the first one under a
 * warm-up. The closed forms of Hugging Face's get_{constant,linear,cosine}_schedule_with_warmup.
 */
export interface ScheduleLength {
  /** Updates over which the factor rises from 0 to 1 in a line. */
  warmupSteps: number;
  /** Updates of the whole run. */
  totalSteps: number;
}

const warmup = (step: number, warmupSteps: number) => step / Math.max(1, warmupSteps);

/** Share of the way from the end of the warm-up to the last step. */
const progress = (step: number, { warmupSteps, totalSteps }: ScheduleLength) =>
  (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);

/** Stays at 1 after the warm-up. */
export function constantSchedule(step: number, { warmupSteps }: Pick<ScheduleLength, "warmupSteps">): number {
  return step < warmupSteps ? warmup(step, warmupSteps) : 1;
}

/** Falls in a line to 0 at `totalSteps`. */
export function linearSchedule(step: number, { warmupSteps, totalSteps }: ScheduleLength): number {
  if (step < warmupSteps) return warmup(step, warmupSteps);
  return Math.max(0, (totalSteps - step) / Math.max(1, totalSteps - warmupSteps));
}

/** Falls along half a cosine to 0 at `totalSteps`. Loshchilov and Hutter 2016, arXiv:1608.03983, one cycle. */
export function cosineSchedule(step: number, length: ScheduleLength): number {
  if (step < length.warmupSteps) return warmup(step, length.warmupSteps);
  return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * Math.min(1, progress(step, length)))));
}

export type ScheduleName = "linear" | "cosine" | "constant";

export const SCHEDULES: Readonly<Record<ScheduleName, (step: number, length: ScheduleLength) => number>> = {
  linear: linearSchedule,
  cosine: cosineSchedule,
  constant: constantSchedule,
};
