/**
 * Imports a FooDB dump: it is read completely first, then written in batches, each a transaction. A truncated dump
 * writes nothing; the same dump given again changes nothing. An error between two batches keeps the batches before it;
 * when the client leaves, import-batches.ts says what stays.
 * bench/import-foodb.ts measures time and memory at full size.
 */
import { isInchi } from "../../chem/given.js";
import type { Dataset } from "../../store/generated/client.js";
import type { ImportContext } from "../import.js";
import { importBatches } from "../import-batches.js";
import { DEFAULT_IMPORT_LIMITS } from "../limits.js";
import { Turns } from "../turns.js";
import type { ImportReport, ImportTarget } from "../types.js";
import { type FoodbLibrary, readFoodb } from "./read.js";
import type { TableStream } from "./tables.js";

export interface FoodbImport {
  dataset: Dataset;
  report: ImportReport;
  /** See FoodbLibrary. */
  danglingLinks: FoodbLibrary["danglingLinks"];
  records: Record<string, number>;
  smilesColumn: FoodbLibrary["smilesColumn"];
}

/** Rows of one transaction. */
const BATCH = 1_000;

export async function importFoodb(
  context: ImportContext,
  tables: AsyncIterable<TableStream>,
  target: ImportTarget,
  onProgress: (done: number, rows: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<FoodbImport> {
  const { rows, size, labelKinds, ...found } = await readDump(context, tables, signal);
  const imported = await importBatches(
    context,
    foodbBatches(rows),
    { ...target, labelKinds },
    { signal, remedy: "import it again", onBatch: (_rows, report) => onProgress(report.rows, size) },
  );
  // A dump without a compound is EMPTY_INPUT before this.
  const { dataset, report } = imported as NonNullable<typeof imported>;
  return { dataset, report, ...found };
}

/** The whole dump. */
export async function readDump(
  { chemistry, importLimits = DEFAULT_IMPORT_LIMITS }: Pick<ImportContext, "chemistry" | "importLimits">,
  tables: AsyncIterable<TableStream>,
  signal?: AbortSignal,
): Promise<FoodbLibrary> {
  const isMolecule = async (texts: readonly string[]) =>
    (
      await chemistry.parse(
        // Its column of InChIs is not that of SMILES.
        texts.map((text) => (isInchi(text) ? "" : text)),
        signal,
      )
    ).map(({ ok }) => ok);
  return readFoodb(tables, isMolecule, importLimits);
}

export async function* foodbBatches<T>(items: Iterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  const turns = new Turns();
  for (const item of items) {
    await turns.next();
    batch.push(item);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
