/** Entry of an analysis process: one request, one answer. Started by ProcessLine, never imported. */
import { type AnalysisRequest, runAnalysis } from "../../analysis/task.js";
import { answerOnce } from "../../process/child-life.js";
import type { ToAnalysis } from "../messages.js";

let request: AnalysisRequest | null = null;
let received = 0;

answerOnce((message: ToAnalysis) => {
  if (message.kind === "random-weights") return () => writeRandomWeights(message);
  if (message.kind === "request") {
    const { length, analysis, dimension, options } = message;
    request = { kind: analysis, dimension, options, vectors: new Float32Array(length) };
  } else if (request) {
    request.vectors.set(message.values, message.offset);
    received += message.values.length;
  }
  const complete = request;
  return complete && received === complete.vectors.length ? (onStep) => runAnalysis(complete, onStep) : null;
});

/** The same network with the weights that a training from scratch would begin with. */
async function writeRandomWeights({ from, to, seed }: { from: string; to: string; seed: number }): Promise<null> {
  const { copyTokenizer, loadCheckpoint, saveCheckpoint } = await import("../../model/checkpoint/checkpoint.js");
  const { initializeWeights } = await import("../../model/initialize.js");
  const { config } = await loadCheckpoint(from);
  await copyTokenizer(from, to);
  await saveCheckpoint(to, initializeWeights(config, "ENCODER", [], seed));
  return null;
}
