/** Work as messages: many small arrays cross a process boundary as one large one and its lengths. */
import type { Example } from "../train/types.js";
import { SPLITS, type ToInference, type ToTraining } from "./messages.js";
import type { QueuedItem } from "./request.js";
import type { PcaRequest } from "./types.js";

/** Floats per message: 1 MiB. */
const PCA_PART = 262_144;

/** All items share model and output. */
export function batchMessage(id: number, items: QueuedItem[]): ToInference {
  const { model, output } = items[0].request.source;
  return { kind: "batch", id, model, output, ...concatenate(items.map((item) => item.ids)) };
}

/** In parts, so that neither side holds its event loop for a large matrix. */
export function* pcaMessages(
  id: number,
  { vectors, dimension, components, fitRows }: PcaRequest,
): Iterable<ToInference> {
  yield { kind: "pca", id, length: vectors.length, dimension, components, fitRows };
  for (let offset = 0; offset < vectors.length; offset += PCA_PART) {
    yield { kind: "pca-part", id, offset, values: vectors.subarray(offset, offset + PCA_PART) };
  }
}

export const packExamples = (examples: readonly Example[]): ToTraining => ({
  kind: "examples",
  ...concatenate(examples.map((example) => example.tokenIds)),
  labels: Int32Array.from(examples, (example) => example.label),
  splits: Uint8Array.from(examples, (example) => SPLITS.indexOf(example.split)),
});

/** ids: all arrays, one after the other: [sum of lengths]; lengths: [arrays] */
function concatenate(arrays: readonly Int32Array[]): { ids: Int32Array; lengths: Int32Array } {
  const lengths = Int32Array.from(arrays, (array) => array.length);
  const ids = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    ids.set(array, at);
    at += array.length;
  }
  return { ids, lengths };
}
