/**
 * `maillard embed --file`: every row of a file with the vector of its molecule, in the order of the rows. Vectors that
 * the server has are not computed again, so that a command which was interrupted is soon where it was. Memory does not
 * grow with the file.
 */

import type { TableOptions } from "../../datasets/files/choose-columns.js";
import {
  type MoleculeTable,
  moleculeTable,
  noRows,
  type TableRow,
  tableRows,
} from "../../datasets/files/table-rows.js";
import { beside } from "../../tables/names.js";
import { inOrder, inPieces } from "../../tables/pieces.js";
import type { Cell, Column } from "../../tables/types.js";
import { amount } from "../../words.js";
import { EMBED, MODEL_WIDTH } from "../documents/molecule.js";
import { CommandFailure } from "../failure.js";
import { describeFile, renderMolecules } from "../files/describe-file.js";
import { fileLimits } from "../files/file-limits.js";
import type { EmbedQuery, Pooling } from "../generated/graphql.js";
import { requireFree } from "../output/free-path.js";
import { startProgress } from "../output/progress.js";
import { count } from "../output/table.js";
import { checkTarget, writeTable } from "../output/table-file.js";
import type { Session } from "../session.js";

export interface EmbedFileOptions {
  model: string;
  pooling: Pooling;
  layer?: number;
  out?: string;
  format?: string;
  /** A file that is there is replaced. */
  force: boolean;
  table: TableOptions;
}

/** Molecules of one request, and requests under way. */
const PIECE = 64;
const AT_ONCE = 2;

export async function embedFile(session: Session, path: string, options: EmbedFileOptions): Promise<void> {
  const { model, out = null, format = null } = options;
  checkTarget({ out, format });
  if (out !== null) await requireFree(out, options);
  const limits = { ...fileLimits(session), rows: Number.POSITIVE_INFINITY, unpackedBytes: Number.POSITIVE_INFINITY };
  const { file, description } = await describeFile(session, path, options.table, { limits });
  if (options.table.smiles === undefined)
    for (const line of renderMolecules(path, description, session.terminal)) session.terminal.err(line);
  const table = moleculeTable(file, description);
  const answer = await session.client.execute(MODEL_WIDTH, { name: model });
  if (!answer.model) throw new CommandFailure("NOT_FOUND", `There is no model ${JSON.stringify(model)}.`);
  const { width } = answer.model;
  const stop = new AbortController();
  const release = session.terminal.onInterrupt(() => stop.abort());
  const progress = await startProgress(session.terminal, "embed");
  const onDone = (rows: number) => progress.update(rows, Math.max(rows, file.lines), `${count(rows)} rows`);
  const limited = inPieces(tableRows(table, { limits }), PIECE);
  const work = (rows: TableRow[], signal: AbortSignal) => answered(session, rows, width, options, signal);
  const pieces = inOrder(limited, work, { atOnce: AT_ONCE, signal: stop.signal });
  try {
    const rows = await writeTable(session, { out, format }, columnsOf(table, width), flat(pieces, onDone));
    if (rows === 0) throw noRows();
    if (out !== null) session.terminal.err(`wrote ${amount(rows, "row")} to ${out}`);
  } finally {
    release();
    progress.stop();
  }
}

/** The columns of the file, then what is wrong with a row, then the vector. */
function columnsOf({ names }: MoleculeTable, width: number): Column[] {
  const own = names.map((name): Column => ({ name, kind: "TEXT" }));
  const added = [
    { name: "error_code", kind: "TEXT" as const },
    { name: "error", kind: "TEXT" as const },
    ...Array.from({ length: width }, (_, place) => ({ name: `d${place + 1}`, kind: "NUMBER" as const })),
  ];
  return [...own, ...beside(names, added)];
}

async function answered(
  { client }: Session,
  rows: readonly TableRow[],
  width: number,
  { model, pooling, layer }: EmbedFileOptions,
  signal: AbortSignal,
): Promise<Cell[][]> {
  const asked = rows.filter(({ smiles, problem }) => !problem && smiles !== "");
  const smiles = [...new Set(asked.map((row) => row.smiles))];
  const results: EmbedQuery["embed"] =
    smiles.length === 0 ? [] : (await client.execute(EMBED, { smiles, model, pooling, layer }, signal)).embed;
  const of = new Map(smiles.map((text, place) => [text, results[place]]));
  const none = Array.from({ length: width }, () => null);
  return rows.map(({ cells, smiles: text, problem }) => {
    const result = of.get(text);
    if (problem) return [...cells, problem.code, problem.message, ...none];
    if (!result) return [...cells, "EMPTY_INPUT", "The row has no SMILES.", ...none];
    if (result.__typename === "SmilesError") return [...cells, result.code, result.message, ...none];
    return [...cells, null, null, ...result.vector];
  });
}

async function* flat(pieces: AsyncIterable<Cell[][]>, onDone: (rows: number) => void): AsyncGenerator<Cell[]> {
  let done = 0;
  for await (const rows of pieces) {
    yield* rows;
    done += rows.length;
    onDone(done);
  }
}
