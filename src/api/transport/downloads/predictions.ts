/**
 * The answers of a prediction run, by HTTP:
 *   GET /runs/<id>/predictions?output=csv   a table; <id> as the API gives it
 *   output         csv, tsv, jsonl, parquet, smiles or sdf. Default: what the header `accept` names, else csv
 *   gzip, probabilities, spreadsheet   as of POST /predict (uploads/predict.ts)
 * What is wrong is answered before the first row. A table that could not be finished is not ended: the connection
 * breaks.
 *   403 FORBIDDEN      a page of another site
 *   409 CONFLICT       the run has not succeeded
 *   429 RATE_LIMITED   the cost points of the key are used up for this minute
 *   503 OVERLOADED     as many tables as are sent at once are under way or wait for their turn
 */
import { PassThrough } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { MOLECULE_FORMATS, moleculeWriter } from "../../../datasets/files/molecule-formats.js";
import { MaillardError } from "../../../errors.js";
import { MeanTime } from "../../../process/mean-time.js";
import { applicationFor } from "../../../service/application.js";
import { predictedDataset } from "../../../service/predict/predicted-dataset.js";
import { admitUpload } from "../../access/admission.js";
import { record } from "../../access/audited.js";
import { identityOf } from "../../access/routes.js";
import { idOf } from "../../ids.js";
import { departure, failureOf } from "../departure.js";
import type { Guard } from "../guard.js";
import { Counts } from "../limits/counts.js";
import { ImportTurns, Turn } from "../uploads/places.js";
import { writeAll } from "../uploads/predict.js";
import type { UploadOptions } from "../uploads/receive.js";
import { addressOf, refuseOverloaded } from "../uploads/refusals.js";
import { type TableAnswer, tableAnswer } from "../uploads/table-answer.js";
import { checkTexts, one, type Query } from "../uploads/table-options.js";

/** Tables that are written at once; the others wait. */
const AT_ONCE = 4;
/** Of a table before the first was measured, in ms. */
const USUAL_MS = 10_000;

export function servePredictions(app: FastifyInstance, options: UploadOptions & { guard: Guard }): void {
  const { application, meter, limits, guard, refuse, answer } = options;
  const turns = new ImportTurns(AT_ONCE);
  const open = new Counts();
  const time = new MeanTime(USUAL_MS);
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const refusal = guard.checkGet(request.headers);
    if (refusal) return refuse(reply, refusal);
  };
  app.get("/runs/:id/predictions", { exposeHeadRoute: false, onRequest }, async (request, reply) => {
    const { principal } = identityOf(request);
    const most = limits.predictionTablesPerAddress;
    const leave = open.total < limits.predictionTables ? open.take(addressOf(request), most) : null;
    if (!leave) {
      const details = { retryAfterMs: time.retryAfterMs(1, AT_ONCE) };
      const message = "As many tables of predictions as are sent at once are under way.";
      return refuseOverloaded(reply, new MaillardError("OVERLOADED", message, { retryable: true, details }), answer);
    }
    const over = time.begin();
    reply.raw.once("close", () => {
      leave();
      over(reply.raw.writableFinished && reply.statusCode === 200);
    });
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
      const of = { address: addressOf(request), signal: left, waitMs: limits.turnWaitMs };
      const turn = await Turn.take(turns, of);
      const target = new PassThrough();
      const write = async (): Promise<void> => {
        const writer = moleculeWriter(target, format, table.columns, { ...table.places, ...how });
        for await (const part of table.rows) await turn.until(writeAll(writer, part));
        turn.end();
        await writer.end();
      };
      void write()
        .then(() => end("OK", asked))
        .catch(async (error: unknown) => {
          target.destroy(error as Error);
          reply.raw.destroy();
          await end(failureOf(error, left).code, asked);
        })
        .finally(() => turn.end());
      const ending = `${MOLECULE_FORMATS[format].endings[0]}${how.gzip ? ".gz" : ""}`;
      const name = `${table.name.replace(/[^\w.-]+/g, "_")}${ending}`;
      void reply.header("content-disposition", `attachment; filename="${name}"`);
      void reply.type(how.gzip ? "application/gzip" : MOLECULE_FORMATS[format].mediaType);
      return reply.send(target);
    } catch (error) {
      const { code, message } = failureOf(error, left);
      await end(code, asked);
      if (left.aborted) return reply;
      if (!(error instanceof MaillardError)) throw error;
      return answer(reply, STATUS[code] ?? 400, code, message);
    }
  });
}

const STATUS: Partial<Record<string, number>> = { NOT_FOUND: 404, CONFLICT: 409 };
