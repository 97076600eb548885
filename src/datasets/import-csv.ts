/**
 * Imports a table of this machine in batches, each a transaction. The table is described and its columns are chosen
 * before anything is written. An error further down, such as a quote that is never closed, ends the import after the
 * batches before it. When the client leaves, import-batches.ts says what stays.
 */

import type { Chemistry } from "../chem/types.js";
import { MaillardError } from "../errors.js";
import type { Dataset } from "../store/generated/client.js";
import { chooseColumns, columnsOf, structureOf, type TableOptions } from "./files/choose-columns.js";
import { batches, labelKindsOf, readCsv } from "./files/csv.js";
import { type CsvDescription, describeHead, readSample } from "./files/describe-csv.js";
import { describeLate } from "./files/late-columns.js";
import type { BlockReader } from "./files/sources/types.js";
import { examineText, type TextFile } from "./files/text-file.js";
import type { ImportContext } from "./import.js";
import { importBatches } from "./import-batches.js";
import { DEFAULT_IMPORT_LIMITS } from "./limits.js";
import { checkMissing } from "./request.js";
import type { ImportReport, ImportTarget } from "./types.js";

export interface ImportProgress {
  described?(description: CsvDescription): void;
  rows?(done: number, rows: number): void;
}

/** `isPart`: the file is the beginning of a larger one. */
export async function describeTable(
  context: Pick<ImportContext, "chemistry" | "importLimits">,
  path: string,
  options: TableOptions,
  { isPart = false, signal }: { isPart?: boolean; signal?: AbortSignal } = {},
): Promise<CsvDescription> {
  return withoutPath(
    path,
    async () => (await described(context, path, options, { isPart, signal, late: !isPart })).description,
  );
}

export async function importCsv(
  context: ImportContext,
  path: string,
  options: TableOptions,
  target: ImportTarget,
  progress: ImportProgress = {},
  signal?: AbortSignal,
): Promise<{ dataset: Dataset; report: ImportReport }> {
  return withoutPath(path, async () => {
    const { file, description } = await described(context, path, options, { isPart: false, signal, late: true });
    progress.described?.(description);
    const columns = columnsOf(description, path);
    const labelKinds = labelKindsOf(columns);
    const imported = await importBatches(
      context,
      batches(readCsv(file, columns, context.importLimits)),
      { ...target, labelKinds, ...(columns.missing ? { missing: columns.missing } : {}) },
      { signal, onBatch: (rows) => progress.rows?.(rows[rows.length - 1].line, file.lines) },
    );
    if (imported) return imported;
    throw new MaillardError("EMPTY_INPUT", "The file has a header line and no row below it: at least one is needed.", {
      param: "file",
    });
  });
}

/** Errors show the path. `late`: columns without two values in the first rows are looked at in all of them. */
export async function described(
  { chemistry, importLimits: limits = DEFAULT_IMPORT_LIMITS }: Pick<ImportContext, "chemistry" | "importLimits">,
  path: string,
  options: TableOptions,
  { isPart, signal, late = false }: { isPart: boolean; signal: AbortSignal | undefined; late?: boolean },
): Promise<{ file: TextFile; description: CsvDescription }> {
  checkMissing(options.missing);
  const file = await openTable({ chemistry, importLimits: limits }, path, options, signal);
  const { text, isWhole } = await readSample(file);
  const readsAsMolecules = async (texts: readonly string[]) =>
    (await chemistry.parse(texts, signal)).map(({ ok }) => ok);
  const head = { text, isWhole: isWhole && !isPart };
  const first = await describeHead(file, head, readsAsMolecules, options, limits);
  const found = late ? await describeLate(file, first, { ...options, limits, signal }) : first;
  return { file, description: chooseColumns(found, structureOf(file, options), path) };
}

/** The file as it is, with no look at its columns. */
export const openTable = (
  { chemistry, importLimits: limits = DEFAULT_IMPORT_LIMITS }: Pick<ImportContext, "chemistry" | "importLimits">,
  path: string,
  { encoding, sheet }: Pick<TableOptions, "encoding" | "sheet">,
  signal?: AbortSignal,
): Promise<TextFile> => examineText(path, encoding, { limits, signal, sheet, blocks: blocksOf(chemistry, signal) });

/** The reader of mol blocks of this process's chemistry, which stays open. */
export const blocksOf = (chemistry: Chemistry, signal?: AbortSignal) => async (): Promise<BlockReader> => ({
  read: (blocks) => chemistry.readBlocks(blocks, signal),
  close: async () => undefined,
});

/** Errors do not show the path of the file on this machine. */
export async function withoutPath<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MaillardError)) throw error;
    throw new MaillardError(error.code, error.message.replaceAll(path, "The file"), error);
  }
}
