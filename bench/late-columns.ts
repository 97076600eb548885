/**
 * Time and memory of looking at a whole table for columns that hold one value in its first 1,000 rows, in a process
 * that does nothing else: `node --import tsx bench/late-columns.ts [rows]` (default 1,000,000). Writes to the temp
 * folder.
 */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { startChemistry } from "../src/chem/index.js";
import { describeLate } from "../src/datasets/files/late-columns.js";
import { described } from "../src/datasets/import-csv.js";

const rows = Number(process.argv[2] ?? 1_000_000);
const folder = await mkdtemp(join(tmpdir(), "late-columns-"));
const chemistry = await startChemistry({ processes: 1 });
try {
  const path = join(folder, "sorted.csv");
  await pipeline(lines, createWriteStream(path));
  const options = { isPart: false, signal: undefined };
  const { file, description } = await described({ chemistry }, path, {}, options);
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 50);
  const began = performance.now();
  const found = await describeLate(file, description, {});
  const seconds = (performance.now() - began) / 1_000;
  clearInterval(timer);
  const split = found.columns.find(({ name }) => name === "split");
  const mebi = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(0)} MiB`;
  console.log(`${cpus()[0].model}, Node ${process.version}`);
  console.log(
    `${rows} rows, ${mebi((await stat(path)).size)}: ${seconds.toFixed(1)} s, ${split?.kind} of ${split?.distinct}`,
  );
  console.log(`memory ${mebi(before)} before, ${mebi(peak)} at most`);
} finally {
  await chemistry.close();
  await rm(folder, { recursive: true });
}

async function* lines(): AsyncGenerator<string> {
  yield "smiles,name,split,assay,logP\n";
  for (let row = 0; row < rows; row += 1_000) yield Array.from({ length: 1_000 }, (_, at) => line(row + at)).join("");
}

function line(row: number): string {
  const split = row < 0.8 * rows ? "train" : row < 0.9 * rows ? "valid" : "test";
  return `${"C".repeat(1 + (row % 30))}O,molecule ${row},${split},${row < rows / 2 ? "" : row % 2},${row / 7}\n`;
}
