/**
 * `maillard predict --file`: every row of a file, with what a model says of its molecule. The file is read here and
 * sent in pieces, some of them at once; the answers are written in the order of the rows. Memory does not grow with the
 * file. A command that was interrupted goes on when it is given again (part-file.ts); standard output does not.
 */

import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { TableOptions } from "../../datasets/files/choose-columns.js";
import type { ImportLimits } from "../../datasets/files/csv.js";
import { MOLECULE_FORMATS, type MoleculeFormat, moleculeWriter } from "../../datasets/files/molecule-formats.js";
import {
  type MoleculeTable,
  moleculeTable,
  noRows,
  type TableRow,
  tableRows,
} from "../../datasets/files/table-rows.js";
import { type FileFormat, fileFormat } from "../../tables/formats.js";
import { beside } from "../../tables/names.js";
import { inOrder, inPieces } from "../../tables/pieces.js";
import type { Cell, Column, TableWriter } from "../../tables/types.js";
import { amount } from "../../words.js";
import { CommandFailure, EXIT, usage } from "../failure.js";
import { describeFile, renderMolecules } from "../files/describe-file.js";
import { fileLimits } from "../files/file-limits.js";
import { requireFree } from "../output/free-path.js";
import { startProgress } from "../output/progress.js";
import { count, duration } from "../output/table.js";
import type { Session } from "../session.js";
import { type Done, PartFile, placesOf } from "./part-file.js";
import { type AnsweredPiece, answerPiece } from "./predict-send.js";

export interface PredictFileOptions {
  model: string;
  averageOver: number;
  probabilities: boolean;
  /** "-" or absent: standard output. */
  out?: string;
  /** Of the output. */
  format?: string;
  spreadsheet: boolean;
  /** What was begun is dropped. */
  again: boolean;
  /** A finished file is replaced. */
  force: boolean;
  /** Rows sent at once. */
  piece: number;
  table: TableOptions;
}

/** Rows of the first pieces; then as many as are answered in PIECE_SECONDS, so that little is done again. */
const FIRST_PIECE = 256;
const LEAST_PIECE = 16;
const PIECE_SECONDS = 15;
/** Pieces under way: while one is computed, the next one has come. */
const AT_ONCE = 2;
const STREAM = "-";

export async function predictFile(session: Session, given: string, options: PredictFileOptions): Promise<void> {
  const out = options.out === STREAM ? undefined : options.out;
  const format = fileFormat(out ?? null, options.format ?? (out === undefined ? "csv" : null), {
    formats: MOLECULE_FORMATS,
    param: "out",
  });
  if (out === undefined && session.terminal.outInteractive && format.format === "PARQUET")
    throw usage("Parquet is no text: give --out <file>, or send the output to a program.");
  if (out !== undefined && !(await PartFile.isBegun(out))) await requireFree(out, options);
  const spooled = given === STREAM ? await spool() : null;
  try {
    const path = spooled ?? given;
    const { file, description } = await describeFile(session, path, options.table, { limits: limitsOf(session) });
    if (options.table.smiles === undefined)
      for (const line of renderMolecules(given, description, session.terminal)) session.terminal.err(line);
    const table = moleculeTable(file, description);
    await predictTable(session, table, { ...options, out, name: given }, format);
  } finally {
    if (spooled) await rm(spooled, { force: true });
  }
}

/** Nothing is kept of a row that was answered: a file may have any number of them. */
const limitsOf = (session: Session): ImportLimits => ({
  ...fileLimits(session),
  rows: Number.POSITIVE_INFINITY,
  unpackedBytes: Number.POSITIVE_INFINITY,
});

interface Target {
  done: Done;
  /** False: nobody reads on. */
  append(columns: Column[], rows: Cell[][], done: Omit<Done, "bytes">): Promise<boolean>;
  finish(): Promise<void>;
  close(): Promise<void>;
}

