/**
 * The rule by which a finetune is said to have learned nothing that is worth it. On the test split (on the validation
 * split where no molecule is tested), by one score for each task:
 *   SINGLE_LABEL  accuracy; macro-F1 where the classes were weighted, since that is what the weights ask for
 *   MULTI_LABEL   mean ROC-AUC
 *   REGRESSION    RMSE; of several targets, whose units differ, the mean R²
 * there is a warning when
 *   - it is not better than the constant answer's: equal is not better
 *   - it is worse than that of the linear model on fingerprints, and the paired 95 % interval of the difference
 *     (bootstrap over molecules) does not contain 0
 */
import type { SequenceTask } from "../../model/types.js";
import { lessIsBetter, mainScoreOf, titleOf } from "../../scores/metrics.js";
import type { Baseline, SplitBaselines } from "../../scores/types.js";
import type { PlannedOrder } from "../orders/input.js";
import type { Warning } from "../plan/types.js";

type Asked = Pick<PlannedOrder, "task" | "targets" | "classWeights" | "recipe" | "recipeChoice" | "maxSteps" | "split">;

function scoreOf({ task, targets, classWeights }: Asked): string {
  if (task === "SINGLE_LABEL" && classWeights === "balanced") return "macroF1";
  return mainScoreOf(task, targets.length);
}

/** null: it is better, or nothing was scored. */
export function belowBaseline(order: Asked, splits: readonly SplitBaselines[]): Warning | null {
  const scored = splits.find(({ split }) => split === "TEST") ?? splits.find(({ split }) => split === "VALIDATION");
  if (!scored) return null;
  const name = scoreOf(order);
  const own = scored.scores[name] ?? null;
  if (own === null) return null;
  const beaten = scored.baselines.filter((baseline) => isBelow(baseline, name, own));
  if (beaten.length === 0) return null;
  const numbers = scored.baselines.map((baseline) => `${wordsOf(order.task, baseline)} ${say(baseline.scores[name])}`);
  return {
    code: "BELOW_BASELINE",
    message:
      `On the ${scored.split} split the model's ${titleOf(name)} is ${say(own)}; ${numbers.join(", ")}. ` +
      `It is ${beaten.map(({ kind }) => REASONS[kind]).join(", and ")}. ${advice(order, beaten)}`,
    details: {
      split: scored.split,
      score: name,
      value: own,
      baselines: Object.fromEntries(scored.baselines.map(({ kind, scores }) => [kind, scores[name] ?? null])),
      below: beaten.map(({ kind }) => kind),
    },
  };
}

function isBelow({ kind, scores, differences }: Baseline, name: string, own: number): boolean {
  const other = scores[name] ?? null;
  if (other === null) return false;
  const sign = lessIsBetter(name) ? -1 : 1;
  if (kind === "CONSTANT") return sign * own <= sign * other;
  const { low = null, high = null } = differences.find((entry) => entry.name === name) ?? {};
  // Of the run's score less the baseline's: all of the interval is on the worse side.
  return sign === 1 ? high !== null && high < 0 : low !== null && low > 0;
}

const REASONS: Readonly<Record<Baseline["kind"], string>> = {
  CONSTANT: "not better than the constant answer",
  FINGERPRINT: "worse than the fingerprints by more than the 95 % interval of the difference",
};

/** What a baseline is, before its number. */
function wordsOf(task: SequenceTask, { kind, label }: Baseline): string {
  if (kind === "FINGERPRINT") return "a linear model on fingerprints has";
  if (task === "SINGLE_LABEL") return `always answering ${JSON.stringify(label)} has`;
  return task === "MULTI_LABEL" ? "always answering each label's share has" : "always answering the mean has";
}

const say = (value: number | null | undefined): string =>
  typeof value === "number" ? String(Number(value.toPrecision(3))) : "none";

function advice(
  { task, recipe = "published", recipeChoice, maxSteps, split }: Asked,
  beaten: readonly Baseline[],
): string {
  const named = recipe === "auto" && (recipeChoice?.options.length ?? 0) === 0;
  const longer = maxSteps === null ? "twice the epochs" : "more steps than maxSteps, or none";
  const canStratify = task === "SINGLE_LABEL" && split.strategy !== "STRATIFIED";
  const tries = [
    recipe === "published" || named ? "recipe AUTO without naming its options" : longer,
    "more molecules",
    ...(canStratify ? ["split STRATIFIED if the test split is small or lacks classes"] : []),
  ];
  const instead = beaten.some(({ kind }) => kind === "FINGERPRINT")
    ? " Or take the better model: startProbe with features MORGAN_FINGERPRINT (maillard probe --features fingerprint)."
    : "";
  return `Try ${tries.join(", ")}.${instead}`;
}

export const baselineFailed = (reason: string): Warning => ({
  code: "BASELINE_FAILED",
  message:
    `The linear model on fingerprints, to compare with, was not fitted: ${reason} The model itself is complete; ` +
    "maillard probe --features fingerprint fits it as a run.",
  details: { reason },
});
