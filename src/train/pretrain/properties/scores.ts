/** Scores of the property heads on molecules that they were not trained on, whole and not masked. */
import { f1Score } from "../../../scores/confusion.js";
import { regressionScores } from "../../../scores/regression.js";
import type { Tokenizer } from "../../../tokenizer/types.js";
import type { Trainer } from "../../step/trainer.js";
import { bit } from "./record.js";
import { PROPERTY_HEADS, type PropertyTargets, recordsOf } from "./targets.js";

export interface PropertyScores {
  molecules: number;
  /**
   * Median over the descriptors of R² = 1 - Σ(answer - value)² / Σ(value - mean)². The mean of these molecules has 0.
   */
  descriptors: { medianR2: number };
  maccs: BitScores;
  morgan: BitScores;
}

export interface BitScores {
  /** Bits that are set in some of these molecules and not in others: the means are over them. */
  bits: number;
  /** Mean F1 of answering yes where the logit is above 0. */
  f1: number;
  /** Mean F1 of always answering what is more frequent among these molecules. */
  majorityF1: number;
}

/** `records` has one for each of `molecules`. */
export async function propertyScores(
  trainer: Trainer,
  tokenizer: Tokenizer,
  targets: PropertyTargets,
  { molecules, records, batchSize }: { molecules: readonly Int32Array[]; records: Uint8Array; batchSize: number },
): Promise<PropertyScores> {
  const truth = recordsOf(records);
  const answers = PROPERTY_HEADS.map(({ width }) => new Float32Array(molecules.length * width));
  for (let first = 0; first < molecules.length; first += batchSize) {
    const sequences = molecules.slice(first, first + batchSize);
    // The graph needs a masked position: the first start token serves as one.
    const batch = { sequences, labels: [tokenizer.startId], maskedPositions: Int32Array.of(0) };
    (await trainer.predictProperties(batch)).forEach((values, head) => {
      answers[head].set(values, first * PROPERTY_HEADS[head].width);
    });
  }
  const rows = truth.flatMap((properties, row) => (properties ? [{ properties, row }] : []));
  const [descriptors, maccs, morgan] = PROPERTY_HEADS;
  const values = rows.map(({ properties }) => targets.standardized(properties));
  // A descriptor that is the same for all molecules has no spread to explain.
  const r2 = Array.from({ length: descriptors.width }, (_, j) => {
    const own = values.map((value) => value[j]);
    const predicted = rows.map(({ row }) => answers[0][row * descriptors.width + j]);
    return new Set(own.filter((value) => !Number.isNaN(value))).size > 1 ? regressionScores(predicted, own).r2 : null;
  });
  const bits = (name: "maccs" | "morgan", head: number, width: number) =>
    bitScores(width, rows.length, (i, j) => [
      bit(rows[i].properties[name], j),
      Number(answers[head][rows[i].row * width + j] > 0),
    ]);
  return {
    molecules: rows.length,
    descriptors: { medianR2: median(r2.filter((value) => value !== null)) },
    maccs: bits("maccs", 1, maccs.width),
    morgan: bits("morgan", 2, morgan.width),
  };
}

/** @param at truth and answer, 0 or 1, of molecule i and bit j */
export function bitScores(
  width: number,
  molecules: number,
  at: (i: number, j: number) => readonly [number, number],
): BitScores {
  const f1: number[] = [];
  const majority: number[] = [];
  for (let j = 0; j < width; j++) {
    let [set, yes, both] = [0, 0, 0];
    for (let i = 0; i < molecules; i++) {
      const [truth, answer] = at(i, j);
      set += truth;
      yes += answer;
      both += truth & answer;
    }
    if (set === 0 || set === molecules) continue;
    f1.push(f1Score(both, set, yes));
    majority.push(2 * set > molecules ? f1Score(set, set, molecules) : 0);
  }
  return { bits: f1.length, f1: mean(f1), majorityF1: mean(majority) };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
