/**
 * One batch through one model. A bad item fails alone: ids are checked before the run, a run that throws is repeated
 * item by item, and a vector with NaN or Inf is an error, not data. Vectors are copied at once, so a model may reuse
 * its output buffer.
 */
import { MaillardError } from "../../errors.js";
import { maxTokens } from "../../model/families/index.js";
import type { EncoderConfig } from "../../model/types.js";
import type { InferenceOutput } from "../types.js";
import type { LoadedModel } from "./session-cache.js";

export interface BatchRun {
  /** In item order: the vector [width], or the error of this item. */
  rows: (Float32Array | Error)[];
  /** Time inside the model. */
  inferenceMs: number;
}

export async function runBatch(model: LoadedModel, items: Int32Array[], output: InferenceOutput): Promise<BatchRun> {
  if (output === "LOGITS" && model.labels.length === 0) {
    throw new MaillardError(
      "MODEL_HAS_NO_HEAD",
      "LOGITS need a classification head, and this model has none. Finetune it, or ask for CLS or MEAN.",
    );
  }
  const rows: (Float32Array | Error)[] = items.map((ids) => checkIds(ids, model.config) ?? new Float32Array(0));
  const good = [...items.keys()].filter((item) => !(rows[item] instanceof Error));
  const begin = performance.now();
  const vectors = await runOrSplit(
    model,
    good.map((item) => items[item]),
    output,
  );
  const inferenceMs = performance.now() - begin;
  for (const [place, item] of good.entries()) rows[item] = vectors[place];
  return { rows, inferenceMs };
}

async function runOrSplit(
  model: LoadedModel,
  items: Int32Array[],
  output: InferenceOutput,
): Promise<(Float32Array | Error)[]> {
  if (items.length === 0) return [];
  try {
    const vectors = await model.run(items, output);
    if (vectors.length !== items.length) throw new Error(`${items.length} items gave ${vectors.length} vectors`);
    return vectors.map(checkFinite);
  } catch (error) {
    if (items.length === 1) return [error instanceof Error ? error : new Error(String(error))];
    const rows: (Float32Array | Error)[] = [];
    for (const item of items) rows.push(...(await runOrSplit(model, [item], output)));
    return rows;
  }
}

function checkIds(ids: Int32Array, config: EncoderConfig): MaillardError | null {
  const longest = maxTokens(config);
  if (ids.length === 0 || ids.length > longest) {
    return new MaillardError(
      "BAD_INPUT",
      `This model takes 1 to ${longest} tokens, special tokens included; got ${ids.length}.`,
      {
        param: "tokenIds",
        details: { limit: longest, length: ids.length },
      },
    );
  }
  const position = ids.findIndex((id) => id < 0 || id >= config.vocabularySize);
  if (position < 0) return null;
  return new MaillardError(
    "BAD_INPUT",
    `Token ids of this model are 0 to ${config.vocabularySize - 1}; got ${ids[position]} at position ${position}. ` +
      "Use the tokenizer of the same model.",
    { param: "tokenIds", details: { position, id: ids[position], vocabularySize: config.vocabularySize } },
  );
}

function checkFinite(vector: Float32Array): Float32Array | MaillardError {
  const position = vector.findIndex((value) => !Number.isFinite(value));
  if (position < 0) return vector.slice();
  return new MaillardError(
    "NON_FINITE_OUTPUT",
    `The model answered ${vector[position]} at position ${position} of ${vector.length}: ` +
      "its weights are damaged or overflow.",
    { details: { position } },
  );
}
