/**
 * The answers of a prediction run, by HTTP:
 *   GET /runs/<id>/predictions?output=csv   a table; <id> as the API gives it
 *   output         csv, tsv, jsonl, parquet, smiles or sdf. Default: what the header `accept` names, else csv
 *   gzip, probabilities, spreadsheet   as of POST /predict (uploads/predict.ts)
 * What is wrong is answered before the first row. A table that could not be finished is not ended: the connection
 * breaks.
 *   409 CONFLICT       the run has not succeeded
 *   429 RATE_LIMITED   the cost points of the key are used up for this minute
 */
import { PassThrough } from "node:stream";
import type { FastifyInstance } from "fastify";
import { MOLECULE_FORMATS, moleculeWriter } from "../../../datasets/files/molecule-formats.js";
import { MaillardError } from "../../../errors.js";
import { applicationFor } from "../../../service/application.js";
import { predictedDataset } from "../../../service/predict/predicted-dataset.js";
import { admitUpload } from "../../access/admission.js";
import { record } from "../../access/audited.js";
import { identityOf } from "../../access/routes.js";
import { idOf } from "../../ids.js";
import { departure } from "../departure.js";
import { ImportTurns } from "../uploads/places.js";
import type { UploadOptions } from "../uploads/receive.js";
import { type TableAnswer, tableAnswer } from "../uploads/table-answer.js";
import { checkTexts, one, type Query } from "../uploads/table-options.js";

/** Tables that are written at once; the others wait. */
const AT_ONCE = 4;

export function servePredictions(app: FastifyInstance, options: UploadOptions): void {
  const { application, meter, answer } = options;
  const turns = new ImportTurns(AT_ONCE);
  app.get("/runs/:id/predictions", async (request, reply) => {
    const { principal } = identityOf(request);
    const { headers, refusal } = await admitUpload({ store: application.store, meter, principal }, { describes: true });
    void reply.headers(headers);
    if (refusal) return answer(reply, refusal.status, refusal.error.code, refusal.error.message);
    const left = departure(reply);
    const given = (request.params as { id: string }).id;
    const query = request.query as Query;
    const end = (outcome: string, asked: TableAnswer | null): Promise<void> =>
      record({ application, principal, requestId: request.id, address: request.ip }, "exportPredictions", outcome, {
        runId: given.slice(0, 100),
        format: asked?.format ?? one(query.output)?.slice(0, 20),
      });
    let asked: TableAnswer | null = null;
    try {
      checkTexts(query);
      asked = tableAnswer(query, request.headers.accept);
      const { format, ...how } = asked;
      const as = applicationFor(application, principal);
      const table = await predictedDataset(as, idOf("Run", given), { ...how, blocks: format === "SDF" }, left);
      const release = await turns.take(request.ip, left);
      const target = new PassThrough();
      const write = async (): Promise<void> => {
        const writer = moleculeWriter(target, format, table.columns, { ...table.places, ...how });
        for await (const part of table.rows) for (const cells of part) await writer.write(cells);
        await writer.end();
      };
      void write()
        .then(() => end("OK", asked))
        .catch(async (error: unknown) => {
          target.destroy(error as Error);
          reply.raw.destroy();
          await end(MaillardError.from(error).code, asked);
        })
        .finally(release);
      const ending = `${MOLECULE_FORMATS[format].endings[0]}${how.gzip ? ".gz" : ""}`;
      const name = `${table.name.replace(/[^\w.-]+/g, "_")}${ending}`;
      void reply.header("content-disposition", `attachment; filename="${name}"`);
      void reply.type(how.gzip ? "application/gzip" : MOLECULE_FORMATS[format].mediaType);
      return reply.send(target);
    } catch (error) {
      if (!(error instanceof MaillardError)) throw error;
      await end(error.code, asked);
      return answer(reply, STATUS[error.code] ?? 400, error.code, error.message);
    }
  });
}

const STATUS: Partial<Record<string, number>> = { NOT_FOUND: 404, CONFLICT: 409 };
