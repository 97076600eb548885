/**
 * Predictions of a file, by HTTP:
 *   POST /predict?model=…&output=csv   a CSV, TSV or SMILES file, plain or gzip; the answer is a table with its rows
 * The body is the file (application/octet-stream), as in POST /import/csv; so are the fields of the address that say
 * what is in it (table-options.ts). Further fields:
 *   model          its name, required
 *   output         csv, tsv, jsonl, parquet, smiles, sdf, or lines. Default: what the header `accept` names, else csv
 *   gzip           true: the answer is packed; not of parquet
 *   probabilities  true: the probability of every class
 *   averageOver    ways of writing each molecule whose answers are averaged, 1 to 32; default 1
 *   inputColumns   false: the columns of the answer alone
 *   molBlocks      true: a column mol_block comes first; sdf has it always, as its blocks
 *   spreadsheet    true: csv and tsv for spreadsheet programs (src/tables/delimited.ts)
 * What is wrong before the first row is answered as an error: 400, 404, …. A table that could not be finished is not
 * ended: the connection breaks, so that no client takes a part for all of it.
 * `lines` are lines of JSON that say it instead: { columns }, { progress }, { rows: [[cell, …], …] }, …, then { done }
 * or { error }. A client that leaves ends the work; one that reads slowly gives its turn and, where others need it, its
 * place away (places.ts).
 */
import { once } from "node:events";
import { PassThrough } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { MOLECULE_FORMATS, type MoleculeFormat, moleculeWriter } from "../../../datasets/files/molecule-formats.js";
import { MaillardError } from "../../../errors.js";
import { applicationFor } from "../../../service/application.js";
import { type FileAnswer, type FileQuestion, predictFile } from "../../../service/predict/predict-file.js";
import type { Cell, TableWriter } from "../../../tables/types.js";
import { identityOf } from "../../access/routes.js";
import { ImportTurns, type Turn } from "./places.js";
import { type Coming, type UploadReceiver, WAITING_MS } from "./receive.js";
import { LINES, tableAnswer } from "./table-answer.js";
import { checkTexts, number, one, type Query, tableOptions, yesOrNo } from "./table-options.js";

/** Files that are answered at once. Their molecules take turns in the pool; more files would not be faster. */
const AT_ONCE = 4;

interface Asked extends FileQuestion {
  /** Null: lines. */
  format: MoleculeFormat | null;
  gzip: boolean;
  spreadsheet: boolean;
}

export function servePredict(scope: FastifyInstance, receiver: UploadReceiver): void {
  const turns = new ImportTurns(AT_ONCE);
  scope.post("/predict", {
    onRequest: (request, reply) => receiver.admit(request, reply, { stores: false, onFull: () => Promise.resolve() }),
    handler: async (request, reply) => {
      const coming = receiver.enter(request, reply);
      if (!coming) return reply;
      const end = async (outcome: string, rows: number, asked: Asked | null): Promise<void> => {
        coming.end(outcome === "OK");
        const details = { model: one((request.query as Query).model), format: asked?.format ?? "lines", rows };
        await receiver.record(request, "predict", outcome, details);
      };
      let asked: Asked | null = null;
      try {
        const query = request.query as Query;
        checkTexts(query);
        asked = askedOf(query, request.headers.accept);
      } catch (error) {
        return fail(receiver, request, reply, { error, left: coming.left, end: (code) => end(code, 0, null) });
      }
      if (asked.format === null) return answerLines(receiver, { request, reply, coming, turns, end }, asked);
      return answerTable(receiver, { request, reply, coming, turns, end }, { ...asked, format: asked.format });
    },
  });
}

interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
  coming: Coming;
  turns: ImportTurns;
  end(outcome: string, rows: number, asked: Asked | null): Promise<void>;
}

const open = ({ options }: UploadReceiver, request: FastifyRequest, path: string, asked: Asked, left: AbortSignal) =>
  predictFile(applicationFor(options.application, identityOf(request).principal), path, asked, left);

