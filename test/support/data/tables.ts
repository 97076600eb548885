/**
 * Tables of molecules for tests: columns of values become text in an encoding, and a file of it what was found in it.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import iconv from "iconv-lite";
import { startChemistry } from "../../../src/chem/index.js";
import type { Chemistry } from "../../../src/chem/types.js";
import { chooseColumns, type TableOptions } from "../../../src/datasets/files/choose-columns.js";
import { type CsvDescription, describeCsv } from "../../../src/datasets/files/describe-csv.js";
import { examineText } from "../../../src/datasets/files/text-file.js";

/** Propanol, butanol, …: `count` different molecules. */
export const alcohols = (count: number): string[] =>
  Array.from(
    { length: count },
    (_, index) => `${"C".repeat(2 + (index % 40))}${"OC".repeat(Math.floor(index / 40))}CO`,
  );

/** One row for each index, the header first. */
export const table = (
  header: readonly string[] | null,
  rows: readonly (readonly string[])[],
  delimiter = ",",
): string => [...(header ? [header] : []), ...rows].map((cells) => `${cells.join(delimiter)}\n`).join("");

export const encoded = (text: string, encoding: string, addBOM = false): Buffer =>
  iconv.encode(text, encoding, { addBOM });

export interface Describer {
  file(name: string, content: string | Buffer): Promise<string>;
  /** What is found, with what an import would take. */
  describe(content: string | Buffer, options?: TableOptions): Promise<CsvDescription>;
  close(): Promise<void>;
}

export async function startDescriber(): Promise<Describer> {
  const folder = await mkdtemp(join(tmpdir(), "maillard-tables-"));
  const chemistry: Chemistry = await startChemistry({ processes: 1 });
  let count = 0;
  const file = async (name: string, content: string | Buffer): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
  return {
    file,
    describe: async (content, options = {}) => {
      const path = await file(`${count++}.csv`, content);
      const ask = async (texts: readonly string[]) => (await chemistry.parse(texts)).map(({ ok }) => ok);
      const found = await describeCsv(await examineText(path, options.encoding), ask, options);
      return chooseColumns(found, options, "The file");
    },
    close: async () => {
      await chemistry.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
