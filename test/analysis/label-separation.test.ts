/**
 * Separation of several labels a molecule against saved numbers of scikit-learn (bench/reference/label_separation.py).
 */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { measureLabelSeparation } from "../../src/analysis/label-separation.js";

const reference = JSON.parse(
  readFileSync(new URL("../../bench/reference/label_separation.json", import.meta.url), "utf8"),
) as Record<"silhouette" | "neighbourRocAuc" | "probeRocAuc", number[]>;

// The integer formula of the script.
const [ROWS, DIMENSION] = [240, 24];
const noise = (i: number, j: number): number =>
  ((i * 7919 + j * 104729 + ((i * j) % 1009) * 31 + ((i * i) % 4093) * 17) % 10007) / 10007 - 0.5;
const kind = (i: number): number => ((i * 7) % 11) % 4;
const folds = Int32Array.from({ length: ROWS }, (_, i) => (i * 3) % 5);
const rows = {
  vectors: Float32Array.from({ length: ROWS * DIMENSION }, (_, at) => {
    const [i, j] = [Math.floor(at / DIMENSION), at % DIMENSION];
    return noise(i, j) * 1.6 + noise(kind(i) * 131 + 17, j * 3 + 5);
  }),
  dimension: DIMENSION,
};
const truth = Uint8Array.from(
  Array.from(folds.keys()).flatMap((i) => [
    Number(kind(i) <= 1),
    Number(kind(i) === 2 || i % 7 === 0),
    Number(folds[i] === 1 && i % 2 === 0),
  ]),
);
const options = { folds, neighbours: 5, metric: "EUCLIDEAN", standardize: true } as const;
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const standardError = (values: number[]): number =>
  Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)) / (values.length - 1));

it("is scikit-learn's, also with a label that no fold has in both parts", () => {
  const result = measureLabelSeparation(rows, { ...options, truth, labels: 3 });
  for (const name of ["silhouette", "neighbourRocAuc", "probeRocAuc"] as const) {
    expect(result[name].value, name).toBeCloseTo(mean(reference[name]), name === "silhouette" ? 5 : 10);
    expect(result[name].standardError, name).toBeCloseTo(
      standardError(reference[name]),
      name === "silhouette" ? 5 : 10,
    );
  }
});

it("of labels that are in one fold alone is TOO_FEW_CLASSES", () => {
  const alone = Uint8Array.from(folds, (fold) => Number(fold === 1));
  expect(() => measureLabelSeparation(rows, { ...options, truth: alone, labels: 1 })).toThrow(
    expect.objectContaining({ code: "TOO_FEW_CLASSES" }),
  );
});
