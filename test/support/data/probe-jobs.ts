/** Parts of the jobs of linear probes, and how near their answers are to those of a saved reference. */
import { expect } from "vitest";
import type { ProbeJob } from "../../../src/train/probe/probe.js";

/** Examples with values instead of a class; null: not measured. */
export const examplesOf = (
  rows: readonly (readonly (number | null)[])[],
  splits: readonly ProbeJob["examples"][number]["split"][],
): ProbeJob["examples"] =>
  rows.map((row, index) => ({
    label: 0,
    split: splits[index],
    targets: Float32Array.from(row, (value) => value ?? Number.NaN),
  }));

export function near(actual: readonly number[], expected: readonly number[], limit: number): void {
  expect(actual).toHaveLength(expected.length);
  expect(Math.max(...actual.map((value, i) => Math.abs(value - expected[i])))).toBeLessThan(limit);
}
