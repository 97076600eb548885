/**
 * Turns the metrics of a run, in the order of their sequence, into one line per evaluation:
 *   epoch 2   step 40   training loss 0.912   validation loss 0.871   accuracy 0.684   macro-F1 0.552
 * For labels with ROC-AUC and average precision, for numbers with RMSE, MAE and R², for masked tokens with accuracy
 * alone. The training loss is the mean over the steps since the line before. The last sequence is the cursor from which
 * to continue.
 */
import { streamedMetrics, titleOf } from "../../scores/metrics.js";
import type { RunKind, RunMetricsSubscription } from "../generated/graphql.js";
import { score } from "../output/table.js";

export type Metric = RunMetricsSubscription["runMetricLists"][number];

/** Scores of an evaluation, by task; the line is complete with the last of them. */
const SCORES: readonly (readonly string[])[] = (["SINGLE_LABEL", "MULTI_LABEL", "REGRESSION"] as const).map(
  streamedMetrics,
);
/** Of a pretraining: they are the first ones of a classifier, too. */
const MASKED_SCORES: readonly (readonly string[])[] = [streamedMetrics("MASKED_LANGUAGE_MODEL")];
const titleIn = (name: string): string => (name === "loss" ? "validation loss" : titleOf(name));

export class EpochLines {
  /** Of the last metric taken; 0 before the first. */
  sequence = 0;
  /** Last value seen, for the bar. */
  trainLoss: number | null = null;
  private lossSum = 0;
  private lossSteps = 0;
  private lastStep = 0;
  private scores = new Map<string, number>();
  private scoredStep = 0;
  private readonly complete: readonly (readonly string[])[];

  constructor(kind: RunKind | null = null) {
    this.complete = kind === "PRETRAIN" ? MASKED_SCORES : SCORES;
  }

  /** The lines that this metric completes: none or one. A metric seen before changes nothing. */
  add(metric: Metric): string[] {
    if (metric.sequence <= this.sequence) return [];
    this.sequence = metric.sequence;
    if (metric.split === "TRAIN" && metric.name === "loss") this.addTrainLoss(metric);
    if (metric.split !== "VALIDATION") return [];
    if (metric.step !== this.scoredStep) this.scores.clear();
    this.scoredStep = metric.step;
    this.scores.set(metric.name, metric.value);
    const names = this.complete.find((scores) => scores.every((name) => this.scores.has(name)));
    if (!names) return [];
    const values = names.map((name) => `${titleIn(name)} ${score(this.scores.get(name))}`);
    this.scores.clear();
    const training = this.lossSteps > 0 ? `   training loss ${score(this.lossSum / this.lossSteps)}` : "";
    this.lossSum = this.lossSteps = 0;
    const epoch = Number(metric.epoch.toFixed(2));
    return [[`epoch ${epoch}   step ${metric.step}${training}`, ...values].join("   ")];
  }

  /** A value is the mean over the steps since the one before it. */
  private addTrainLoss({ step, value }: Metric): void {
    this.trainLoss = value;
    const steps = Math.max(1, step - this.lastStep);
    this.lossSum += steps * value;
    this.lossSteps += steps;
    this.lastStep = step;
  }
}
