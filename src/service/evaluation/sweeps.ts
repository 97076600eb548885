/**
 * A sweep as its rows say it: trials with their scores on the validation split, the best, and what it has cost. A trial
 * that has run to its end has the score of the model that it made, any other the last one that it measured.
 */

import { parallelFigure } from "../../analysis/figures/index.js";
import { groupBy } from "../../datasets/group-by.js";
import type { SweepPlan } from "../../runs/orders/sweep/types.js";
import { sweepPlan } from "../../runs/orders/sweep/types.js";
import { isFinal } from "../../runs/queue/states.js";
import { comparedBy, greaterIsBetter, lastMeasured, type Measured, ranked } from "../../runs/sweeps/compare.js";
import { secondsOf } from "../../runs/sweeps/seconds.js";
import { titleOf } from "../../scores/metrics.js";
import type { Run, RunGroup } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { evaluationOf, reportOf } from "./evaluation.js";

interface SweepTrial {
  index: number;
  options: { option: string; value: unknown }[];
  /** Null: it was deleted. */
  run: Run | null;
  /** Epochs done. */
  epochs: number;
  /** Null: nothing was measured, or it failed. */
  score: number | null;
  best: boolean;
}

interface SweepCost {
  steps: number;
  /** Of a sweep in which every trial runs to its end; null until every trial has begun. */
  fullSteps: number | null;
  /** steps / fullSteps. */
  share: number | null;
  /** Of all attempts of its trials, by the clock. */
  seconds: number;
}

export interface Sweep extends Pick<SweepPlan, "method" | "seed" | "factor" | "rungs" | "sizes"> {
  name: string;
  /** That compares: the plan's, or the loss where that has no value. */
  metric: string;
  greaterIsBetter: boolean;
  trials: SweepTrial[];
  /** Of the trials that have run to their end. */
  best: SweepTrial | null;
  done: boolean;
  cost: SweepCost;
}

/** In the order of the groups, which are sweeps: some statements for all of them. */
export async function readSweeps(store: Store, groups: readonly RunGroup[]): Promise<Sweep[]> {
  const { prisma, pool } = store;
  const runs = await prisma.run.findMany({ where: { groupId: { in: groups.map(({ id }) => id) } } });
  const ids = runs.map(({ id }) => id);
  const names = groups.map(({ sweep }) => sweepPlan(sweep).metric);
  const [evaluations, measured, seconds] = await Promise.all([
    prisma.evaluation.findMany({ where: { runId: { in: ids }, split: "VALIDATION" } }),
    lastMeasured(pool, ids, [...names, "loss"]),
    secondsOf(store, ids),
  ]);
  const final = new Map(
    evaluations.map((row): [string, Measured] => {
      const { scores } = evaluationOf(reportOf(row));
      return [row.runId, Object.fromEntries(scores.map(({ name, value }) => [name, value]))];
    }),
  );
  const measuredOf = ({ id, status }: Run): Measured => {
    if (status === "FAILED") return {};
    return (status === "SUCCEEDED" && final.get(id)) || measured.get(id) || {};
  };
  const byGroup = groupBy(runs, ({ groupId }) => groupId);
  return groups.map((group) => {
    const own = byGroup.get(group.id) ?? [];
    const sum = own.reduce((total, { id }) => total + (seconds.get(id) ?? 0), 0);
    return sweepOf(group, own, measuredOf, sum);
  });
}

function sweepOf(group: RunGroup, runs: readonly Run[], measuredOf: (run: Run) => Measured, seconds: number): Sweep {
  const plan = sweepPlan(group.sweep);
  const byIndex = new Map(runs.map((run) => [run.groupIndex, run]));
  const metric = comparedBy(
    plan,
    runs.map(measuredOf).filter((one) => Object.keys(one).length > 0),
  );
  const trials = plan.trials.map((options, index): SweepTrial => {
    const run = byIndex.get(index) ?? null;
    return {
      index,
      // The database keeps the keys of an object in an order of its own.
      options: plan.search.map(({ option }) => ({ option, value: options[option] })),
      run,
      epochs: run?.epoch ?? 0,
      score: run === null ? null : (measuredOf(run)[metric] ?? null),
      best: false,
    };
  });
  const whole = trials.filter(({ run, score }) => run?.status === "SUCCEEDED" && score !== null);
  const best = ranked(plan, metric, whole)[0] ?? null;
  if (best) best.best = true;
  const { method, seed, factor, rungs, sizes } = plan;
  return {
    ...{ name: group.name, method, seed, factor, rungs, sizes, metric, trials, best },
    greaterIsBetter: greaterIsBetter(plan, metric),
    done: runs.every(({ status }) => isFinal(status)),
    cost: { ...stepsOf(runs), seconds },
  };
}

function stepsOf(runs: readonly Run[]): Omit<SweepCost, "seconds"> {
  const steps = runs.reduce((sum, { step }) => sum + step, 0);
  const all = runs.reduce((sum, { totalSteps }) => sum + totalSteps, 0);
  const fullSteps = all > 0 && runs.every(({ totalSteps }) => totalSteps > 0) ? all : null;
  return { steps, fullSteps, share: fullSteps === null ? null : steps / fullSteps };
}

/** Parallel coordinates as SVG. EMPTY_INPUT without a trial. */
export function sweepFigure({ name, metric, trials, best, greaterIsBetter }: Sweep): string {
  const title = `${name}: ${trials.length} trials by ${titleOf(metric)} of the validation split`;
  const better = greaterIsBetter ? "More is better." : "Less is better.";
  const found = best === null ? "No trial has run to its end yet." : `Bold: the best, ${best.score?.toFixed(3)}.`;
  const shown = (value: unknown) => (typeof value === "number" ? value : textOf(value));
  return parallelFigure(
    trials.map(({ options, score, best: chosen }) => ({
      values: options.map(({ value }) => shown(value)),
      score,
      chosen,
    })),
    {
      title,
      subtitle: `${better} ${found} Trials that were stopped have the score at which they were.`,
      axes: trials[0]?.options.map(({ option }) => option) ?? [],
      score: titleOf(metric),
    },
  );
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
