/** Work as messages: many small arrays are sent to a process as one large array and their lengths. */
import type { AnalysisRequest } from "../analysis/task.js";
import { MaillardError } from "../errors.js";
import { SPLITS } from "../scores/types.js";
import type { Example } from "../train/types.js";
import type { ToAnalysis, ToInference, ToTraining } from "./messages.js";
import type { QueuedItem } from "./request.js";

/** Floats per message: 1 MiB. */
const PART = 262_144;

/** All items share model, output and layer. */
export function batchMessage(id: number, items: QueuedItem[]): ToInference {
  const { model, output, layer = null } = items[0].request.source;
  return { kind: "batch", id, model, output, layer, ...concatenate(items.map((item) => item.ids)) };
}

/** In parts, so that neither side blocks its event loop for a large matrix. */
export function* analysisMessages({ kind, options, dimension, vectors }: AnalysisRequest): Iterable<ToAnalysis> {
  yield { kind: "request", analysis: kind, options, dimension, length: vectors.length };
  for (let offset = 0; offset < vectors.length; offset += PART)
    yield { kind: "part", offset, values: vectors.subarray(offset, offset + PART) };
}

/** All examples of a job have targets of one width, or none has any. */
export function packExamples(examples: readonly Example[]): ToTraining {
  const width = examples[0]?.targets?.length ?? 0;
  const isDouble = examples[0]?.targets instanceof Float64Array;
  const targets = new (isDouble ? Float64Array : Float32Array)(examples.length * width);
  examples.forEach((example, item) => {
    if ((example.targets?.length ?? 0) !== width)
      throw new MaillardError(
        "BAD_INPUT",
        `An example has ${example.targets?.length ?? 0} targets, another ${width}; give each the same number.`,
        { param: "examples", details: { row: item } },
      );
    if (example.targets) targets.set(example.targets, item * width);
  });
  return {
    kind: "examples",
    ...concatenate(examples.map((example) => example.tokenIds)),
    labels: Int32Array.from(examples, (example) => example.label),
    targets,
    width,
    splits: Uint8Array.from(examples, (example) => SPLITS.indexOf(example.split)),
    formCounts: Int32Array.from(examples, ({ forms = [] }) => forms.length),
    forms: concatenate(examples.flatMap(({ forms = [] }) => forms)),
  };
}

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
