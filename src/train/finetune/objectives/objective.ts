/**
 * The objective of a run, by task: the content of a batch, the scores of a split, and the weights of the saved model.
 * The loop handles steps and files; everything that differs between tasks is in this folder.
 */
import type { Checkpoint } from "../../../model/types.js";
import type { TrainingTask } from "../../../scores/metrics.js";
import type { Floats, SplitName, TaskReport } from "../../../scores/types.js";
import type { Batch } from "../../data/batch.js";
import type { Trainer } from "../../step/trainer.js";
import type { Example } from "../../types.js";

export interface Objective {
  readonly task: TrainingTask;
  /**
   * A fresh head with biases from the training split, before the first step. Absent: the head stays as it was drawn.
   */
  start?(weights: Checkpoint["weights"]): Checkpoint["weights"];
  /** The weights of a model that `finish` made, whose head is kept, as they are trained. Default: as they are. */
  goOn?(weights: Checkpoint["weights"]): Checkpoint["weights"];
  /** A part of a step's batch; `firstSequence` is the number of its first sequence in the step. */
  batch(examples: readonly Example[], step: number, firstSequence: number): Batch;
  /** `beforeBatch` is called before each batch and may throw to stop; `keep` gets the answers (see Evaluated). */
  evaluate(
    trainer: Trainer,
    split: SplitName,
    examples: readonly Example[],
    beforeBatch: () => void,
    keep?: (outputs: Floats) => void,
  ): Promise<TaskReport>;
  /** Where logits give probabilities: fits the temperature to these examples; later evaluations report it. */
  calibrate?(trainer: Trainer, examples: readonly Example[], beforeBatch: () => void): Promise<number>;
  /** The weights of the model that is saved; a temperature divides its logits. */
  finish(weights: Checkpoint["weights"], temperature: number | null): Checkpoint["weights"];
}

/** Input of the objectives on sequences. */
export interface ObjectiveSetting {
  family: Checkpoint["config"]["family"];
  /** Names in logit order. */
  labels: readonly string[];
  training: readonly Example[];
}
