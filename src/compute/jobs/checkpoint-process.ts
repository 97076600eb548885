/** Entry of a process that checks one checkpoint. Started by Checkpoints, never imported. */
import { MaillardError } from "../../errors.js";
import type { CheckpointInfo } from "../../model/checkpoint/info.js";
import { checkWithoutWeights, settleCheckpoint } from "../../model/checkpoint/settle.js";
import { answerOnce } from "../../process/child-life.js";
import { type CheckpointQuestion, FOLDER } from "./checkpoints.js";

async function answer({ kind, folder, param }: CheckpointQuestion): Promise<CheckpointInfo | null> {
  try {
    if (kind === "SETTLED") return await settleCheckpoint(folder, param);
    await checkWithoutWeights(folder, param);
    return null;
  } catch (error) {
    if (!(error instanceof MaillardError)) throw error;
    const { code, message, ...fields } = error;
    throw new MaillardError(code, message.replaceAll(folder, FOLDER), fields);
  }
}

answerOnce((question: CheckpointQuestion) => () => answer(question));
