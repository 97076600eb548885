/**
 * Tables of molecules for tests: columns of values become text in an encoding, and a file of it what was found in it.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import iconv from "iconv-lite";
import type { Chemistry } from "../../../src/chem/types.js";
import { chooseColumns, columnsOf, type TableOptions } from "../../../src/datasets/files/choose-columns.js";
import { readCsv } from "../../../src/datasets/files/csv.js";
import { type CsvDescription, describeCsv } from "../../../src/datasets/files/describe-csv.js";
import { examineText } from "../../../src/datasets/files/text-file.js";
import type { ImportRow } from "../../../src/datasets/types.js";
import { sharedChemistry } from "../machine/shared-chemistry.js";

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
  /** The rows that an import would read, and those of them that have a problem, by line. */
  read(content: string | Buffer, options?: TableOptions): Promise<ReadTable>;
  close(): Promise<void>;
}

interface ReadTable {
  found: CsvDescription;
  rows: ImportRow[];
  good: ImportRow[];
  bad: [line: number, problem: string][];
}

export const columnOf = ({ columns }: CsvDescription, name: string) => columns.find((column) => column.name === name)!;

/** All labels of a set, in the order of the rows. */
export const labelsOf = (rows: readonly ImportRow[], name: string): string[] =>
  rows.flatMap((row) => row.labels[name] ?? []);

/** A table of one molecule for each value, with the values beside the SMILES. */
export function beside(header: string, values: readonly string[], delimiter = ","): string {
  const smiles = alcohols(values.length);
  return table(
    ["smiles", header],
    values.map((value, i) => [smiles[i], value]),
    delimiter,
  );
}

export async function startDescriber(): Promise<Describer> {
  const folder = await mkdtemp(join(tmpdir(), "maillard-tables-"));
  const chemistry: Chemistry = await sharedChemistry();
  let count = 0;
  const file = async (name: string, content: string | Buffer): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
  const describe = async (content: string | Buffer, options: TableOptions = {}): Promise<CsvDescription> => {
    const path = await file(`${count++}.csv`, content);
    const ask = async (texts: readonly string[]) => (await chemistry.parse(texts)).map(({ ok }) => ok);
    const found = await describeCsv(await examineText(path, options.encoding), ask, options);
    return chooseColumns(found, options, "The file");
  };
  return {
    file,
    describe,
    read: async (content, options = {}) => {
      const found = await describe(content, options);
      const path = await file("read.csv", content);
      const text = await examineText(path, options.encoding);
      const rows: ImportRow[] = [];
      for await (const row of readCsv(text, columnsOf(found, path))) rows.push(row);
      const good = rows.filter(({ problem }) => problem === undefined);
      const bad = rows.flatMap(({ line, problem }): [number, string][] =>
        problem === undefined ? [] : [[line, problem]],
      );
      return { found, rows, good, bad };
    },
    close: async () => {
      await chemistry.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