async function predictTable(
  session: Session,
  table: MoleculeTable,
  options: PredictFileOptions & { name: string },
  format: FileFormat<MoleculeFormat>,
): Promise<void> {
  const { model, averageOver, probabilities, out } = options;
  const target = out === undefined ? streamTarget(session, table, format, options) : await fileTarget(out);
  const interrupt = new AbortController();
  const release = session.terminal.onInterrupt(() => interrupt.abort());
  const progress = await startProgress(session.terminal, "predict");
  const before = target.done.rows;
  const total = table.file.table?.rows ?? table.file.lines - (table.layout.header ? 1 : 0);
  if (before > 0) progress.line(`goes on after ${amount(before, "row")}`);
  const began = performance.now();
  let waits = "";
  const onWait = (why: string): void => {
    if (why !== waits) progress.line(`waits: ${why}`);
    waits = why;
  };
  const question = { model, averageOver, probabilities, blocks: format.format === "SDF" };
  const work = (rows: TableRow[], signal: AbortSignal) => answerPiece(session, rows, question, { signal, onWait });
  let reads = true;
  const speed = (): number => (target.done.rows - before) / ((performance.now() - began) / 1_000);
  const size = (): number => {
    const fitting = target.done.rows === before ? FIRST_PIECE : Math.floor(PIECE_SECONDS * speed());
    return Math.min(options.piece, Math.max(LEAST_PIECE, fitting));
  };
  try {
    const rows = tableRows(table, { limits: limitsOf(session), skip: before });
    const answered = inOrder(inPieces(rows, size), work, { atOnce: AT_ONCE, signal: interrupt.signal });
    for await (const piece of answered) {
      checkSame(target.done, piece);
      const columns = columnsOf(table, piece);
      reads = await target.append(columns, cellsOf(piece, question.blocks), counted(target.done, piece));
      if (!reads) break;
      const done = target.done.rows;
      const left = duration(Math.max(0, total - done) / speed());
      const text = `${count(done)} rows, ${Number(speed().toPrecision(3))}/s, ${left} left`;
      progress.update(done, Math.max(total, done), text);
    }
    if (reads && target.done.rows === 0) throw noRows();
    await target.finish();
  } catch (error) {
    await target.close();
    if (!interrupt.signal.aborted) throw afterSome(error, target.done.rows, out);
    session.exitCode = EXIT.interrupted;
  } finally {
    release();
    progress.stop();
  }
  if (!reads) return;
  if (interrupt.signal.aborted) {
    const { rows } = target.done;
    const kept = out === undefined ? "standard output does not go on" : "give the same command again for the rest";
    session.terminal.err(`Interrupted after ${amount(rows, "row")}: ${kept}.`);
    return;
  }
  finished(session, out ?? "standard output", target.done);

  async function fileTarget(path: string): Promise<Target> {
    const identity = {
      input: await sha256(table.file.path),
      ...{ model, averageOver, probabilities, format: format.format, gzip: format.gzip },
      spreadsheet: options.spreadsheet,
      ...{ smiles: table.names[table.smiles], encoding: table.file.encoding, columns: table.names.length },
      ...{ delimiter: table.layout.delimiter, header: table.layout.header },
      ...(options.table.sheet === undefined ? {} : { sheet: options.table.sheet }),
    };
    const part = await PartFile.open(
      path,
      { ...format, smiles: table.smiles, name: table.name, spreadsheet: options.spreadsheet },
      identity,
      options,
    );
    return {
      get done() {
        return part.done;
      },
      append: async (columns, rows, done) => {
        await part.append(columns, rows, done);
        return true;
      },
      finish: () => part.finish(),
      close: () => part.close(),
    };
  }
}

/** Standard output: what was read is gone, so nothing goes on. */
function streamTarget(
  { terminal }: Session,
  { smiles, name }: MoleculeTable,
  { format }: FileFormat<MoleculeFormat>,
  { spreadsheet }: PredictFileOptions,
): Target {
  let writer: TableWriter | null = null;
  let reads = true;
  const stream = new Writable({
    write: (bytes: Buffer, _encoding, done) => {
      if (!reads) return done();
      void terminal.write(bytes).then((room) => {
        reads = room;
        done();
      });
    },
  });
  const target: Target = {
    done: { rows: 0, bytes: 0, errors: {}, checksum: null },
    append: async (columns, rows, done) => {
      writer ??= moleculeWriter(stream, format, columns, { ...placesOf({ smiles, name }, columns), spreadsheet });
      for (const cells of rows) await writer.write(cells);
      target.done = { ...done, bytes: 0 };
      return reads;
    },
    finish: async () => writer?.end(),
    close: async () => void stream.destroy(),
  };
  return target;
}

function columnsOf({ names }: MoleculeTable, { columns }: AnsweredPiece): Column[] {
  const blocks = columns.filter(({ name }) => name === "mol_block");
  const input = names.map((name): Column => ({ name, kind: "TEXT" }));
  return [...blocks, ...input, ...beside(names, columns.slice(blocks.length))];
}

const cellsOf = ({ rows, cells }: AnsweredPiece, blocks: boolean): Cell[][] =>
  rows.map((row, index) =>
    blocks ? [cells[index][0], ...row.cells, ...cells[index].slice(1)] : [...row.cells, ...cells[index]],
  );

function counted({ rows, errors }: Done, piece: AnsweredPiece): Omit<Done, "bytes"> {
  const place = piece.columns.findIndex(({ name }) => name === "error_code");
  const codes = { ...errors };
  for (const cells of piece.cells) {
    const code = cells[place];
    if (typeof code === "string") codes[code] = (codes[code] ?? 0) + 1;
  }
  return { rows: rows + piece.rows.length, errors: codes, checksum: piece.checksum };
}

function checkSame({ checksum }: Done, piece: AnsweredPiece): void {
  if (checksum === null || checksum === piece.checksum) return;
  throw new CommandFailure(
    "CONFLICT",
    "The model of this name is another one than the one that answered the rows before. Give --again to begin again.",
  );
}

function afterSome(error: unknown, rows: number, out: string | undefined): unknown {
  if (rows === 0 || out === undefined || !(error instanceof CommandFailure)) return error;
  const kept = `${amount(rows, "row")} ${rows === 1 ? "is" : "are"} in ${out}.part`;
  const said = `${error.message} ${kept}: give the same command again to go on.`;
  return new CommandFailure(error.code, said, error.exitCode);
}

function finished(session: Session, out: string, { rows, errors }: Done): void {
  const without = Object.values(errors).reduce((sum, times) => sum + times, 0);
  const codes = Object.entries(errors).map(([code, times]) => `${code} ${times.toLocaleString("en-US")}`);
  const problems = without > 0 ? `, ${without.toLocaleString("en-US")} without an answer (${codes.join(", ")})` : "";
  session.terminal.err(`${out}: ${amount(rows, "row")}${problems}`);
  if (without === rows) session.exitCode = EXIT.failed;
}

/** Standard input as a file: it is read twice, for its encoding and for its rows. */
async function spool(): Promise<string> {
  const path = join(tmpdir(), `maillard-${randomUUID()}`);
  await pipeline(process.stdin, createWriteStream(path, { flags: "wx", mode: 0o600 }));
  return path;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(bytes as Buffer);
  return hash.digest("hex");
}
