/**
 * Files as datasets, by HTTP:
 *   POST /import/csv?dataset=…&smiles=…&label=…   a CSV, TSV or SMILES file, plain or gzip; what is not named is found
 *   POST /import/csv?describe=true                the same file: only says what was found, and writes nothing
 *   POST /import/foodb?dataset=…                  a FooDB dump, as tar, plain or gzip
 *   …&background=true                             the same as a run, which goes on without the client: background.ts
 * The body is the file (application/octet-stream). It is written to disk while it comes, and read when its turn has
 * come (receive.ts, which also says what is refused before). A client that leaves ends its import: a dataset that the
 * import made is removed (src/datasets/import-batches.ts).
 * Answers lines of JSON: { description } of a table, { progress }, …, then { dataset, report } or { error }.
 * Fields of the address: dataset, description, source, onConflict, and those of table-options.ts. Files whose rows are
 * answered with predictions: predict.ts.
 * The limits of the file's content: src/datasets/limits.ts.
 */
import { createReadStream } from "node:fs";
import { PassThrough } from "node:stream";
import type { FastifyInstance } from "fastify";
import { conflictRule } from "../../../datasets/conflicts/rules.js";
import { importFoodb } from "../../../datasets/foodb/import.js";
import { tablesOfTar } from "../../../datasets/foodb/tables.js";
import { describeTable, importCsv } from "../../../datasets/import-csv.js";
import { checkName } from "../../../datasets/request.js";
import type { ImportTarget } from "../../../datasets/types.js";
import { MaillardError } from "../../../errors.js";
import type { ImportFormat } from "../../../runs/orders/import-order.js";
import { type Application, applicationFor } from "../../../service/application.js";
import type { Dataset } from "../../../store/generated/client.js";
import { identityOf } from "../../access/routes.js";
import { globalId } from "../../ids.js";
import { asksForRun, importInBackground } from "./background.js";
import { ImportTurns } from "./places.js";
import { servePredict } from "./predict.js";
import { type UploadOptions, UploadReceiver } from "./receive.js";
import { asksForDescription, checkTexts, isPart, one, type Query, tableOptions } from "./table-options.js";

export const MAX_UPLOAD_BYTES = 2 * 1024 ** 3;

type Say = (line: object) => void;
/** Imports a file that has come, or describes it. */
type Work = (path: string, say: Say, signal: AbortSignal) => Promise<object>;

/** Descriptions that are made at once: they wait for no import. */
const DESCRIPTIONS = 2;

export async function serveUploads(app: FastifyInstance, options: UploadOptions): Promise<void> {
  const { application, limits } = options;
  const receiver = new UploadReceiver(options);
  const [importing, describing] = [new ImportTurns(limits.imports), new ImportTurns(DESCRIPTIONS)];
  const ordering = new ImportTurns(DESCRIPTIONS);

  const formats: Record<ImportFormat, (as: Application, query: Query) => Work> = {
    foodb: (as, query) => {
      const target = targetOf(query, "foodb");
      if (asksForRun(query)) return importInBackground(as, "foodb", query, target);
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
      if (asksForRun(query)) return importInBackground(as, "csv", query, target);
      return async (path, say, signal) => {
        const progress = { described: (description: object) => say({ description }), rows: saying(say) };
        const { dataset, report } = await importCsv(as, path, table, target, progress, signal);
        return { dataset: datasetFields(dataset), report };
      };
    },
  };

  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("application/octet-stream", (_request, payload, done) => done(null, payload));
    servePredict(scope, receiver);
    for (const [format, work] of Object.entries(formats))
      scope.post(`/import/${format}`, {
        onRequest: (request, reply) =>
          receiver.admit(request, reply, {
            stores: !describesOnly(request.query as Query),
            onFull: (code) => receiver.record(request, "import", code, importOf(format, request.query as Query, {})),
          }),
        handler: async (request, reply) => {
          const coming = receiver.enter(request, reply);
          if (!coming) return reply;
          const { left } = coming;
          const lines = new PassThrough();
          const say = (line: object) => {
            // The client may have left.
            if (!lines.destroyed) lines.write(`${JSON.stringify(line)}\n`);
          };
          const query = request.query as Query;
          const as = applicationFor(application, identityOf(request).principal);
          const receive = () => {
            const made = work(as, query);
            const turns = asksForDescription(query) ? describing : asksForRun(query) ? ordering : importing;
            const waiting = () => say({ progress: { done: 0, rows: 0 } });
            return coming.file(turns, waiting, (path) => made(path, say, left));
          };
          void checked(query, async () => receive())
            .catch((error: unknown) => ({ error: receiver.errorFields(error, request, left) }))
            .then(async (answer) => {
              const outcome = "error" in answer ? answer.error.code : "OK";
              await receiver.record(request, "import", outcome, importOf(format, query, answer));
              say(answer);
              return outcome === "OK";
            })
            .then(coming.end, () => coming.end(false))
            .finally(() => lines.end());
          return reply.type("application/x-ndjson; charset=utf-8").send(lines);
        },
      });
  });
}

const importOf = (format: string, query: Query, answer: object) => ({
  format,
  dataset: one(query.dataset),
  ...importedBy(answer),
});

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

function targetOf(query: Query, fallback: string | null): ImportTarget {
  const dataset = one(query.dataset) ?? fallback;
  if (dataset === null)
    throw new MaillardError("BAD_INPUT", "The address names no dataset: add ?dataset=<name>.", { param: "dataset" });
  checkName(dataset, "dataset");
  const [description, source] = [one(query.description), one(query.source)];
  const rule = one(query.onConflict);
  return {
    dataset,
    ...(description ? { description } : {}),
    ...(source ? { source } : {}),
    ...(rule ? { onConflict: conflictRule(rule) } : {}),
  };
}

/** What the audit log keeps of an import's answer. */
function importedBy(answer: object): Record<string, unknown> {
  if ("description" in answer) return { describes: true };
  if ("run" in answer) return { runId: (answer.run as { id: string }).id };
  const { dataset, report } = answer as { dataset?: { id: string }; report?: { rows: number; imported: number } };
  return { datasetId: dataset?.id, rows: report?.rows, imported: report?.imported };
}

const datasetFields = ({ id, name, size }: Dataset) => ({ id: globalId("Dataset", id), name, size });
