/**
 * Imports a FooDB dump: it is read completely first, then written in batches, each a transaction. A truncated dump
 * writes nothing; the same dump given again changes nothing. An error between two batches keeps the batches before it.
 * bench/import-foodb.ts measures time and memory at full size.
 */
import type { Dataset } from "../../store/generated/client.js";
import { afterSome } from "../files/csv.js";
import { type ImportContext, importRows } from "../import.js";
import { addUp, emptyReport, type ImportReport } from "../types.js";
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
  target: { dataset: string; description?: string; source?: string },
  onProgress: (done: number, rows: number) => void = () => undefined,
): Promise<FoodbImport> {
  const isMolecule = async (texts: readonly string[]) => (await context.chemistry.parse(texts)).map(({ ok }) => ok);
  const { rows, size, labelKinds, ...found } = await readFoodb(tables, isMolecule);
  let report = emptyReport();
  let dataset: Dataset | null = null;
  try {
    for (const batch of batches(rows, BATCH)) {
      const continues = dataset !== null;
      const written = await importRows(context, { ...target, labelKinds, rows: batch, continues });
      dataset = written.dataset;
      report = addUp(report, written.report);
      onProgress(report.rows, size);
    }
  } catch (error) {
    throw afterSome(error, report.rows, "import it again");
  }
  return { dataset: dataset as Dataset, report, ...found };
}

function* batches<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
