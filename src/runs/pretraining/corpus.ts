/**
 * The molecules of a pretraining as a file of the run: the dataset's canonical SMILES, one a line, in its order. Read
 * and written page by page, so that its memory does not grow with the dataset. A complete file is not written again.
 */
import { createWriteStream } from "node:fs";
import { mkdir, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Store } from "../../store/index.js";
import { whenDatabaseIsBack } from "../queue/retry.js";

/** Molecules in one statement. */
const PAGE = 5_000;

export interface CorpusRequest {
  datasetId: string;
  /** Members below this position. */
  positions: number;
  /** Absolute path. */
  file: string;
  /** Sees each molecule once, and only when the file is written. */
  onMolecule(smiles: string): void;
  signal: AbortSignal;
}

/** True when it was written now; false when it was there. */
export async function writeCorpus(store: Pick<Store, "pool">, request: CorpusRequest): Promise<boolean> {
  const { file, signal } = request;
  if (await stat(file).catch(() => null)) return false;
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.tmp`;
  await pipeline(Readable.from(pages(store, request)), createWriteStream(temporary, { flush: true }), { signal });
  await rename(temporary, file);
  return true;
}

async function* pages({ pool }: Pick<Store, "pool">, request: CorpusRequest): AsyncGenerator<string> {
  const { datasetId, positions, onMolecule, signal } = request;
  for (let from = 0; from < positions; from += PAGE) {
    const { rows } = await whenDatabaseIsBack(
      () =>
        pool.query<{ smiles: string }>(
          `SELECT smiles FROM "DatasetCompound" WHERE "datasetId" = $1 AND position >= $2 AND position < $3
           ORDER BY position`,
          [datasetId, from, Math.min(positions, from + PAGE)],
        ),
      signal,
    );
    for (const { smiles } of rows) onMolecule(smiles);
    if (rows.length > 0) yield rows.map(({ smiles }) => `${smiles}\n`).join("");
  }
}
