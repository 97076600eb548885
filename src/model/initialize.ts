/**
 * Fresh weights as transformers draws them: normal(0, initializerRange) for linear layers and embeddings, zeros for
 * biases and the padding rows, ones for normalisation. Each parameter has a random stream of its own, so the encoder
 * does not depend on the head, and the same seed gives the same bytes.
 */
import { type ParameterEntry, parameterList } from "./families/index.js";
import { fillNormal } from "./random.js";
import type { Checkpoint, EncoderConfig, Task, Weight } from "./types.js";

export function initializeWeights(
  config: EncoderConfig,
  task: Task,
  labels: readonly string[],
  seed: number,
): Checkpoint {
  return withHead({ config, task: "ENCODER", labels: [], weights: new Map() }, task, labels, seed);
}

/**
 * The same encoder for another task: parameters that the task needs and the checkpoint lacks are drawn. A new head is
 * always drawn.
 */
export function withHead(checkpoint: Checkpoint, task: Task, labels: readonly string[], seed: number): Checkpoint {
  const { config } = checkpoint;
  const encoder = new Set(parameterList(config, "ENCODER", 0).map(({ name }) => name));
  const weights = new Map<string, Weight>();
  for (const entry of parameterList(config, task, labels.length)) {
    const given = encoder.has(entry.name) ? checkpoint.weights.get(entry.name) : undefined;
    if (given) weights.set(entry.name, given);
    else if (!entry.optional) weights.set(entry.name, draw(entry, config.initializerRange, seed));
  }
  return { config, task, labels: [...labels], weights, precision: "FLOAT32" };
}

/** @param range deviation of weights whose entry names none */
export function draw(entry: ParameterEntry, range: number, seed: number): Weight {
  const { name, shape, initial, zeroRow, deviation = range, cutoff = Number.POSITIVE_INFINITY } = entry;
  const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
  if (initial === "ONE") data.fill(1);
  if (initial === "WEIGHT") {
    fillNormal(data, seed, name, deviation);
    for (let round = 1; data.some((value) => Math.abs(value) > cutoff * deviation); round++) {
      const again = new Float32Array(data.length);
      fillNormal(again, seed, `${name} ${round}`, deviation);
      data.forEach((value, i) => {
        if (Math.abs(value) > cutoff * deviation) data[i] = again[i];
      });
    }
  }
  if (zeroRow !== undefined) data.fill(0, zeroRow * shape[1], (zeroRow + 1) * shape[1]);
  return { shape: [...shape], data };
}
