/**
 * PCA of a large matrix against scikit-learn, in one run: the same seeded float32 data with a decaying spectrum, two
 * threads each, the two taking turns; times, memory and the largest difference of coordinates.
 *
 *   node --import tsx bench/pca.ts --python <python> [--rows 70000] [--dimension 768] [--components 2,50] [--repeats 3]
 *        [--rounds 3] [--threads 2]
 *
 * The column of index j of normal numbers is divided by sqrt(1 + j), the columns are mixed by ten Householder
 * reflections, so that no axis lies along a column, and every value is raised by 0.25.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fillNormal } from "../src/model/random.js";
import { machine } from "./support/server.js";

const { values } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    rows: { type: "string", default: "70000" },
    dimension: { type: "string", default: "768" },
    components: { type: "string", default: "2,50" },
    repeats: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
    threads: { type: "string", default: "2" },
  },
});
const [rows, dimension] = [Number(values.rows), Number(values.dimension)];

interface Side {
  seconds: number[];
  processorSeconds: number[];
  peakBytes: number;
  explainedVarianceRatio: number[];
  versions?: string;
}

const folder = mkdtempSync(join(tmpdir(), "maillard-pca-"));
try {
  const data = join(folder, "vectors.f32");
  writeFileSync(data, vectors());
  console.log(`${machine()}, Node ${process.version}; ${rows} x ${dimension}, ${values.threads} threads`);
  for (const components of values.components.split(",")) compare(data, components);
} finally {
  rmSync(folder, { recursive: true });
}

function compare(data: string, components: string): void {
  const rounds = { ours: [] as Side[], scikit: [] as Side[] };
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const side of round % 2 ? (["scikit", "ours"] as const) : (["ours", "scikit"] as const)) {
      const command = {
        ours: [process.execPath, "--import", "tsx", join(import.meta.dirname, "support", "pca-arm.ts")],
        scikit: [values.python, join(import.meta.dirname, "peers", "pca.py")],
      }[side];
      const shape = [data, values.rows, values.dimension, components, values.repeats];
      const text = execFileSync(command[0], [...command.slice(1), ...shape, join(folder, side)], {
        env: { ...process.env, OMP_NUM_THREADS: values.threads, OPENBLAS_NUM_THREADS: values.threads },
        encoding: "utf8",
      });
      rounds[side].push(JSON.parse(text));
    }
  }
  const [a, b] = [floats(join(folder, "ours")), floats(join(folder, "scikit"))];
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    difference = Math.max(difference, Math.abs(a[i] - b[i]));
    largest = Math.max(largest, Math.abs(b[i]));
  }
  const of = (side: Side[], pick: (one: Side) => number[]) => median(side.flatMap(pick));
  const [ours, scikit] = [of(rounds.ours, (s) => s.seconds), of(rounds.scikit, (s) => s.seconds)];
  console.log(`${components} components, ${rounds.scikit[0].versions}`);
  console.table({
    maillard: row(rounds.ours),
    "scikit-learn": row(rounds.scikit),
  });
  console.log(`time: ${(ours / scikit).toFixed(2)} of scikit-learn's`);
  console.log(
    `largest difference of a coordinate ${difference.toExponential(1)}, largest coordinate ${largest.toFixed(2)}`,
  );
}

function row(side: Side[]): Record<string, number> {
  const seconds = side.flatMap((one) => one.seconds);
  return {
    "median s": round(median(seconds)),
    "least s": round(Math.min(...seconds)),
    "most s": round(Math.max(...seconds)),
    "median processor s": round(median(side.flatMap((one) => one.processorSeconds))),
    "peak MB": Math.round(Math.max(...side.map((one) => one.peakBytes)) / 1e6),
  };
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function round(value: number): number {
  return Number(value.toFixed(3));
}

function floats(path: string): Float64Array {
  const bytes = readFileSync(path);
  return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
}

function vectors(): Float32Array {
  const data = new Float32Array(rows * dimension);
  fillNormal(data, 1, "vectors", 1);
  for (let i = 0; i < data.length; i++) data[i] /= Math.sqrt(1 + (i % dimension));
  const mirrors = Array.from({ length: 10 }, (_, index) => {
    const mirror = new Float32Array(dimension);
    fillNormal(mirror, 2, `mirror ${index}`, 1);
    const norm = Math.hypot(...mirror);
    return mirror.map((value) => value / norm);
  });
  for (let from = 0; from < data.length; from += dimension)
    for (const mirror of mirrors) {
      let product = 0;
      for (let j = 0; j < dimension; j++) product += data[from + j] * mirror[j];
      for (let j = 0; j < dimension; j++) data[from + j] -= 2 * product * mirror[j];
    }
  for (let i = 0; i < data.length; i++) data[i] += 0.25;
  return data;
}
