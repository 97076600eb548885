/**
 * Weights and data that TypeScript and Python both compute (bench/reference/formula.py says how), so that no file has
 * to carry them.
 */
import { parameterList } from "../../../src/model/families/index.js";
import type { Checkpoint, EncoderConfig, SequenceTask, Task } from "../../../src/model/types.js";

/** The families that bench/reference/formula.py has. */
export type FormulaFamily = keyof typeof SPECIAL;

const SPECIAL = {
  bert: { pad: 0, start: 2, end: 3, mask: 4 },
  roberta: { pad: 1, start: 0, end: 2, mask: 4 },
  albert: { pad: 0, start: 2, end: 3, mask: 4 },
};

export const formulaConfig = (family: FormulaFamily): EncoderConfig => ({
  family,
  vocabularySize: 40,
  width: 32,
  layers: 2,
  heads: 4,
  intermediateWidth: 48,
  positions: 66,
  typeVocabularySize: 2,
  padId: SPECIAL[family].pad,
  activation: family === "albert" ? "gelu_new" : "gelu",
  layerNormEpsilon: 1e-5,
  hiddenDropout: 0,
  attentionDropout: 0,
  classifierDropout: 0,
  initializerRange: 0.02,
  ...(family === "albert" ? { embeddingWidth: 16 } : {}),
});

export function hash(name: string, index: number): number {
  let seed = 0x811c9dc5;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  let x = (seed + Math.imul(index, 0x9e3779b9)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

export function formulaWeight(name: string, shape: readonly number[]): Float32Array {
  const length = shape.reduce((product, size) => product * size, 1);
  const shift = /norm/i.test(name) && name.endsWith("weight") ? 1 : 0;
  const scale = name.includes("_embeddings.") ? 1 : shape.length === 1 ? 1 / 8 : 3 / 8;
  return Float32Array.from({ length }, (_, i) => (2 * ((hash(name, i) >>> 8) / 2 ** 24) - 1) * scale + shift);
}

export function formulaCheckpoint(family: FormulaFamily, task: Task): Checkpoint {
  const config = formulaConfig(family);
  const labels = task === "MASKED_LANGUAGE_MODEL" || task === "ENCODER" ? [] : ["a", "b", "c"];
  const weights = parameterList(config, task, labels.length)
    .filter(({ optional }) => !optional)
    .map(({ name, shape }) => [name, { shape, data: formulaWeight(name, shape) }] as const);
  return { config, task, labels, weights: new Map(weights) };
}

const one = (name: string, index: number, bound: number) => hash(name, index) % bound;

/** 3 to 12 tokens between start and end. */
export function formulaSequence(family: FormulaFamily, number: number): Int32Array {
  const { start, end } = SPECIAL[family];
  const tokens = Array.from(
    { length: 3 + one("length", number, 10) },
    (_, place) => 5 + one("token", number * 64 + place, 35),
  );
  return Int32Array.from([start, ...tokens, end]);
}

export const formulaClass = (ids: Int32Array): number => ids[1] % 3;

/** Labels or numbers; NaN where missing. */
export function formulaTargets(task: Exclude<SequenceTask, "SINGLE_LABEL">, ids: Int32Array, number: number): number[] {
  const values =
    task === "MULTI_LABEL"
      ? [ids[1] % 2, ids.length % 2, Number(ids[2] > 20)]
      : [(ids[1] - 22) / 16, (ids.length - 8) / 4, (ids[2] - ids.at(-2)!) / 32];
  return values.map((value, j) => (one("missing", number * 4 + j, 4) === 0 ? Number.NaN : value));
}

/** The sequence with mask tokens at the hidden places. */
export function formulaMasked(
  family: FormulaFamily,
  ids: Int32Array,
  number: number,
): { ids: Int32Array; places: number[] } {
  const inner = Array.from({ length: ids.length - 2 }, (_, i) => i + 1);
  const hidden = inner.filter((place) => one("mask", number * 64 + place, 5) === 0);
  const places = hidden.length > 0 ? hidden : [1];
  return { ids: ids.map((token, place) => (places.includes(place) ? SPECIAL[family].mask : token)), places };
}
