/**
 * Files as datasets, by HTTP:
 *   POST /import/csv?dataset=…&smiles=…&label=…   a CSV, TSV or SMILES file, plain or gzip; what is not named is found
 *   POST /import/csv?describe=true                the same file: only says what was found, and writes nothing
 *   POST /import/foodb?dataset=…                  a FooDB dump, as tar, plain or gzip
 * The body is the file (application/octet-stream). It is written to disk while it comes, and read when its turn has
 * come (upload-places.ts). So a slow client holds none of the imports, and a broken connection leaves nothing behind. A
 * client that leaves ends its import: a dataset that the import made is removed (src/datasets/import-batches.ts).
 * Answers lines of JSON: { description } of a table, { progress }, …, then { dataset, report } or { error }.
 * Fields of the address: table-options.ts.
 *   403 FORBIDDEN       without the header x-maillard-client, which no page of another site can send unasked
 *   413 BODY_TOO_LARGE  above MAILLARD_MAX_UPLOAD bytes (default 2 GiB)
 *   403 QUOTA_EXCEEDED  the key holds as many bytes as it may
 *   429 RATE_LIMITED    the cost points of the key are used up for this minute
 *   503 OVERLOADED      as many uploads as are taken at once are under way
 * The limits of the file's content: src/datasets/limits.ts.
 */
import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { importFoodb } from "../../../datasets/foodb/import.js";
import { tablesOfTar } from "../../../datasets/foodb/tables.js";
import { describeTable, importCsv } from "../../../datasets/import-csv.js";
import { checkName } from "../../../datasets/request.js";
import { MaillardError } from "../../../errors.js";
import { MeanTime } from "../../../process/mean-time.js";
import { type Application, applicationFor } from "../../../service/application.js";
import type { Dataset } from "../../../store/generated/client.js";
import type { Refusal } from "../../access/access.js";
import { networkOf } from "../../access/address.js";
import { admitUpload } from "../../access/admission.js";
import { record } from "../../access/audited.js";
import type { PointsMeter } from "../../access/points.js";
import { identityOf } from "../../access/routes.js";
import { globalId } from "../../ids.js";
import type { TransportLimits } from "../connections.js";
import { departure } from "../departure.js";
import { Counted, closeAfterAnswer, sweep, tooLarge } from "./body.js";
import { ImportTurns, UploadPlaces } from "./places.js";
import { asksForDescription, checkTexts, isPart, one, type Query, tableOptions } from "./table-options.js";

export const MAX_UPLOAD_BYTES = 2 * 1024 ** 3;

export interface UploadOptions {
  application: Application;
  meter: PointsMeter;
  limits: TransportLimits;
  maxBytes: number;
  refuse(reply: FastifyReply, refusal: Refusal): FastifyReply;
  answer(reply: FastifyReply, status: number, code: string, message: string): FastifyReply;
}

type Say = (line: object) => void;
/** Imports a file that has come, or describes it. */
type Work = (path: string, say: Say, signal: AbortSignal) => Promise<object>;

/** Time of an import before the first was measured, in ms. */
const USUAL_MS = 10_000;
/** Uploads on disk may have so many times the bytes of the largest one. */
const LARGEST_ON_DISK = 3;
/** Descriptions that are made at once: they wait for no import. */
const DESCRIPTIONS = 2;
/** How often a client that waits for its turn is told so, in ms. */
const WAITING_MS = 10_000;

