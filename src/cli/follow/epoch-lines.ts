/**
 * Turns the metrics of a run, in the order of their sequence, into one line per evaluation:
 *   epoch 2   step 40   training loss 0.912   validation loss 0.871   accuracy 0.684   macro-F1 0.552
 * For labels with ROC-AUC and average precision, for numbers with RMSE, MAE and R². The training loss is the mean over
 * the steps of the epoch. The last sequence is the cursor from which to continue.
 */
import type { RunMetricsSubscription } from "../generated/graphql.js";
import { score } from "../output/table.js";

export type Metric = RunMetricsSubscription["runMetrics"];

/** The metrics of a line, by task; the last of them completes the line. */
const SCORES: readonly Readonly<Record<string, string>>[] = [
  { loss: "validation loss", accuracy: "accuracy", macroF1: "macro-F1" },
  { loss: "validation loss", rocAuc: "ROC-AUC", averagePrecision: "average precision" },
  { loss: "validation loss", rmse: "RMSE", mae: "MAE", r2: "R²" },
];

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

  /** The lines that this metric completes: none or one. A metric seen before changes nothing. */
  add(metric: Metric): string[] {
    if (metric.sequence <= this.sequence) return [];
    this.sequence = metric.sequence;
    if (metric.split === "TRAIN" && metric.name === "loss") this.addTrainLoss(metric);
    if (metric.split !== "VALIDATION") return [];
    if (metric.step !== this.scoredStep) this.scores.clear();
    this.scoredStep = metric.step;
    this.scores.set(metric.name, metric.value);
    const told = SCORES.find((titles) => Object.keys(titles).every((name) => this.scores.has(name)));
    if (!told) return [];
    const values = Object.entries(told).map(([name, title]) => `${title} ${score(this.scores.get(name))}`);
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