/** Lines from the start: a client that waits for its turn is told so. */
function answerLines(receiver: UploadReceiver, { request, reply, coming, turns, end }: Exchange, asked: Asked) {
  const { left } = coming;
  const lines = new PassThrough();
  const say = async (line: object): Promise<void> => {
    if (!lines.destroyed && !lines.write(`${JSON.stringify(line)}\n`)) await once(lines, "drain", { signal: left });
  };
  let rows = 0;
  /** Of a client that waits, a proxy on the way and its own library know that somebody is there. */
  const waits = () => void say({ progress: { done: rows } }).catch(() => undefined);
  const work = async (path: string, turn: Turn): Promise<object> => {
    const answer = await open(receiver, request, path, asked, left);
    coming.answers();
    await say({ columns: answer.columns, checksum: answer.checksum });
    const timer = setInterval(waits, WAITING_MS);
    try {
      for await (const part of answer.rows) {
        rows = answer.counts.rows;
        await turn.until(say({ rows: part }));
      }
    } finally {
      clearInterval(timer);
    }
    return { done: answer.counts };
  };
  void coming
    .file(turns, waits, work)
    .catch((error: unknown) => ({ error: receiver.errorFields(error, request, left) }))
    .then(async (last) => {
      await end("error" in last ? (last.error as { code: string }).code : "OK", rows, asked);
      await say(last);
    })
    .catch(() => undefined)
    .finally(() => lines.end());
  return reply.type("application/x-ndjson; charset=utf-8").send(lines);
}

/** The answer begins with the first rows: what is wrong before them has a status. */
async function answerTable(
  receiver: UploadReceiver,
  { request, reply, coming, turns, end }: Exchange,
  asked: Asked & { format: MoleculeFormat },
): Promise<FastifyReply> {
  const { left } = coming;
  const target = new PassThrough();
  let begun = false;
  const began = new Promise<void>((resolve, reject) => {
    const work = async (path: string, turn: Turn): Promise<FileAnswer> => {
      const answer = await open(receiver, request, path, asked, left);
      coming.answers();
      const { columns, places } = answer;
      const writer = moleculeWriter(target, asked.format, columns, { ...places, ...asked });
      for await (const part of answer.rows) {
        begun = true;
        resolve();
        await turn.until(writeAll(writer, part));
      }
      turn.end();
      await writer.end();
      return answer;
    };
    coming
      .file(turns, () => undefined, work)
      .then(
        ({ counts }) => void end("OK", counts.rows, asked),
        (error: unknown) => {
          if (!begun) return reject(error as Error);
          void end(receiver.errorFields(error, request, left).code, 0, asked);
          // Without its last chunk: the client sees that the answer is not whole.
          target.destroy(error as Error);
          reply.raw.destroy();
        },
      );
  });
  try {
    await began;
  } catch (error) {
    return fail(receiver, request, reply, { error, left, end: (code) => end(code, 0, asked) });
  }
  void reply.type(asked.gzip ? "application/gzip" : MOLECULE_FORMATS[asked.format].mediaType);
  return reply.send(target);
}

export async function writeAll(writer: TableWriter, rows: readonly Cell[][]): Promise<void> {
  for (const cells of rows) await writer.write(cells);
}

const STATUS: Partial<Record<string, number>> = {
  NOT_FOUND: 404,
  FILE_TOO_LARGE: 413,
  INTERNAL: 500,
  OVERLOADED: 503,
  DEVICE_UNAVAILABLE: 503,
  COMPUTE_CRASHED: 503,
};

async function fail(
  receiver: UploadReceiver,
  request: FastifyRequest,
  reply: FastifyReply,
  { error, left, end }: { error: unknown; left: AbortSignal; end(code: string): Promise<void> },
): Promise<FastifyReply> {
  const { code, message } = receiver.errorFields(error, request, left);
  await end(code);
  return receiver.options.answer(reply, STATUS[code] ?? 400, code, message);
}

function askedOf(query: Query, accept: string | undefined): Asked {
  const model = one(query.model);
  if (!model) throw bad("The address names no model: add ?model=<name>.", "model");
  const isLines = one(query.output)?.toUpperCase() === LINES;
  const { format, ...how } = tableAnswer(isLines ? { ...query, output: undefined } : query, accept);
  const inputColumns = yesOrNo(query, "inputColumns") ?? true;
  if (!isLines && !inputColumns && (format === "SMILES" || format === "SDF"))
    throw bad("A file of molecules has the columns of the input: leave inputColumns out.", "inputColumns");
  return {
    model,
    averageOver: number(query, "averageOver") ?? 1,
    table: tableOptions(query),
    inputColumns,
    blocks: (!isLines && format === "SDF") || (yesOrNo(query, "molBlocks") ?? false),
    format: isLines ? null : format,
    ...how,
  };
}

const bad = (message: string, param: string) => new MaillardError("BAD_INPUT", message, { param });
