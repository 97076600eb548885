/** The card of a model that a run made: what it was made of and what it scored, so that it can be judged without the run. */
import type { EvaluationReport, FinetuneJob } from "../train/types.js";
import type { FinetuneOrder } from "./input.js";
import { defaultOf, SETTING_NAMES } from "./training-settings.js";

export function finetuneCard(
  order: FinetuneOrder,
  { classes, examples }: Pick<FinetuneJob, "classes" | "examples">,
  reports: readonly EvaluationReport[],
): string {
  const count = (split: string) => examples.filter((example) => example.split === split).length;
  const { strategy, fractions, column } = order.split;
  const rows = reports.map(
    ({ split, count: molecules, accuracy, macroF1, baseline }) =>
      `| ${[split, molecules, accuracy.toFixed(4), macroF1.toFixed(4), `${baseline.accuracy.toFixed(4)} (${plain(baseline.label)})`].join(" | ")} |`,
  );
  return [
    `# ${order.name}`,
    `Finetuned from ${order.randomInitialWeights ? `random weights in the shape of ${order.baseModel}` : order.baseModel} on ${plain(order.target)} of the dataset ${order.dataset}.`,
    `- Molecules: ${count("TRAIN")} training, ${count("VALIDATION")} validation, ${count("TEST")} test; split ${strategy}${strategy === "COLUMN" ? ` by ${plain(column ?? "")}` : ` ${fractions.join(" / ")}`}, by molecule (first block of the InChIKey).`,
    `- ${order.epochs} epochs of batches of ${order.batchSize}, learning rate ${order.learningRate}, weight decay ${order.weightDecay}, warm-up ${order.warmupSteps} steps, gradient clip ${order.gradientClip}, dropout ${order.dropout ?? "of the model"}, seed ${order.seed}.`,
    ...otherSettings(order),
    `- Classes (${classes.length}): ${classes.map(plain).join(", ")}.`,
    ...(rows.length > 0
      ? ["", "| split | molecules | accuracy | macro-F1 | majority class |", "|---|---|---|---|---|", ...rows]
      : []),
    "",
    "Scores of different split strategies do not compare. A molecule unlike those above may be given a class with high confidence and be wrong.",
  ].join("\n");
}

/** Settings that are not what they are by default, but for those in the line above; by the names of the API. */
function otherSettings(order: FinetuneOrder): string[] {
  const changed = SETTING_NAMES.filter((name) => !IN_PROSE.includes(name) && order[name] !== undefined).filter(
    (name) => order[name] !== defaultOf(name),
  );
  if (changed.length === 0) return [];
  return [`- Besides: ${changed.map((name) => `${name} ${plain(JSON.stringify(order[name]))}`).join(", ")}.`];
}

const IN_PROSE: readonly string[] = [
  ...["epochs", "batchSize", "learningRate", "weightDecay", "warmupSteps", "gradientClip", "dropout", "seed"],
];

/** A label is data: it must not become Markdown. */
const plain = (text: string): string => text.replace(/[\\`*_{}[\]<>#|!]/g, "\\$&").replace(/\s+/g, " ");
