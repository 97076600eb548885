/** What one run of a graph of training is fed besides the weights: tokens, answers, masked positions, dropout masks. */
import { Tensor } from "onnxruntime-node";
import { maskWords } from "../../autograd/index.js";
import { type BatchLayout, inverseOf, rowsAt } from "../../model/batch.js";
import { type DropoutSite, dropoutInput } from "../../model/encoder.js";
import { type TrainingGraph, tableInputs } from "../../model/graphs.js";
import { answerFeeds, type Batch } from "../data/batch.js";
import type { DropoutMasks } from "./kernels/index.js";

/** @param total sum of the weights of the answers of the whole step */
export function batchFeeds(
  batch: Batch,
  layout: BatchLayout,
  { total, classWeights }: { total: number; classWeights: readonly number[] | null },
): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = { ...layout.feeds, ...answerFeeds(batch, classWeights, total) };
  if (batch.maskedPositions) {
    const rows = rowsAt(layout.read, batch.maskedPositions);
    feeds.maskedIndex = new Tensor("int32", rows, [rows.length]);
    feeds.maskedInverse = inverseOf(rows, layout.read ? layout.read.index.length : layout.tokens);
  }
  return feeds;
}

/** The inputs of tableInputs for each table, from the ids among `feeds`. */
export function tableFeeds(
  tables: TrainingGraph["tables"],
  feeds: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const made: Record<string, Tensor> = {};
  for (const { ids, rows } of tables) {
    const distinct = Int32Array.from(new Set(feeds[ids].data as Int32Array));
    const place = new Int32Array(rows).fill(distinct.length);
    distinct.forEach((id, at) => void place.fill(at, id, id + 1));
    const names = tableInputs(ids);
    made[names.distinct] = new Tensor("int32", distinct, [distinct.length]);
    made[names.place] = new Tensor("int32", place, [rows]);
  }
  return made;
}

/** Dropout masks of a part whose first sequence has the number `firstSequence` in the step; in memory of `masks`. */
export function dropoutFeeds(
  masks: DropoutMasks,
  sites: readonly DropoutSite[],
  layout: BatchLayout,
  { heads, packed, ...at }: { seed: number; step: number; firstSequence: number; heads: number; packed: boolean },
): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  const { size, lengths: all } = layout;
  const tensor = (mask: Float32Array | Uint32Array, rows: number[], width: number) =>
    mask instanceof Uint32Array
      ? new Tensor("uint32", mask, [...rows, maskWords(width)])
      : new Tensor("float32", mask, [...rows, width]);
  masks.reset();
  const single = new Int32Array(size).fill(1);
  sites.forEach(({ kind, width, probability: p, ofRead }, site) => {
    const read = ofRead ? layout.read : null;
    if (kind === "ATTENTION") {
      layout.groups.forEach(({ sequences, padded }, group) => {
        const places = sequences.length > 0 ? sequences : [0]; // without sequences: one place, all padding
        const lengths = Int32Array.from(places, (place) => (sequences.length > 0 ? all[place] : 0));
        const numbers = places.map((place) => at.firstSequence + place);
        const positions = read && (sequences.length > 0 ? places.map((b) => read.positions[b]) : [new Int32Array(0)]);
        const queries = read ? read.queries[group] : padded;
        const shape = { heads, paddedLength: padded, queries };
        const mask = masks.attention({ ...at, site, p, packed, lengths, numbers, positions, ...shape });
        feeds[dropoutInput(site, group)] = tensor(mask, [places.length, heads, queries], padded);
      });
      return;
    }
    const lengths = kind === "HIDDEN" ? all : single;
    const mask = masks.hidden({ ...at, site, p, packed, lengths, positions: read?.positions, width });
    const rows = mask.length / (packed ? maskWords(width) : width);
    feeds[dropoutInput(site)] = tensor(mask, [rows], width);
  });
  return feeds;
}
