/**
 * Weights in int8: of the dense layers of each encoder layer, a whole number of -63 to 63 for each value and a scale
 * for each row of the weight [out, in], which is its largest magnitude / 63. Embedding tables, attention, normalisation
 * and heads stay float32: they take little of the time.
 *
 * 63 and not 127: processors without VNNI add two products of a byte and a weight in 16 bits, and 2 x 255 x 63 fits
 * there. So sums are exact on each processor, and a model answers the same. docs/quantized.md has what it costs.
 */
import { familyOf } from "./families/index.js";
import type { EncoderConfig, Weight } from "./types.js";

/** int8 [in, out]: the weight of a dense layer, transposed as the product reads it. */
export const integersOf = (stem: string): string => `${stem}.weight.int8`;
/** Largest magnitude of an integer. */
const MOST = 63;
/** float32 [out] */
export const scalesOf = (stem: string): string => `${stem}.weight.scale`;

/** Stems of the dense layers that are quantized. */
export function quantizedLayers(config: EncoderConfig): ReadonlySet<string> {
  const row = familyOf(config);
  const layers = Array.from({ length: row.sharedLayers ? 1 : config.layers }, (_, layer) => row.layerNames(layer));
  return new Set(
    layers.flatMap(({ query, key, value, attentionOutput, intermediate, output }) => {
      return [query, key, value, attentionOutput, intermediate, output];
    }),
  );
}

/** The values of all parameters, those of `stems` as integers and scales. */
export function quantizeWeights(
  weights: ReadonlyMap<string, Weight>,
  stems: ReadonlySet<string>,
): Map<string, Float32Array | Int8Array> {
  const values = new Map<string, Float32Array | Int8Array>();
  for (const [name, weight] of weights) {
    const stem = name.replace(/\.weight$/, "");
    if (name === stem || !stems.has(stem)) {
      values.set(name, weight.data);
      continue;
    }
    const { integers, scales } = quantizeRows(weight);
    values.set(integersOf(stem), integers);
    values.set(scalesOf(stem), scales);
  }
  return values;
}

/** weight [out, in] to integers [in, out] and scales [out]; a row of zeros has scale 0. */
function quantizeRows({ shape: [out, width], data }: Weight): { integers: Int8Array; scales: Float32Array } {
  const integers = new Int8Array(out * width);
  const scales = new Float32Array(out);
  for (let row = 0; row < out; row++) {
    let largest = 0;
    for (let j = row * width; j < (row + 1) * width; j++) largest = Math.max(largest, Math.abs(data[j]));
    scales[row] = largest / MOST;
    const unit = scales[row] || 1;
    for (let j = 0; j < width; j++) integers[j * out + row] = Math.round(data[row * width + j] / unit);
  }
  return { integers, scales };
}
