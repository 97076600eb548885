/**
 * Scores that a plan leaves undefined or uncertain, said before the run: splits of few molecules (small-splits.ts), the
 * metric that chooses the best model where validation has no value of it (ROC-AUC of one class), R² of a split whose
 * values are all the same, and numbers that a checkpoint cannot tell apart because it answers in float32.
 */
import type { SequenceTask } from "../../../model/types.js";
import { DEFAULT_METRIC, titleOf } from "../../../scores/metrics.js";
import { once, scorerOf } from "../../../scores/scorers.js";
import type { SplitName } from "../../../scores/types.js";
import { coarseStep } from "../number-targets.js";
import { readTaught, type Taught } from "../taught.js";
import type { Plan, Warning } from "../types.js";
import { smallSplits } from "./small-splits.js";

interface Subject {
  targets: readonly string[];
  /** Of the order; null: that of the task. */
  metric: string | null;
  /** Whether the model is a checkpoint, which answers in float32. */
  isCheckpoint: boolean;
  /** Whether rows are dealt, not molecules. */
  ofRows: boolean;
  /** Whether a choice is made by the scores of the validation split. */
  validationDecides: boolean;
}

/** The plan with these warnings after its own. */
export function withScoreWarnings<P extends Pick<Plan, "task" | "assignments" | "warnings">>(
  plan: P,
  { targets, metric, isCheckpoint, ofRows, validationDecides }: Subject,
): P {
  const texts = plan.assignments.map(({ label }) => label);
  const taught = readTaught(plan.task, texts, targets);
  const of = (split: SplitName) => plan.assignments.filter((one) => one.split === split).map(({ label }) => label);
  const deciding = metric ?? DEFAULT_METRIC[plan.task];
  const validation = of("VALIDATION");
  const found: Warning[] = smallSplits({
    task: plan.task,
    sizeOf: (split) => of(split).length,
    what: ofRows ? "row" : "molecule",
    validationDecides,
  });
  if (validation.length > 0 && !isDefined(plan.task, deciding, taught, validation))
    found.push({
      code: "METRIC_UNDEFINED",
      message:
        `${titleOf(deciding)} has no value for the VALIDATION split: ${whyUndefined(plan.task)}. ` +
        "The validation loss chooses the best model instead, and decides early stopping. " +
        "Use split strategy STRATIFIED, another seed, or a larger validation split.",
      details: { split: "VALIDATION", metric: deciding, instead: "loss" },
    });
  if (plan.task === "REGRESSION") {
    for (const split of ["VALIDATION", "TEST"] as const) found.push(...constantWarning(split, taught, of(split)));
    if (isCheckpoint) found.push(...precisionWarning(taught, of("TRAIN")));
  }
  return found.length === 0 ? plan : { ...plan, warnings: [...plan.warnings, ...found] };
}

const whyUndefined = (task: SequenceTask): string =>
  ({
    SINGLE_LABEL: "it needs molecules of two classes",
    MULTI_LABEL: "it needs a label with molecules that have it and molecules that lack it",
    REGRESSION: "it needs two measured values",
  })[task];

/** Whether a metric has a value: that depends on the truth alone, so one row of each kind is enough. */
function isDefined(task: SequenceTask, metric: string, taught: Taught, texts: readonly string[]): boolean {
  const width = taught.classes.length;
  const rows = [...new Set(texts)].map((text) => taught.of(text));
  const outputs = (count: number) => new Float32Array(count * width);
  if (task === "SINGLE_LABEL") {
    const truth = Int32Array.from(rows, ({ label }) => label);
    return isIn(scorerOf({ task, labels: taught.classes, outputs: outputs(rows.length), truth })(once(rows.length)));
  }
  // For each label one row that has it and one that lacks it; for each number two measured ones.
  const needed = new Set<number>();
  const seen = new Map<string, number>();
  rows.forEach(({ targets }, row) => {
    (targets ?? []).forEach((value: number, column: number) => {
      if (Number.isNaN(value)) return;
      const key = task === "REGRESSION" ? `${column}` : `${column} ${value}`;
      const count = seen.get(key) ?? 0;
      if (count >= (task === "REGRESSION" ? 2 : 1)) return;
      seen.set(key, count + 1);
      needed.add(row);
    });
  });
  const kept = [...needed].map((row) => rows[row]);
  // Equal numbers are one text: the second one is measured, too.
  const twice = task === "REGRESSION" && texts.length > kept.length ? [...kept, ...kept] : kept;
  const truth = Float64Array.from(twice.flatMap(({ targets }) => [...(targets ?? [])]));
  return isIn(scorerOf({ task, labels: taught.classes, outputs: outputs(twice.length), truth })(once(twice.length)));

  function isIn(scores: Readonly<Record<string, number | null>>): boolean {
    return (scores[metric] ?? null) !== null;
  }
}

/** Measured values of each target. */
const columnsOf = (taught: Taught, texts: readonly string[]): { name: string; values: number[] }[] => {
  const rows = texts.map((text) => taught.of(text).targets ?? []);
  return taught.classes.map((name, column) => ({
    name,
    values: rows.map((row) => row[column]).filter((value) => !Number.isNaN(value)),
  }));
};

function constantWarning(split: SplitName, taught: Taught, texts: readonly string[]): Warning[] {
  const constant = columnsOf(taught, texts).filter(
    ({ values }) => values.length > 1 && values.every((value) => value === values[0]),
  );
  if (constant.length === 0) return [];
  const targets = constant.map(({ name }) => name);
  return [
    {
      code: "METRIC_UNDEFINED",
      message:
        `All molecules of the ${split} split have the same value of ${targets.join(", ")}: R² says nothing there ` +
        "(1 if every prediction is that value, else 0).",
      details: { split, metric: "r2", targets },
    },
  ];
}

function precisionWarning(taught: Taught, texts: readonly string[]): Warning[] {
  return columnsOf(taught, texts).flatMap(({ name, values }) => {
    const coarse = values.length > 1 ? coarseStep(values) : null;
    if (!coarse) return [];
    const { step, deviation } = coarse;
    return [
      {
        code: "TARGET_PRECISION" as const,
        message:
          `The values of ${name} differ by ${deviation.toPrecision(3)} (standard deviation), and a checkpoint ` +
          `answers numbers of their size in steps of ${step.toPrecision(3)} (float32): subtract a number from all ` +
          "of them, or take a probe, which answers in float64.",
        details: { target: name, step, deviation },
      },
    ];
  });
}
