/**
 * The card of a model that a run made: its data, options and scores, so that it can be judged without the run.
 */

import type { SequenceTask } from "../../model/types.js";
import type { Baseline, EvaluationReport, TaskReport } from "../../scores/types.js";
import { constantName, defaultOf, SETTING_NAMES } from "../../train/options/table.js";
import type { TrainingJob } from "../../train/types.js";
import { amount } from "../../words.js";
import type { FinetuneOrder, PlannedOrder } from "../orders/input.js";

interface Scored {
  report: TaskReport;
  /** null: compared with nothing. */
  baselines: readonly Baseline[] | null;
}

export function finetuneCard(
  order: PlannedOrder,
  { classes, examples }: Pick<TrainingJob, "classes" | "examples">,
  evaluations: readonly Scored[],
): string {
  const count = (split: string) => examples.filter((example) => example.split === split).length;
  const { strategy, fractions, column } = order.split;
  const start = order.randomInitialWeights ? `random weights in the shape of ${order.baseModel}` : order.baseModel;
  return [
    `# ${order.name}`,
    `Finetuned from ${start} on ${order.targets.map(plain).join(", ")} of the dataset ${order.dataset}.`,
    `- Molecules: ${count("TRAIN")} training, ${count("VALIDATION")} validation, ${count("TEST")} test; ` +
      `split ${strategy}${strategy === "COLUMN" ? ` by ${plain(column ?? "")}` : ` ${fractions.join(" / ")}`}, ` +
      `${strategy === "ROW" ? LEAKY : "by molecule (first block of the InChIKey)"}.`,
    `- ${lengthOf(order)} of batches of ${order.batchSize}, learning rate ${order.learningRate}, ` +
      `weight decay ${order.weightDecay}, ${warmUpOf(order)}, gradient clip ${order.gradientClip}, ` +
      `dropout ${order.dropout ?? "of the model"}, seed ${order.seed}.`,
    ...recipeOf(order),
    ...otherSettings(order),
    `- ${HEADS[order.task]} (${classes.length}): ${classes.map(plain).join(", ")}.`,
    ...scoreTable(evaluations),
    "",
    `Scores of different split strategies do not compare. ${LIMITS[order.task]}`,
  ].join("\n");
}

/** What ended training first is said first. */
const lengthOf = ({ epochs, maxSteps }: PlannedOrder): string =>
  maxSteps === null ? amount(epochs, "epoch") : `${amount(maxSteps, "step")} (instead of ${amount(epochs, "epoch")})`;

const warmUpOf = ({ warmupSteps, warmupRatio }: PlannedOrder): string =>
  warmupSteps > 0 || warmupRatio === 0
    ? `warm-up ${amount(warmupSteps, "step")}`
    : `warm-up over ${Number((100 * warmupRatio).toPrecision(3))} % of the steps`;

const LEAKY =
  "by row: **the split leaks**, molecules of the test rows were trained on, and the scores say nothing of new " +
  "molecules";
const HEADS: Record<SequenceTask, string> = {
  SINGLE_LABEL: "Classes",
  MULTI_LABEL: "Labels, each with a probability of its own",
  REGRESSION: "Targets, each in the units of its label set",
};
const LIMITS: Record<SequenceTask, string> = {
  SINGLE_LABEL: "A molecule unlike those above may be given a class with high confidence and be wrong.",
  MULTI_LABEL:
    "The probabilities do not add up to 1. A molecule unlike those above may be given a label with high " +
    "confidence and be wrong.",
  REGRESSION: "A molecule unlike those above may be given a value far from its own.",
};

function scoreTable(evaluations: readonly Scored[]): string[] {
  if (evaluations.length === 0) return [];
  const row = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  const rule = (columns: number) => `|${"---|".repeat(columns)}`;
  const compared = evaluations.some(({ baselines }) => baselines !== null);
  const linear = ({ baselines }: Scored, names: readonly string[]): string[] => {
    const { scores } = baselines?.find(({ kind }) => kind === "FINGERPRINT") ?? {};
    return compared ? [names.map((name) => scores?.[name]?.toFixed(4) ?? "–").join(" / ")] : [];
  };
  const title = (names: readonly string[]) => (compared ? [`fingerprints, linear: ${names.join(" / ")}`] : []);
  const single = evaluations.flatMap(({ report, ...rest }) =>
    "confusionMatrix" in report ? [{ report: report as EvaluationReport, ...rest }] : [],
  );
  if (single.length > 0) {
    const names = ["accuracy", "macroF1"];
    const rows = single.map((scored) => {
      const { split, count, accuracy, macroF1, baseline } = scored.report;
      const majority = `${baseline.accuracy.toFixed(4)} (${plain(baseline.label)})`;
      return row([split, count, accuracy.toFixed(4), macroF1.toFixed(4), majority, ...linear(scored, names)]);
    });
    const titles = ["split", "molecules", "accuracy", "macro-F1", "majority class", ...title(names)];
    return ["", row(titles), rule(titles.length), ...rows];
  }
  const names = Object.keys(evaluations[0].report.scores ?? {});
  const first = names.includes("rmse") ? ["rmse"] : ["rocAuc"];
  const rows = evaluations.map((scored) => {
    const { split, count, scores } = scored.report;
    return row([split, count, ...names.map((name) => scores?.[name]?.toFixed(4) ?? "–"), ...linear(scored, first)]);
  });
  const titles = ["split", "molecules", ...names, ...title(first)];
  return ["", row(titles), rule(titles.length), ...rows];
}

/** What the recipe decided, by the names of the API; runs of earlier versions had none. */
function recipeOf({ recipe, recipeChoice }: FinetuneOrder): string[] {
  if (!recipeChoice) return [];
  const { options, molecules, classes } = recipeChoice;
  const learned = amount(classes, "class or target", "classes, labels or targets");
  const counts = `${amount(molecules, "training molecule")} and ${learned}`;
  return [`- Recipe ${constantName(recipe)} chose ${options.join(", ")} by ${counts}.`];
}

/** Options that differ from their defaults, except those of the line above; by their names in the API. */
function otherSettings(order: FinetuneOrder): string[] {
  const changed = SETTING_NAMES.filter((name) => !IN_PROSE.includes(name) && order[name] !== undefined).filter(
    (name) => order[name] !== defaultOf(name),
  );
  if (changed.length === 0) return [];
  return [`- Besides: ${changed.map((name) => `${name} ${plain(JSON.stringify(order[name]))}`).join(", ")}.`];
}

const IN_PROSE: readonly string[] = [
  "epochs",
  "batchSize",
  "learningRate",
  "weightDecay",
  "warmupSteps",
  "gradientClip",
  "dropout",
  "seed",
];

/** Escapes a label, so that it cannot become Markdown. */
const plain = (text: string): string => text.replace(/[\\`*_{}[\]<>#|!]/g, "\\$&").replace(/\s+/g, " ");
