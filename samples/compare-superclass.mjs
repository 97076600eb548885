// Compares the superclass column of food-compounds.csv with another labelled set, molecule by molecule.
// Usage: node samples/compare-superclass.mjs other.csv
// The other file needs the columns superclass and inchikey (or smiles, from which the key is then computed).
import { readFileSync } from "node:fs";
import initRDKitModule from "@rdkit/rdkit";
import { parse } from "csv-parse/sync";

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error("usage: node samples/compare-superclass.mjs OTHER.csv");
  process.exit(2);
}

const read = (source) => parse(readFileSync(source), { columns: true, bom: true });
const ours = read(new URL("./food-compounds.csv", import.meta.url));
const theirs = read(path);
const rdkit = await initRDKitModule();

/** First block of the InChIKey: the skeleton, without stereochemistry. Empty if the SMILES can't be read. */
function skeleton(smiles) {
  const molecule = rdkit.get_mol(smiles);
  if (molecule === null) return "";
  try {
    return rdkit.get_inchikey_for_inchi(molecule.get_inchi()).slice(0, 14);
  } finally {
    molecule.delete();
  }
}

const reference = new Map();
for (const row of theirs) {
  const key = row.inchikey ? row.inchikey.slice(0, 14) : skeleton(row.smiles ?? "");
  if (key !== "" && row.superclass) reference.set(key, row);
}

const perClass = new Map();
const mismatches = [];
for (const row of ours) {
  const tally = perClass.get(row.superclass) ?? { molecules: 0, shared: 0, agree: 0 };
  perClass.set(row.superclass, tally);
  tally.molecules++;
  const other = reference.get(skeleton(row.smiles));
  if (other === undefined) continue;
  tally.shared++;
  if (other.superclass === row.superclass) tally.agree++;
  else mismatches.push({ row, other });
}

const total = { molecules: 0, shared: 0, agree: 0 };
console.log("| superclass | molecules | in the other set | agree |\n|---|---:|---:|---:|");
for (const [superclass, tally] of [...perClass].sort((a, b) => b[1].molecules - a[1].molecules)) {
  console.log(`| ${superclass} | ${tally.molecules} | ${tally.shared} | ${tally.agree} |`);
  for (const key of Object.keys(total)) total[key] += tally[key];
}
console.log(`| total | ${total.molecules} | ${total.shared} | ${total.agree} |`);
for (const { row, other } of mismatches) {
  const path = [other.superclass, other.class, other.subclass].filter(Boolean).join(" > ");
  console.log(`mismatch: ${row.name}: here ${row.superclass}; there ${path}`);
}
