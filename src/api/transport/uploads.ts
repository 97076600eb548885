/**
 * Files as datasets, by HTTP:
 *   POST /import/csv?dataset=…&smiles=…&label=…   a CSV, TSV or SMILES file, plain or gzip; what is not named is found
 *   POST /import/csv?describe=true                the same file: only says what was found, and writes nothing
 *   POST /import/foodb?dataset=…                  a FooDB dump, as tar, plain or gzip
 * The body is the file (application/octet-stream). It is streamed and never held in memory. Nothing is written to the
 * database before its last byte has come, so that a broken connection leaves nothing behind. A client that leaves ends
 * its import: a dataset that the import made is removed (src/datasets/import-batches.ts).
 * Answers lines of JSON: { description } of a table, { progress }, …, then { dataset, report } or { error }.
 * Fields of the address: table-options.ts.
 *   403 FORBIDDEN       without the header x-maillard-client, which no page of another site can send unasked
 *   413 BODY_TOO_LARGE  above MAILLARD_MAX_UPLOAD bytes (default 2 GiB)
 *   503 OVERLOADED      as many imports as are taken at once are under way
 * The limits of the file's content: src/datasets/limits.ts.
 */
import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { TableOptions } from "../../datasets/files/choose-columns.js";
import { importFoodb } from "../../datasets/foodb/import.js";
import { tablesOfTar } from "../../datasets/foodb/tables.js";
import { describeTable, importCsv } from "../../datasets/import-csv.js";
import { checkName } from "../../datasets/request.js";
import { MaillardError } from "../../errors.js";
import type { Application } from "../../service/application.js";
import type { Dataset } from "../../store/generated/client.js";
import { globalId } from "../ids.js";
import { departure } from "./departure.js";
import type { Guard, Refusal } from "./guard.js";
import { asksForDescription, checkTexts, isPart, one, type Query, tableOptions } from "./table-options.js";

export const MAX_UPLOAD_BYTES = 2 * 1024 ** 3;
/** Of files that a crash left behind. */
const OLD_MS = 24 * 3_600_000;

export interface UploadOptions {
  application: Application;
  guard: Guard;
  maxBytes: number;
  refuse(reply: FastifyReply, refusal: Refusal): FastifyReply;
  answer(reply: FastifyReply, status: number, code: string, message: string): FastifyReply;
}

type Say = (line: object) => void;

/** Imports at once: each may hold what the FooDB reader retains, and all share RDKit. */
const MAX_IMPORTS = 3;

export async function serveUploads(app: FastifyInstance, options: UploadOptions): Promise<void> {
  const { application, guard, maxBytes, refuse, answer } = options;
  const folder = join(application.home, "uploads");
  void sweep(folder);
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("application/octet-stream", (_request, payload, done) => done(null, payload));
    let running = 0;
    const describe = (path: string, table: TableOptions, part: boolean, signal: AbortSignal) =>
      describeTable(application, path, table, { isPart: part, signal });
    const imports: Record<string, (body: Readable, query: Query, say: Say, signal: AbortSignal) => Promise<object>> = {
      foodb: async (body, query, say, signal) => {
        const target = targetOf(query, "foodb");
        const { dataset, ...report } = await importFoodb(
          application,
          tablesOfTar(body, application.importLimits),
          target,
          saying(say),
          signal,
        );
        return { dataset: datasetFields(dataset), ...report };
      },
      csv: async (body, query, say, signal) => {
        const describes = asksForDescription(query);
        const table = tableOptions(query);
        const target = describes ? null : targetOf(query, null);
        const path = join(folder, randomUUID());
        try {
          await mkdir(folder, { recursive: true });
          await pipeline(body, createWriteStream(path, { flags: "wx", mode: 0o600 }));
          if (!target) return { description: await describe(path, table, isPart(query), signal) };
          const progress = { described: (description: object) => say({ description }), rows: saying(say) };
          const { dataset, report } = await importCsv(application, path, table, target, progress, signal);
          return { dataset: datasetFields(dataset), report };
        } finally {
          await rm(path, { force: true });
        }
      },
    };
    for (const [format, run] of Object.entries(imports))
      scope.post(`/import/${format}`, {
        onRequest: async (request, reply) => {
          const refusal = guard.checkKey(request.headers.authorization) ?? checkHeader(request);
          if (refusal) return refuse(reply, refusal);
          if (Number(request.headers["content-length"] ?? 0) > maxBytes)
            return answer(reply, 413, "BODY_TOO_LARGE", tooLarge(maxBytes).message);
          if (running >= MAX_IMPORTS) {
            void reply.header("retry-after", "10");
            return answer(reply, 503, "OVERLOADED", `${MAX_IMPORTS} imports are under way: try again in 10 seconds.`);
          }
        },
        handler: async (request, reply) => {
          const body = limited(request.body as Readable, maxBytes);
          const lines = new PassThrough();
          const left = departure(reply);
          const say = (line: object) => {
            // The client may have left.
            if (!lines.destroyed) lines.write(`${JSON.stringify(line)}\n`);
          };
          running++;
          const query = request.query as Query;
          const ended = checked(query, () => run(body, query, say, left))
            .then(say, (error: unknown) => say({ error: errorFields(error, request, application) }))
            .finally(() => {
              running--;
              lines.end();
            });
          void ended;
          return reply.type("application/x-ndjson; charset=utf-8").send(lines);
        },
      });
  });
}

