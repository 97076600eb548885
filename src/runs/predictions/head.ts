/** The head of a model that predicts: its task and names, and what an answer of it has to be. */
import { MaillardError } from "../../errors.js";
import { isSequenceTask, type SequenceTask, type Task } from "../../model/types.js";
import type { Floats } from "../../scores/types.js";
import type { Model } from "../../store/generated/client.js";

/** Its task, and its names in logit order. */
export interface Head {
  task: SequenceTask;
  labels: string[];
}

/** MODEL_HAS_NO_HEAD. */
export function headOf(model: Pick<Model, "name" | "task" | "labels">): Head {
  const labels = model.labels as string[] | null;
  const task = model.task as Task;
  if (isSequenceTask(task) && labels && labels.length > 0) return { task, labels };
  throw new MaillardError(
    "MODEL_HAS_NO_HEAD",
    `The model ${model.name} has no head that predicts. Finetune it with ` +
      `startFinetune(input: { baseModel: "${model.name}", … }), or name a model that was.`,
    { param: "model" },
  );
}

/** Place of the class or label that stands for an answer; of numbers the first target. */
export const bestOf = ({ task }: Head, scores: Floats): number =>
  task === "REGRESSION" ? 0 : scores.indexOf(Math.max(...scores));

/** A value that is not finite is an error, never an answer. */
export function checkedScores(scores: Floats, { labels }: Head, model: string): Floats {
  if (scores.length === labels.length && scores.every((value: number) => Number.isFinite(value))) return scores;
  throw new MaillardError(
    "NON_FINITE_OUTPUT",
    `The model ${model} answered values that are no finite numbers for its ${labels.length} classes or targets. ` +
      "Its checkpoint is broken.",
    { param: "model" },
  );
}
