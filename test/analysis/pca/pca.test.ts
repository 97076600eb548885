/** PCA against saved numbers of scikit-learn (bench/reference/pca.py), its signs, and its edges. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { applyPca, computeLargePca, computePca, fitPca } from "../../../src/analysis/pca/pca.js";
import type { MaillardError } from "../../../src/errors.js";
import { cpuTime } from "../../support/machine/cpu-time.js";

interface Case {
  name: string;
  rows: number;
  dimension: number;
  power: number;
  components: number;
  fitEvery?: number;
  whiten?: boolean;
  explainedVarianceRatio: number[];
  keptRows: number[];
  coordinates: number[][];
}
const reference = JSON.parse(readFileSync(new URL("../../../bench/reference/pca.json", import.meta.url), "utf8")) as {
  cases: Case[];
};

/** The integer formula of bench/reference/pca.py. */
function data(rows: number, dimension: number, power: number): Float32Array {
  const vectors = new Float32Array(rows * dimension);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < dimension; j++) {
      const noise = ((i * 7919 + j * 104729 + ((i * j) % 1009) * 31 + ((i * i) % 4093) * 17) % 10007) / 10007 - 0.5;
      vectors[i * dimension + j] = noise / (1 + j) ** power + 0.25;
    }
  return vectors;
}

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as MaillardError).code;
  }
  return "no error";
};

describe("agrees with scikit-learn to 1e-4, signs included", () => {
  it.each(reference.cases)("$name", (c) => {
    const fitRows = c.fitEvery
      ? Int32Array.from({ length: Math.ceil(c.rows / c.fitEvery) }, (_, i) => i * c.fitEvery!)
      : null;
    const vectors = data(c.rows, c.dimension, c.power);
    const result = computePca({ vectors, dimension: c.dimension, components: c.components, fitRows, whiten: c.whiten });
    expect(result.coordinates).toHaveLength(c.rows * c.components);
    let worst = 0;
    c.keptRows.forEach((row, at) => {
      for (let j = 0; j < c.components; j++)
        worst = Math.max(worst, Math.abs(result.coordinates[row * c.components + j] - c.coordinates[at][j]));
    });
    expect(worst).toBeLessThan(1e-4);
    c.explainedVarianceRatio.forEach((ratio, j) => {
      expect(Math.abs(result.explainedVarianceRatio[j] - ratio)).toBeLessThan(1e-6);
    });
  });
});

describe("large data on the runtime", () => {
  it("agree with float64 to 1e-4, fitted on rows in any order and whitened", async () => {
    const fitRows = Int32Array.from({ length: 4_300 }, (_, i) => 4_299 - i);
    const request = { vectors: data(4_400, 700, 0.5), dimension: 700, components: 3, fitRows, whiten: true };
    const [large, exact] = [await computeLargePca(request, 2), computePca(request)];
    let worst = 0;
    for (let i = 0; i < exact.coordinates.length; i++)
      worst = Math.max(worst, Math.abs(large.coordinates[i] - exact.coordinates[i]));
    expect(worst).toBeLessThan(1e-4);
    // A different path: float32 gives other bits.
    expect(worst).toBeGreaterThan(0);
    for (let j = 0; j < 3; j++) expect(large.explainedVarianceRatio[j]).toBeCloseTo(exact.explainedVarianceRatio[j], 6);
  });
});

