/**
 * RDKit reads the molecules of the next batch of rows while the batch before it is stored: two parts of an import that
 * use different processes.
 */
import type { Chemistry, MoleculeResult } from "../chem/types.js";
import { inOrder } from "../tables/pieces.js";
import type { ImportRow } from "./types.js";

/** What RDKit says of each SMILES, by its text as it was given. */
export type ReadMolecules = ReadonlyMap<string, MoleculeResult>;

export interface ReadBatch {
  rows: ImportRow[];
  molecules: ReadMolecules;
}

/** Each text once. Rows that could not be read have none. */
export async function readMolecules(
  chemistry: Pick<Chemistry, "parse">,
  rows: readonly ImportRow[],
  signal?: AbortSignal,
): Promise<ReadMolecules> {
  const texts = [...new Set(rows.flatMap(({ problem, smiles }) => (problem === undefined ? [smiles] : [])))];
  const results = await chemistry.parse(texts, signal);
  return new Map(texts.map((text, index) => [text, results[index]]));
}

/** In their order; the molecules of two batches are in memory. The error of a batch is thrown when its turn has come. */
export async function* readAhead(
  batches: AsyncIterable<ImportRow[]>,
  read: (rows: readonly ImportRow[], signal: AbortSignal) => Promise<ReadMolecules>,
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<ReadBatch> {
  const work = async (rows: ImportRow[], left: AbortSignal) => ({ rows, molecules: await read(rows, left) });
  yield* inOrder(batches, work, { atOnce: 2, signal });
}