/** The body is read from the start: nothing waits before it. */
async function checked(query: Query, work: () => Promise<object>): Promise<object> {
  checkTexts(query);
  return work();
}

const saying =
  (say: Say) =>
  (done: number, rows: number): void =>
    say({ progress: { done, rows } });

function targetOf(query: Query, fallback: string | null): { dataset: string; description?: string; source?: string } {
  const dataset = one(query.dataset) ?? fallback;
  if (dataset === null)
    throw new MaillardError("BAD_INPUT", "The address names no dataset: add ?dataset=<name>.", { param: "dataset" });
  checkName(dataset, "dataset");
  const [description, source] = [one(query.description), one(query.source)];
  return { dataset, ...(description ? { description } : {}), ...(source ? { source } : {}) };
}

const datasetFields = ({ id, name, size }: Dataset) => ({ id: globalId("Dataset", id), name, size });

function errorFields(error: unknown, request: FastifyRequest, { log }: Application): object {
  if (error instanceof MaillardError) return error.toJSON();
  const { code, name } = error as { code?: string; name?: string };
  const left = code === "ERR_STREAM_PREMATURE_CLOSE" || name === "AbortError" || request.raw.destroyed;
  if (left)
    return { code: "BAD_INPUT", message: "The connection broke off before the file was there; nothing was imported." };
  log.error("An import failed unexpectedly.", { requestId: request.id, error: String(error) });
  return {
    code: "INTERNAL",
    message: `The server failed at this; its log has the reason under request ${request.id}.`,
  };
}

const checkHeader = ({ headers }: FastifyRequest): Refusal | null =>
  headers["x-maillard-client"]
    ? null
    : {
        status: 403,
        code: "FORBIDDEN",
        message: "Send the header x-maillard-client (any value) with an upload: it keeps pages of other sites out.",
      };

const tooLarge = (maxBytes: number): MaillardError =>
  new MaillardError(
    "FILE_TOO_LARGE",
    `The file is above ${maxBytes} bytes, which is the most that is taken (MAILLARD_MAX_UPLOAD). Nothing was imported.`,
    { param: "file", details: { maximum: maxBytes } },
  );

/** The same bytes, or an error at the first one too many. */
function limited(body: Readable, maxBytes: number): Readable {
  let bytes = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(tooLarge(maxBytes));
      else done(null, chunk);
    },
  });
  void pipeline(body, counter).catch(() => undefined);
  return counter;
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const changed = await stat(path).catch(() => null);
    if (changed && Date.now() - changed.mtimeMs > OLD_MS) await rm(path, { force: true });
  }
}
