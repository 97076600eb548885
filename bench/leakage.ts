/**
 * Time of a split's leakage report: fingerprints by RDKit, then the exact search for near-duplicates.
 *
 *   npx tsx bench/leakage.ts library.csv [column of SMILES] [column of splits]
 *
 * Without a column of splits the rows are split at random, 80 / 20 to training and test. Prints seconds, the findings,
 * and the longest time for which the event loop was blocked.
 */
import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { startChemistry } from "../src/chem/index.js";
import { Philox } from "../src/model/philox-stream.js";
import { type LeakageSubject, leakageOf } from "../src/runs/work/leakage.js";

const [file, column = "smiles", splits] = process.argv.slice(2);
const rows = parse(readFileSync(file), { columns: true, skip_empty_lines: true }) as Record<string, string>[];
const smiles = rows.map((row) => row[column]);
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(2)} s`;

const chemistry = await startChemistry();
let since = performance.now();
const fingerprints = new Map<string, Uint8Array>();
for (let first = 0; first < smiles.length; first += 500) {
  const bits = await chemistry.fingerprints(smiles.slice(first, first + 500));
  bits.forEach((entry, i) => {
    if (entry) fingerprints.set(smiles[first + i], entry);
  });
}
console.log(`fingerprints of ${fingerprints.size} of ${smiles.length} molecules: ${seconds(since)}`);
await chemistry.close();

const random = new Philox(42, 1);
const subjects = rows.map((row, i): LeakageSubject => {
  const given = splits && row[splits].toUpperCase();
  const split = given ? (given === "TRAIN" ? "TRAIN" : "TEST") : random.uniform() < 0.8 ? "TRAIN" : "TEST";
  return { smiles: smiles[i], key: String(i), scaffold: "", split };
});
let longest = 0;
let last = performance.now();
const watch = setInterval(() => {
  longest = Math.max(longest, performance.now() - last);
  last = performance.now();
}, 1);
since = performance.now();
const [test] = await leakageOf(subjects, fingerprints);
console.log(`search of ${test.count} in ${subjects.length - test.count}: ${seconds(since)}`);
clearInterval(watch);
console.log(
  `near-duplicates: ${JSON.stringify(test.nearDuplicates)}; event loop held at most ${longest.toFixed(0)} ms`,
);
