/**
 * A linear probe as a file: one linear layer on the embedding of a base model, on the bits of a fingerprint, or on the
 * counts of Morgan environments, in JSON, so that a person can read it and every number is exact. Rows: SINGLE_LABEL
 * one for each class, or one (the logit of the second) for two classes; MULTI_LABEL one for each label; REGRESSION one
 * for each target, in units.
 */
import type { SparseVector } from "../chem/morgan/counts.js";
import { MaillardError } from "../errors.js";
import { scoresOf } from "./scores.js";
import type { SequenceTask } from "./types.js";

export const PROBE_FILE = "probe.json";

export interface Probe {
  task: SequenceTask;
  /** Names in the order of the scores. */
  labels: string[];
  /** [rows][width of the base model, bits of the fingerprint, or environments] */
  coefficients: number[][];
  /** [rows] */
  intercepts: number[];
  /** Of a probe on counts of Morgan environments: see src/chem/morgan. */
  environments?: {
    /** Bonds from the centre, at most. */
    radius: number;
    /** Ascending: the columns. */
    ids: number[];
  };
}

/** CHECKPOINT_INVALID where the file is not a probe. */
export function readProbe(bytes: Uint8Array): Probe {
  try {
    const probe = JSON.parse(Buffer.from(bytes).toString("utf8")) as Probe;
    const rows = rowsOf(probe.task, probe.labels.length);
    const widths = new Set(probe.coefficients.map((row) => row.length));
    const finite = [...probe.coefficients.flat(), ...probe.intercepts].every(Number.isFinite);
    const known = probe.environments;
    const ascending = known?.ids.every((id, n) => Number.isInteger(id) && (n === 0 || id > known.ids[n - 1])) ?? true;
    if (known && !(ascending && Number.isInteger(known.radius) && widths.has(known.ids.length)))
      throw new Error("columns without environments");
    if (finite && widths.size === 1 && probe.coefficients.length === rows && probe.intercepts.length === rows)
      return probe;
  } catch {
    // Answered below.
  }
  throw new MaillardError("CHECKPOINT_INVALID", `${PROBE_FILE} holds no linear probe. Run startProbe again.`);
}

export const writeProbe = (probe: Probe): string => `${JSON.stringify(probe)}\n`;

export const rowsOf = (task: SequenceTask, labels: number): number =>
  task === "SINGLE_LABEL" && labels === 2 ? 1 : labels;

/** Bits as numbers 0 and 1: bit n is bit n mod 8 of byte n / 8. */
export const bitsAsNumbers = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from({ length: 8 * bytes.length }, (_, n) => (bytes[n >> 3] >> (n & 7)) & 1);

/** Logits [labels] of an embedding; of two classes the first one's is 0. REGRESSION: values, in float64. */
export function probeLogits(
  { task, labels, coefficients, intercepts }: Probe,
  vector: ArrayLike<number> | SparseVector,
): Float32Array | Float64Array {
  const outputs = coefficients.map((row, index) => {
    let sum = intercepts[index];
    if ("columns" in vector) for (const [n, column] of vector.columns.entries()) sum += row[column] * vector.values[n];
    else for (let j = 0; j < row.length; j++) sum += row[j] * vector[j];
    return sum;
  });
  if (task === "REGRESSION") return Float64Array.from(outputs);
  return Float32Array.from(rowsOf(task, labels.length) < labels.length ? [0, outputs[0]] : outputs);
}

/** Probabilities, or values: see scores.ts. */
export const probeScores = (probe: Probe, vector: ArrayLike<number> | SparseVector): Float32Array | Float64Array =>
  scoresOf(probe.task, probeLogits(probe, vector));
