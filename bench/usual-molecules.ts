/**
 * Whether InChI makes a key of every usual molecule (src/chem/process/is-usual.ts), and what is saved where nobody asks
 * for one: RDKit in this process, the whole reading beside the canonical form alone.
 *
 *   npm run build
 *   node --import tsx bench/usual-molecules.ts <file, one SMILES a line, or a CSV with the column smiles> [every n-th]
 */
import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { isUsual } from "../src/chem/process/is-usual.js";
import { Rdkit } from "../src/chem/process/rdkit.js";
import { machine } from "./support/server.js";

const [file, each = "1"] = process.argv.slice(2);
const text = readFileSync(file, "utf8");
const all = /^[^\n]*,/.test(text)
  ? (parse(text, { columns: true }) as { smiles: string }[]).map(({ smiles }) => smiles)
  : text.split("\n").map((line) => line.split(/\s/)[0]);
const texts = all.filter((smiles, index) => smiles !== "" && smiles.length <= 1_000 && index % Number(each) === 0);
const rdkit = await Rdkit.load();
for (const smiles of texts.slice(0, 100)) rdkit.parse(smiles);
let [usual, without] = [0, 0];
const seconds = { whole: 0, canonical: 0 };
const timed = <T>(kind: keyof typeof seconds, work: () => T): T => {
  const began = process.cpuUsage().user;
  const result = work();
  seconds[kind] += (process.cpuUsage().user - began) / 1e6;
  return result;
};
for (const smiles of texts) {
  if (!isUsual(smiles)) continue;
  usual += 1;
  const form = timed("canonical", () => rdkit.canonical(smiles));
  const whole = timed("whole", () => rdkit.parse(smiles));
  const same = form.ok === whole.ok && (!form.ok || !whole.ok || form.form.smiles === whole.molecule.smiles);
  if (same) continue;
  without += 1;
  console.log(`${smiles}: ${JSON.stringify(whole)}`);
}
const ms = (kind: keyof typeof seconds): string => ((1_000 * seconds[kind]) / usual).toFixed(2);
console.log(
  `${texts.length} SMILES of ${file}, ${usual} of them usual (${((100 * usual) / texts.length).toFixed(1)} %); ` +
    `${without} of these read otherwise as a whole; ${ms("canonical")} ms for the form alone, ${ms("whole")} ms for ` +
    `all; ${machine()}`,
);