export async function serveUploads(app: FastifyInstance, options: UploadOptions): Promise<void> {
  const { application, meter, limits, maxBytes, refuse, answer } = options;
  const folder = join(application.home, "uploads");
  void sweep(folder);
  const time = new MeanTime(USUAL_MS);
  const places = new UploadPlaces(limits, LARGEST_ON_DISK * maxBytes, () => time.retryAfterMs(1, limits.imports));
  const [importing, describing] = [new ImportTurns(limits.imports), new ImportTurns(DESCRIPTIONS)];

  const formats: Record<string, (as: Application, query: Query) => Work> = {
    foodb: (as, query) => {
      const target = targetOf(query, "foodb");
      return async (path, say, signal) => {
        const tables = tablesOfTar(createReadStream(path), application.importLimits);
        const { dataset, ...report } = await importFoodb(as, tables, target, saying(say), signal);
        return { dataset: datasetFields(dataset), ...report };
      };
    },
    csv: (as, query) => {
      const table = tableOptions(query);
      if (asksForDescription(query))
        return async (path, _say, signal) => ({
          description: await describeTable(application, path, table, { isPart: isPart(query), signal }),
        });
      const target = targetOf(query, null);
      return async (path, say, signal) => {
        const progress = { described: (description: object) => say({ description }), rows: saying(say) };
        const { dataset, report } = await importCsv(as, path, table, target, progress, signal);
        return { dataset: datasetFields(dataset), report };
      };
    },
  };

  /** Writes the body to disk, waits for the turn of its file, and does the work. */
  async function receive(request: FastifyRequest, body: Readable, make: () => Work, say: Say, left: AbortSignal) {
    const work = make();
    const path = join(folder, randomUUID());
    const address = addressOf(request);
    const turns = asksForDescription(request.query as Query) ? describing : importing;
    try {
      await mkdir(folder, { recursive: true });
      await pipeline(body, createWriteStream(path, { flags: "wx", mode: 0o600 }));
      // Or a proxy takes the connection for a dead one.
      const waiting = setInterval(() => say({ progress: { done: 0, rows: 0 } }), WAITING_MS);
      const release = await turns.take(address, left).finally(() => clearInterval(waiting));
      try {
        return await work(path, say, left);
      } finally {
        release();
      }
    } finally {
      await rm(path, { force: true });
    }
  }

  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("application/octet-stream", (_request, payload, done) => done(null, payload));
    const refusePlace = (reply: FastifyReply, error: MaillardError) => refuseOverloaded(reply, error, answer);
    const audit = (request: FastifyRequest, format: string, outcome: string, answer: object) =>
      record(
        { application, principal: identityOf(request).principal, requestId: request.id, address: request.ip },
        "import",
        outcome,
        { format, dataset: one((request.query as Query).dataset), ...importedBy(answer) },
      );
    for (const [format, work] of Object.entries(formats))
      scope.post(`/import/${format}`, {
        onRequest: async (request, reply) => {
          closeAfterAnswer(request, reply);
          const refusal = checkHeader(request);
          if (refusal) return refuse(reply, refusal);
          if (Number(request.headers["content-length"] ?? 0) > maxBytes)
            return answer(reply, 413, "BODY_TOO_LARGE", tooLarge(maxBytes).message);
          // Before it is charged.
          const noPlace = places.refusal(addressOf(request));
          if (noPlace) return refusePlace(reply, noPlace);
          const parts = { store: application.store, meter, principal: identityOf(request).principal };
          const { headers, refusal: full } = await admitUpload(parts, {
            describes: describesOnly(request.query as Query),
          });
          void reply.headers(headers);
          if (!full) return;
          const { code, message } = full.error;
          if (code === "QUOTA_EXCEEDED") await audit(request, format, code, {});
          return answer(reply, full.status, code, message);
        },
        handler: async (request, reply) => {
          const body = new Counted(maxBytes);
          // A request without a body has none that could be read.
          const raw = (request.body as Readable | undefined) ?? Readable.from([]);
          const place = places.enter(
            addressOf(request),
            () => !raw.readableEnded && raw.readableLength === 0 && body.readableLength === 0,
            (error) => body.destroy(error),
          );
          if (place instanceof MaillardError) return refusePlace(reply, place);
          body.came = place.came;
          body.once("end", place.ended);
          void pipeline(raw, body).catch(() => undefined);
          const lines = new PassThrough();
          const left = departure(reply);
          const say = (line: object) => {
            // The client may have left.
            if (!lines.destroyed) lines.write(`${JSON.stringify(line)}\n`);
          };
          const over = time.begin();
          const query = request.query as Query;
          const as = applicationFor(application, identityOf(request).principal);
          void checked(query, () => receive(request, body, () => work(as, query), say, left))
            .catch((error: unknown) => ({ error: errorFields(error, request, application, left) }))
            .then(async (answer) => {
              over(!left.aborted && !("error" in answer));
              await audit(request, format, "error" in answer ? answer.error.code : "OK", answer);
              say(answer);
            })
            .finally(() => {
              place.leave();
              lines.end();
            });
          return reply.type("application/x-ndjson; charset=utf-8").send(lines);
        },
      });
  });
}

export const addressOf = ({ raw }: FastifyRequest): string => networkOf(raw.socket.remoteAddress ?? "");

/** What is neither true nor false is refused later. */
function describesOnly(query: Query): boolean {
  try {
    return asksForDescription(query);
  } catch {
    return true;
  }
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

/** What the audit log keeps of an import's answer. */
function importedBy(answer: object): Record<string, unknown> {
  if ("description" in answer) return { describes: true };
  const { dataset, report } = answer as { dataset?: { id: string }; report?: { rows: number; imported: number } };
  return { datasetId: dataset?.id, rows: report?.rows, imported: report?.imported };
}

/** 503 with the time after which to come back. */
export function refuseOverloaded(
  reply: FastifyReply,
  { message, details }: MaillardError,
  answer: UploadOptions["answer"],
): FastifyReply {
  const { retryAfterMs = 0 } = details as { retryAfterMs?: number };
  void reply.header("retry-after", String(Math.ceil(retryAfterMs / 1_000)));
  return answer(reply, 503, "OVERLOADED", message);
}

const datasetFields = ({ id, name, size }: Dataset) => ({ id: globalId("Dataset", id), name, size });

/** `signal`: aborted when the client has left. */
export function errorFields(
  error: unknown,
  { id: requestId }: FastifyRequest,
  { log }: Application,
  signal: AbortSignal,
): { code: string; message: string } {
  if (error instanceof MaillardError) return error.toJSON();
  const { code, name } = error as { code?: string; name?: string };
  const left = code === "ERR_STREAM_PREMATURE_CLOSE" || name === "AbortError" || signal.aborted;
  if (left)
    return { code: "BAD_INPUT", message: "The connection broke off before the file was there; nothing was imported." };
  log.error("An import failed unexpectedly.", { requestId, error: String(error) });
  return {
    code: "INTERNAL",
    message: `The server failed at this; its log has the reason under request ${requestId}.`,
  };
}

export const checkHeader = ({ headers }: FastifyRequest): Refusal | null =>
  headers["x-maillard-client"]
    ? null
    : {
        status: 403,
        code: "FORBIDDEN",
        message: "Send the header x-maillard-client (any value) with an upload: it keeps pages of other sites out.",
      };
