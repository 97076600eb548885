/**
 * Entry of an analysis process: one request, one answer, then it ends, so that its memory is given back.
 * Started by analyseInProcess, never imported.
 */
import os from "node:os";
import { type AnalysisRequest, runAnalysis } from "../../analysis/task.js";
import { followParent, tell } from "../../process/child-life.js";
import { errorJson, type FromAnalysis, type ToAnalysis } from "../messages.js";

followParent("maillard analysis");
try {
  // As a training run: people who wait for predictions come first.
  os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // A sandbox may forbid it: then the analysis merely competes.
}

let request: AnalysisRequest | null = null;
let received = 0;

async function answer(work: () => unknown): Promise<void> {
  let reply: FromAnalysis;
  try {
    reply = { kind: "done", answer: await work() };
  } catch (error) {
    reply = { kind: "failed", error: errorJson(error) };
  }
  await tell(reply);
  process.exit(0);
}

/** The same network with the weights a training from scratch would begin with. */
async function forget({ from, to, seed }: { from: string; to: string; seed: number }): Promise<null> {
  const { copyTokenizer, loadCheckpoint, saveCheckpoint } = await import("../../model/checkpoint/checkpoint.js");
  const { initializeWeights } = await import("../../model/initialize.js");
  const { config } = await loadCheckpoint(from);
  await copyTokenizer(from, to);
  await saveCheckpoint(to, initializeWeights(config, "ENCODER", [], seed));
  return null;
}

process.on("message", (message: ToAnalysis) => {
  if (message.kind === "random-weights") return void answer(() => forget(message));
  if (message.kind === "request") {
    const { length, analysis, dimension, options } = message;
    request = { kind: analysis, dimension, options, vectors: new Float32Array(length) };
  } else if (request) {
    request.vectors.set(message.values, message.offset);
    received += message.values.length;
  }
  if (request && received === request.vectors.length) void answer(() => runAnalysis(request as AnalysisRequest));
});