describe("large data that float32 cannot resolve is left to float64", () => {
  const [rows, dimension] = [4_100, 700];
  const made = (value: (row: number, column: number) => number): Float32Array =>
    Float32Array.from({ length: rows * dimension }, (_, i) => value(Math.floor(i / dimension), i % dimension));

  const line = (): Float32Array => made((row, column) => ((row * 37) % 101) * (((column * 11) % 17) + 1));

  it("components beyond the rank are 0, never noise", async () => {
    const request = { vectors: line(), dimension, components: 2, fitRows: null, whiten: true };
    const { coordinates, explainedVarianceRatio } = await computeLargePca(request, 2);
    expect(explainedVarianceRatio[0]).toBeCloseTo(1, 9);
    expect(explainedVarianceRatio[1]).toBe(0);
    expect(coordinates.every((value, i) => i % 2 === 0 || value === 0)).toBe(true);
  });

  it.each([
    ["a mean of 1e4 beside a spread of 0.3", (noise: number) => 1e4 + noise],
    ["squares beyond float32", (noise: number) => noise * 1e20],
    ["squares below float32", (noise: number, _: number, column: number) => (column % 50 ? 0 : noise * 1e-22)],
    ["one row far from all others", (noise: number, row: number) => (row === 77 ? noise * 1e5 : noise)],
  ])("%s", async (_, value) => {
    const plain = data(rows, dimension, 0.5);
    const vectors = made((row, column) => value(plain[row * dimension + column] - 0.25, row, column));
    const request = { vectors, dimension, components: 2, fitRows: null, whiten: true };
    const [large, exact] = [await computeLargePca(request, 2), computePca(request)];
    let worst = 0;
    for (let i = 0; i < exact.coordinates.length; i++)
      worst = Math.max(worst, Math.abs(large.coordinates[i] - exact.coordinates[i]));
    expect(worst).toBeLessThan(1e-4);
  });

  it("a row that was not fitted, and whose coordinate is beyond float32", async () => {
    const vectors = line().fill(3e38, (rows - 1) * dimension);
    const fitRows = Int32Array.from({ length: rows - 1 }, (_, i) => i);
    const { coordinates } = await computeLargePca({ vectors, dimension, components: 1, fitRows }, 2);
    expect(coordinates[rows - 1]).toBeGreaterThan(3e39);
    expect(coordinates[rows - 1]).toBeLessThan(3e38 * Math.sqrt(dimension) * 1.001);
  });
});

it("large data that is not finite is refused by row, whether it was fitted on or not", async () => {
  const vectors = new Float32Array(2_100 * 1_000).map((_, i) => Math.sin(i));
  vectors[2_099 * 1_000 + 7] = Number.NaN;
  const fitRows = Int32Array.from({ length: 2_050 }, (_, i) => i);
  for (const rows of [null, fitRows])
    await expect(computeLargePca({ vectors, dimension: 1_000, components: 1, fitRows: rows }, 2)).rejects.toMatchObject(
      { code: "BAD_INPUT", details: { row: 2_099 } },
    );
});

