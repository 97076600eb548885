/** Means over the steps since the last line of progress of pretraining. */
import type { PretrainProgress } from "./pretrain-options.js";

interface StepOutcome {
  loss: number;
  /** Losses of the property heads; empty without. */
  properties: readonly number[];
  correct: number;
  masked: number;
  tokens: number;
}

export class RecentSteps {
  private steps: StepOutcome[] = [];
  private since = performance.now();

  constructor(private readonly tokens: number) {}

  add(outcome: StepOutcome): void {
    this.steps.push(outcome);
  }

  get size(): number {
    return this.steps.length;
  }

  /** Starts again from no step. */
  take(at: Pick<PretrainProgress, "step" | "tokensSeen" | "epoch">, learningRate: number): PretrainProgress {
    const { steps } = this;
    const sum = (of: (outcome: StepOutcome) => number) => steps.reduce((total, outcome) => total + of(outcome), 0);
    const tokensPerSecond = sum(({ tokens }) => tokens) / ((performance.now() - this.since) / 1000);
    this.steps = [];
    this.since = performance.now();
    const mean = (head: number) => sum(({ properties }) => properties[head]) / steps.length;
    return {
      step: at.step,
      tokensSeen: at.tokensSeen,
      tokens: this.tokens,
      epoch: at.epoch,
      loss: sum(({ loss }) => loss) / steps.length,
      accuracy: sum(({ correct }) => correct) / sum(({ masked }) => masked),
      properties: steps[0].properties.length > 0 ? { descriptors: mean(0), maccs: mean(1), morgan: mean(2) } : null,
      learningRate,
      tokensPerSecond,
      secondsLeft: Math.max(0, this.tokens - at.tokensSeen) / tokensPerSecond,
    };
  }
}
