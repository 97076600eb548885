/**
 * Parquet files as tables. A process of its own reads the file (parquet-process.ts), with limits of memory and time:
 * whatever the file does to the library that reads it, the process that serves goes on. Rows come in batches, one ahead
 * of those that are taken.
 */
import type { ImportLimits } from "../../limits.js";
import type { TableRecord } from "../../records.js";
import { ParquetReader, type ParquetSettings } from "./parquet-reader.js";
import type { TableSource } from "./types.js";

/** BAD_INPUT, FILE_TOO_LARGE, TOO_MANY_ITEMS, TIMEOUT, COMPUTE_CRASHED; reading the rows throws them, too. */
export async function parquetSource(
  path: string,
  limits: ImportLimits,
  settings: Partial<ParquetSettings> = {},
): Promise<TableSource> {
  const reader = new ParquetReader(path, settings);
  const { names, rows } = await reader.open(limits).finally(() => reader.close());
  return { kind: "PARQUET", names, rows, open };

  async function* open(): AsyncGenerator<TableRecord> {
    const reader = new ParquetReader(path, settings);
    try {
      await reader.open(limits);
      let line = 1;
      let batch = reader.next();
      for (let rows = await batch; rows !== null; rows = await batch) {
        batch = reader.next();
        // Its error is thrown when the rows before it were taken.
        batch.catch(() => undefined);
        for (const cells of rows) yield { cells, line: ++line };
      }
    } finally {
      await reader.close();
    }
  }
}
