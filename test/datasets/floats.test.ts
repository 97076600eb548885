/** Vectors as bytes: the size says whether they are float32, as all were, or float64. */
import { expect, it } from "vitest";
import { bytesOf, valuesOf } from "../../src/datasets/floats.js";

it("values are read back as the floats that they were written as", () => {
  const single = Float32Array.of(1.5, -2, Number.NaN);
  const double = Float64Array.of(1_700_000_012, 0.1, -1e300);
  expect(valuesOf(bytesOf(single), 3)).toEqual(single);
  expect(valuesOf(bytesOf(double), 3)).toEqual(double);
  // Bytes of a row may start at an odd place of a shared buffer.
  const shifted = new Uint8Array(25);
  shifted.set(bytesOf(double), 1);
  expect(valuesOf(shifted.subarray(1), 3)).toEqual(double);
  expect(valuesOf(bytesOf(single), 2)).toBeNull();
});
