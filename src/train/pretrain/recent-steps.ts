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

/** Sums over steps. JSON: they are a part of a state, so that a run that resumes has the same means. */
export type StepSums = StepOutcome & { steps: number };

const NOTHING: StepSums = { steps: 0, loss: 0, properties: [], correct: 0, masked: 0, tokens: 0 };

export class RecentSteps {
  /** Tokens since this process began to count them: what a state brought were not seen in its time. */
  private seen = 0;
  private since = performance.now();

  constructor(
    private readonly tokens: number,
    private sums: StepSums = NOTHING,
  ) {}

  get state(): StepSums {
    return this.sums;
  }

  add({ loss, properties, correct, masked, tokens }: StepOutcome): void {
    const { sums } = this;
    this.seen += tokens;
    this.sums = {
      steps: sums.steps + 1,
      loss: sums.loss + loss,
      properties: properties.map((value, head) => (sums.properties[head] ?? 0) + value),
      correct: sums.correct + correct,
      masked: sums.masked + masked,
      tokens: sums.tokens + tokens,
    };
  }

  /** Starts again from no step. There has been one. */
  take(at: Pick<PretrainProgress, "step" | "tokensSeen" | "epoch">, learningRate: number): PretrainProgress {
    const { steps, loss, properties, correct, masked } = this.sums;
    const tokensPerSecond = this.seen / ((performance.now() - this.since) / 1000);
    this.sums = NOTHING;
    this.seen = 0;
    this.since = performance.now();
    const [descriptors, maccs, morgan] = properties.map((sum) => sum / steps);
    return {
      step: at.step,
      tokensSeen: at.tokensSeen,
      tokens: this.tokens,
      epoch: at.epoch,
      loss: loss / steps,
      accuracy: correct / masked,
      properties: properties.length > 0 ? { descriptors, maccs, morgan } : null,
      learningRate,
      tokensPerSecond,
      secondsLeft: Math.max(0, this.tokens - at.tokensSeen) / tokensPerSecond,
    };
  }
}
