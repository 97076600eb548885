/**
 * Targets of the property heads, and the weight of each number.
 *
 * Each head's loss is divided by the loss of the best constant answer, so 1 is the loss without any knowledge of the
 * molecule, and the three heads have the same weight at every width:
 *   descriptors      squared error of standardised values, cut at ±5; a constant answer loses 1
 *   maccs, morgan    logistic loss; a bit that is set in a share f of the molecules counts √((1 - f)/f) times as much
 *                    where it is set (at most 16), because the 4 % of set bits in a Morgan fingerprint would else be
 *                    learned slowly; this also moves the threshold of an answer towards where F1 is largest
 * Mean, deviation and shares are those of a sample of the training molecules. Output biases start at the constant
 * answer.
 */
import { DESCRIPTORS, MACCS_BITS, MORGAN_BITS, type MolecularProperties } from "../../../chem/index.js";
import type { PropertyHead } from "../../../model/property-heads.js";
import { fitTargetScale, standardize, type TargetScale } from "../../../scores/target-scale.js";
import type { Batch } from "../../data/batch.js";
import { bit, RECORD_BYTES, readRecord } from "./record.js";

export const PROPERTY_HEADS = [
  { name: "descriptors", width: DESCRIPTORS.length, loss: "squaredError" },
  { name: "maccs", width: MACCS_BITS, loss: "binaryCrossEntropy" },
  { name: "morgan", width: MORGAN_BITS, loss: "binaryCrossEntropy" },
] as const satisfies readonly PropertyHead[];

/** Standardised descriptors are cut here. */
const LIMIT = 5;
const LARGEST_WEIGHT = 16;

interface BitScale {
  /** Weight of a bit where it is set; 1 elsewhere. */
  setWeight: Float64Array;
  /** Logits of the best constant answer. */
  bias: Float32Array;
  /** Σ over bits of the loss of that answer for a molecule. */
  constantLoss: number;
}

export class PropertyTargets {
  private constructor(
    private readonly scale: TargetScale,
    /** 0 for descriptors that were constant in the sample. */
    private readonly varies: Uint8Array,
    private readonly bits: { maccs: BitScale; morgan: BitScale },
  ) {}

  /** @param sample records of training molecules, one after another */
  static fit(sample: Uint8Array): PropertyTargets {
    const known = recordsOf(sample).filter((properties) => properties !== null);
    const scale = fitTargetScale(concatenate(known.map(({ descriptors }) => descriptors)), DESCRIPTORS.length);
    const varies = Uint8Array.from(DESCRIPTORS, (_, j) => {
      const first = known.find(({ descriptors }) => Number.isFinite(descriptors[j]))?.descriptors[j];
      return Number(known.some(({ descriptors: { [j]: value } }) => Number.isFinite(value) && value !== first));
    });
    const bits = (name: "maccs" | "morgan", width: number) =>
      bitScale(
        known.map((properties) => properties[name]),
        width,
      );
    return new PropertyTargets(scale, varies, {
      maccs: bits("maccs", MACCS_BITS),
      morgan: bits("morgan", MORGAN_BITS),
    });
  }

  /** Biases that answer the same for every molecule, in the order of PROPERTY_HEADS. */
  biases(): Float32Array[] {
    return [new Float32Array(DESCRIPTORS.length), this.bits.maccs.bias, this.bits.morgan.bias];
  }

  /**
   * Targets and weights of a batch; `unit` is what a head's loss is multiplied by. A molecule without record weighs 0.
   */
  batch(records: Uint8Array, unit: number): NonNullable<Batch["properties"]> {
    const found = recordsOf(records);
    const molecules = Math.max(1, found.filter((properties) => properties !== null).length);
    const columns = Math.max(
      1,
      this.varies.reduce((sum, varies) => sum + varies, 0),
    );
    const parts = PROPERTY_HEADS.map(({ width }) => ({
      targets: new Float32Array(found.length * width),
      weights: new Float32Array(found.length * width),
    }));
    found.forEach((properties, row) => {
      if (!properties) return;
      const [numbers] = parts;
      this.standardized(properties).forEach((value, j) => {
        if (!this.varies[j] || Number.isNaN(value)) return;
        const place = row * DESCRIPTORS.length + j;
        numbers.targets[place] = Math.max(-LIMIT, Math.min(LIMIT, value));
        numbers.weights[place] = unit / (molecules * columns);
      });
      for (const [part, name] of [
        [1, "maccs"],
        [2, "morgan"],
      ] as const) {
        const { setWeight, constantLoss } = this.bits[name];
        const one = unit / (molecules * constantLoss);
        const { targets, weights } = parts[part];
        for (let j = 0, place = row * setWeight.length; j < setWeight.length; j++, place++) {
          const set = bit(properties[name], j);
          targets[place] = set;
          weights[place] = set ? one * setWeight[j] : one;
        }
      }
    });
    return parts;
  }

  /** NaN where a descriptor is not finite or was constant in the sample. */
  standardized({ descriptors }: MolecularProperties): Float32Array {
    const finite = descriptors.map((value, j) => (Number.isFinite(value) && this.varies[j] ? value : Number.NaN));
    return Float32Array.from(standardize(finite, this.scale));
  }
}

export function recordsOf(records: Uint8Array): (MolecularProperties | null)[] {
  const buffer = Buffer.from(records.buffer, records.byteOffset, records.byteLength);
  return Array.from({ length: buffer.length / RECORD_BYTES }, (_, i) =>
    readRecord(buffer.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES)),
  );
}

/** Shares are (set + 1/2) / (molecules + 1), so that none is 0 or 1. */
function bitScale(fingerprints: readonly Uint8Array[], width: number): BitScale {
  const setWeight = new Float64Array(width);
  const bias = new Float32Array(width);
  let constantLoss = 0;
  for (let j = 0; j < width; j++) {
    const set = fingerprints.reduce((sum, bits) => sum + bit(bits, j), 0);
    const share = (set + 0.5) / (fingerprints.length + 1);
    const weight = Math.min(LARGEST_WEIGHT, Math.sqrt((1 - share) / share));
    const [on, off] = [share * weight, 1 - share];
    setWeight[j] = weight;
    bias[j] = Math.log(on / off);
    constantLoss -= on * Math.log(on / (on + off)) + off * Math.log(off / (on + off));
  }
  return { setWeight, bias, constantLoss };
}

function concatenate(rows: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(rows.length * DESCRIPTORS.length);
  rows.forEach((row, i) => {
    all.set(
      row.map((value) => (Number.isFinite(value) ? value : Number.NaN)),
      i * DESCRIPTORS.length,
    );
  });
  return all;
}