describe("axes", () => {
  it("are orthonormal, and their largest loading is positive", () => {
    const all = Int32Array.from({ length: 300 }, (_, i) => i);
    const { axes } = fitPca(data(300, 160, 0.5), 160, 6, all);
    for (let a = 0; a < 6; a++) {
      for (let b = 0; b < 6; b++) {
        let product = 0;
        for (let c = 0; c < 160; c++) product += axes[a * 160 + c] * axes[b * 160 + c];
        expect(product).toBeCloseTo(a === b ? 1 : 0, 9);
      }
      const axis = Array.from(axes.subarray(a * 160, (a + 1) * 160));
      expect(Math.max(...axis)).toBe(Math.max(...axis.map(Math.abs)));
    }
  });

  it("all of them explain everything: the ratios sum to 1 and the vectors are restored", () => {
    const vectors = data(30, 5, 0.5);
    const fit = fitPca(
      vectors,
      5,
      5,
      Int32Array.from({ length: 30 }, (_, i) => i),
    );
    const coordinates = applyPca(fit, vectors);
    for (let i = 0; i < vectors.length; i++) {
      const [row, column] = [Math.floor(i / 5), i % 5];
      let value = fit.mean[column];
      for (let j = 0; j < 5; j++) value += coordinates[row * 5 + j] * fit.axes[j * 5 + column];
      expect(value).toBeCloseTo(vectors[i], 10);
    }
    const { explainedVarianceRatio } = computePca({ vectors, dimension: 5, components: 5, fitRows: null });
    expect(explainedVarianceRatio.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });

  it("are found in a nearly flat spectrum too, where the whole decomposition replaces the iteration", () => {
    // One pair of opposite rows per dimension: variance of dimension i is 2 length(i)^2 / 319, the last two are the
    // axes.
    const vectors = new Float32Array(320 * 160);
    const length = (i: number) => 1 + i * 1e-4;
    let total = 0;
    for (let i = 0; i < 160; i++) {
      vectors[i * 160 + i] = length(i);
      vectors[(160 + i) * 160 + i] = -length(i);
      total += length(i) ** 2;
    }
    const { explainedVarianceRatio, coordinates } = computePca({
      vectors,
      dimension: 160,
      components: 2,
      fitRows: null,
    });
    expect(explainedVarianceRatio[0]).toBeCloseTo(length(159) ** 2 / total, 8);
    expect(explainedVarianceRatio[1]).toBeCloseTo(length(158) ** 2 / total, 8);
    expect(coordinates[159 * 2]).toBeCloseTo(length(159), 6);
    expect(coordinates[158 * 2 + 1]).toBeCloseTo(length(158), 6);
    expect(coordinates[158 * 2]).toBeCloseTo(0, 6);
  });

  it("do not change from call to call", () => {
    const request = { vectors: data(300, 160, 0.5), dimension: 160, components: 4, fitRows: null };
    expect(computePca(request)).toEqual(computePca(request));
  });
});

describe("edges", () => {
  it("whitened coordinates have variance 1 over the fitted rows", () => {
    const { coordinates } = computePca({
      vectors: data(70, 10, 1),
      dimension: 10,
      components: 3,
      fitRows: null,
      whiten: true,
    });
    for (let j = 0; j < 3; j++) {
      let sum = 0;
      for (let r = 0; r < 70; r++) sum += coordinates[r * 3 + j] ** 2;
      expect(sum / 69).toBeCloseTo(1, 9);
    }
  });

  it("constant data and a single row answer zeros, not noise", () => {
    const constant = computePca({
      vectors: new Float32Array(50 * 4).fill(0.1),
      dimension: 4,
      components: 2,
      fitRows: null,
    });
    expect(constant.explainedVarianceRatio).toEqual([0, 0]);
    expect(constant.coordinates).toEqual(new Float64Array(100));
    const single = computePca({ vectors: Float32Array.of(1, 2, 3), dimension: 3, components: 2, fitRows: null });
    expect(single).toEqual({ coordinates: new Float64Array(2), explainedVarianceRatio: [0, 0] });
  });

  it("a component beyond the rank is 0: three points on a line", () => {
    const { coordinates, explainedVarianceRatio } = computePca({
      vectors: Float32Array.of(0, 0, 3, 4, 6, 8),
      dimension: 2,
      components: 2,
      fitRows: null,
    });
    expect(explainedVarianceRatio[0]).toBeCloseTo(1, 12);
    expect(explainedVarianceRatio[1]).toBe(0);
    [-5, 0, 0, 0, 5, 0].forEach((value, i) => {
      expect(coordinates[i]).toBeCloseTo(value, 6);
    });
  });

  it("refuses what it cannot fit, by code", () => {
    const vectors = data(10, 4, 1);
    const request = { vectors, dimension: 4, components: 2, fitRows: null };
    expect(codeOf(() => computePca({ ...request, fitRows: new Int32Array(0) }))).toBe("EMPTY_INPUT");
    expect(codeOf(() => computePca({ ...request, vectors: new Float32Array(0) }))).toBe("EMPTY_INPUT");
    expect(codeOf(() => computePca({ ...request, fitRows: Int32Array.of(10) }))).toBe("BAD_INPUT");
    expect(codeOf(() => computePca({ ...request, components: 5 }))).toBe("BAD_INPUT");
    expect(codeOf(() => computePca({ ...request, components: 0 }))).toBe("BAD_INPUT");
    expect(codeOf(() => computePca({ ...request, dimension: 3 }))).toBe("BAD_INPUT");
    expect(codeOf(() => computePca({ ...request, vectors: vectors.map((v, i) => (i === 9 ? Number.NaN : v)) }))).toBe(
      "BAD_INPUT",
    );
  });

  it("2,000 x 768 takes under 5 s of processor time", () => {
    const spent = cpuTime();
    computePca({ vectors: data(2000, 768, 0.5), dimension: 768, components: 2, fitRows: null });
    expect(spent()).toBeLessThan(5000);
  });
});
