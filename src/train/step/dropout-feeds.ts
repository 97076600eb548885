/** The dropout masks of a batch as inputs of the step's graph. */
import { Tensor } from "onnxruntime-node";
import type { BatchLayout } from "../../model/batch.js";
import { type DropoutSite, dropoutInput } from "../../model/encoder.js";
import type { EncoderConfig } from "../../model/types.js";
import type { DropoutMasks } from "./kernels/index.js";

interface MaskKey {
  seed: number;
  step: number;
  /** Number of the batch's first sequence in the step. */
  firstSequence: number;
}

/** float32: [rows, width] of a site, or [sequences, heads, queries, keys] for each group of attention. */
export function dropoutFeeds(
  masks: DropoutMasks,
  sites: readonly DropoutSite[],
  { heads }: EncoderConfig,
  layout: BatchLayout,
  key: MaskKey,
): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  const single = new Int32Array(layout.size).fill(1);
  sites.forEach(({ kind, width, probability: p, ofRead }, site) => {
    const read = ofRead ? layout.read : null;
    if (kind === "ATTENTION") {
      layout.groups.forEach(({ sequences, padded }, group) => {
        const places = sequences.length > 0 ? sequences : [0]; // without sequences: one place, all padding
        const lengths = Int32Array.from(places, (place) => (sequences.length > 0 ? layout.lengths[place] : 0));
        const numbers = places.map((place) => key.firstSequence + place);
        const positions = read && (sequences.length > 0 ? places.map((b) => read.positions[b]) : [new Int32Array(0)]);
        const queries = read ? read.queries[group] : padded;
        const shape = { heads, paddedLength: padded, queries };
        const mask = masks.attention({ ...key, site, p, lengths, numbers, positions, ...shape });
        feeds[dropoutInput(site, group)] = new Tensor("float32", mask, [places.length, heads, queries, padded]);
      });
      return;
    }
    const lengths = kind === "HIDDEN" ? layout.lengths : single;
    const mask = masks.hidden({ ...key, site, p, lengths, positions: read?.positions, width });
    feeds[dropoutInput(site)] = new Tensor("float32", mask, [mask.length / width, width]);
  });
  return feeds;
}
