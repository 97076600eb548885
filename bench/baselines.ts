/**
 * What the baselines of a finetune cost at its end: the linear fit on fingerprints, and the paired resamples on the
 * validation and test molecules (every tenth row each). Answers of a finetune are made up: their values cost nothing.
 *
 *   node --import tsx bench/baselines.ts <folder with superclass.csv, odor.csv, esol.csv, tox21.csv>
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { baselinesOf } from "../src/analysis/evaluation/baselines.js";
import { startChemistry } from "../src/chem/index.js";
import { FINGERPRINT_BITS } from "../src/chem/types.js";
import type { SequenceTask } from "../src/model/types.js";
import type { SplitName } from "../src/scores/types.js";
import { machine } from "./support/server.js";

interface Row {
  smiles: string;
  /** Class, or one value for each label. */
  truth: number | Float32Array;
}

const [folder] = process.argv.slice(2);
if (!folder) throw new Error("give the folder of the data");
const chemistry = await startChemistry();
const read = (name: string) =>
  parse(readFileSync(join(folder, `${name}.csv`)), { columns: true }) as Record<string, string>[];
const splitOf = (index: number): SplitName => (["VALIDATION", "TEST"] as const)[(index % 10) - 8] ?? "TRAIN";

async function measure(name: string, task: SequenceTask, rows: readonly Row[], labels: string[]): Promise<void> {
  const bits = await chemistry.fingerprints(rows.map(({ smiles }) => smiles));
  const fingerprints = new Uint8Array((rows.length * FINGERPRINT_BITS) / 8);
  bits.forEach((bytes, index) => void (bytes && fingerprints.set(bytes, (index * FINGERPRINT_BITS) / 8)));
  const examples = rows.map(({ truth }, index) => ({
    tokenIds: new Int32Array(),
    ...(typeof truth === "number" ? { label: truth } : { label: 0, targets: truth }),
    split: splitOf(index),
  }));
  const outputs = new Map(
    (["VALIDATION", "TEST"] as const).map((split) => {
      const size = examples.filter((example) => example.split === split).length * labels.length;
      return [split, Float32Array.from({ length: size }, (_, index) => (index * 7919) % 13)];
    }),
  );
  const molecules = Int32Array.from(examples, (_, index) => index);
  const before = process.cpuUsage();
  baselinesOf({ task, labels, examples, fingerprints, molecules, outputs });
  const { user, system } = process.cpuUsage(before);
  console.log(
    `${name}: ${rows.length} molecules, ${labels.length} labels: ${((user + system) / 1e6).toFixed(1)} CPU s`,
  );
}

const all = read("superclass");
const sizes = new Map<string, number>();
for (const { superclass } of all) sizes.set(superclass, (sizes.get(superclass) ?? 0) + 1);
const frequent = [...sizes].sort(([, a], [, b]) => b - a).map(([label]) => label);
const ofClasses = (labels: string[]): Row[] =>
  all.flatMap(({ smiles, superclass }) =>
    labels.includes(superclass) ? [{ smiles, truth: labels.indexOf(superclass) }] : [],
  );
const esol = read("esol").map(({ smiles, log_solubility }) => ({
  smiles,
  truth: Float32Array.of(Number(log_solubility)),
}));
const odor = read("odor");
const odors = [...new Set(odor.flatMap((row) => row.odors.split("|")))];
const tox21 = read("tox21");
const assays = Object.keys(tox21[0]).filter((name) => /^(NR|SR)-/.test(name));

console.log(machine());
await measure("superclass", "SINGLE_LABEL", ofClasses(frequent.slice(0, 4)).slice(0, 59), frequent.slice(0, 4));
await measure("esol", "REGRESSION", esol.slice(0, 59), ["log_solubility"]);
await measure("superclass", "SINGLE_LABEL", ofClasses(frequent.slice(0, 4)).slice(0, 400), frequent.slice(0, 4));
await measure("esol", "REGRESSION", esol, ["log_solubility"]);
const withGaps = (row: Record<string, string>) =>
  Float32Array.from(assays, (assay) => (row[assay] === "" ? Number.NaN : Number(row[assay])));
await measure(
  "tox21",
  "MULTI_LABEL",
  tox21.map((row) => ({ smiles: row.smiles, truth: withGaps(row) })),
  assays,
);
await measure(
  "odor",
  "MULTI_LABEL",
  odor.map((row) => ({
    smiles: row.smiles,
    truth: Float32Array.from(odors, (name) => Number(row.odors.split("|").includes(name))),
  })),
  odors,
);
await measure("superclass", "SINGLE_LABEL", ofClasses(frequent.slice(0, 11)), frequent.slice(0, 11));
await chemistry.close();
