/**
 * A model as a tar.gz that is made while it is sent. ONNX is written to a temporary folder first, by a process of its
 * own, which ends when the client leaves; the folder is removed when the answer ends. What fails after the first byte
 * breaks the connection, so that no client takes half an archive for a whole one.
 *   400 BAD_INPUT      another format
 *   403 FORBIDDEN      a key that may only predict; a page of another site
 *   404 NOT_FOUND      no such model in the projects of the key
 *   429 RATE_LIMITED   the cost points of the key are used up for this minute
 *   503 OVERLOADED     as many exports as are sent at once are under way
 *   507 DISK_FULL, 500 MODEL_FILES_MISSING, CHECKPOINT_INVALID, COMPUTE_CRASHED, TIMEOUT
 */
import { pipeline } from "node:stream/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { MaillardError } from "../../../errors.js";
import { MeanTime } from "../../../process/mean-time.js";
import { type Application, applicationFor } from "../../../service/application.js";
import { archiveOf } from "../../../service/models/archive.js";
import { EXPORT_FORMATS, type ExportFormat, exportModel, exportsFolder } from "../../../service/models/export-model.js";
import { findModel } from "../../../store/find.js";
import type { Model } from "../../../store/generated/client.js";
import type { Refusal } from "../../access/access.js";
import { record } from "../../access/audited.js";
import { type PointsMeter, pointsHeaders, refusalHeaders, UPLOAD_POINTS } from "../../access/points.js";
import { identityOf } from "../../access/routes.js";
import { globalId, parseGlobalId } from "../../ids.js";
import type { TransportLimits } from "../connections.js";
import { departure, failureOf } from "../departure.js";
import type { Guard } from "../guard.js";
import { Counts } from "../limits/counts.js";
import { sweep } from "../uploads/body.js";
import { addressOf, refuseOverloaded } from "../uploads/refusals.js";
import { one, type Query } from "../uploads/table-options.js";

export interface ExportOptions {
  application: Application;
  meter: PointsMeter;
  limits: TransportLimits;
  guard: Guard;
  refuse(reply: FastifyReply, refusal: Refusal): FastifyReply;
  answer(reply: FastifyReply, status: number, code: string, message: string): FastifyReply;
}

/** Of an export before the first was measured, in ms. */
const USUAL_MS = 10_000;

export function serveExports(app: FastifyInstance, options: ExportOptions): void {
  const { application, meter, limits, guard, refuse, answer } = options;
  void sweep(exportsFolder(application.home));
  const open = new Counts();
  const time = new MeanTime(USUAL_MS);

  app.get("/models/:model/export", {
    exposeHeadRoute: false,
    onRequest: async (request, reply) => {
      const refusal = guard.checkGet(request.headers);
      if (refusal) return refuse(reply, refusal);
    },
    handler: async (request, reply) => {
      const { principal } = identityOf(request);
      const address = addressOf(request);
      const given = (request.params as { model: string }).model;
      const format = one((request.query as Query).format) ?? EXPORT_FORMATS[0];
      const details: Record<string, unknown> = { model: given.slice(0, 100), format: format.slice(0, 40) };
      const audit = (outcome: string) =>
        record({ application, principal, requestId: request.id, address: request.ip }, "export", outcome, details);

      const full = open.total >= limits.exports || open.of(address) >= limits.exportsPerAddress;
      if (full) {
        const retryAfterMs = time.retryAfterMs(1, limits.exports);
        const error = new MaillardError("OVERLOADED", "As many exports of models as are sent at once are under way.", {
          retryable: true,
          details: { retryAfterMs },
        });
        return refuseOverloaded(reply, error, answer);
      }
      const release = open.take(address, limits.exportsPerAddress) as () => void;
      const left = departure(reply);
      const over = time.begin();
      let made: Awaited<ReturnType<typeof exportModel>> | null = null;
      let outcome = "OK";
      try {
        const charge = meter.charge(principal, () => UPLOAD_POINTS);
        if (charge) void reply.headers(pointsHeaders(charge));
        const as = applicationFor(application, principal);
        checkFormat(format);
        const model = await modelOf(as, given);
        Object.assign(details, { model: model.name, modelId: globalId("Model", model.id) });
        made = await exportModel(as, { model, format, signal: left });
        details.bytes = made.entries.reduce((sum, { bytes }) => sum + bytes, 0);
        left.throwIfAborted();
        // Whoever takes a model is known before its first byte is sent; what becomes of the rest is an entry more.
        await audit("OK");
        // The server closes, and has answered it.
        if (reply.sent) return reply;
        reply.hijack();
        const { raw } = reply;
        for (const [name, value] of Object.entries(reply.getHeaders()))
          if (value !== undefined) raw.setHeader(name, value);
        raw.writeHead(200, {
          "content-type": "application/gzip",
          "content-disposition": `attachment; filename="${model.name}-${format}.tar.gz"`,
          "cache-control": "no-store",
        });
        await pipeline(archiveOf(made.entries, model.createdAt), raw);
        return reply;
      } catch (error) {
        const known = failureOf(error, left);
        outcome = known.code;
        if (left.aborted) return reply;
        if (known.code === "INTERNAL")
          application.log.error("An export failed unexpectedly.", { requestId: request.id, error: String(error) });
        if (reply.raw.headersSent) {
          reply.raw.destroy();
          return reply;
        }
        return refused(reply, known, request, answer);
      } finally {
        over(outcome === "OK");
        release();
        await made?.release();
        if (outcome !== "OK") await audit(outcome);
      }
    },
  });
}

function checkFormat(format: string): asserts format is ExportFormat {
  if ((EXPORT_FORMATS as readonly string[]).includes(format)) return;
  throw new MaillardError(
    "BAD_INPUT",
    `format is ${JSON.stringify(format.slice(0, 40))}: give ${EXPORT_FORMATS.join(", ")}.`,
    { param: "format" },
  );
}

/** By name, else by its id in the API. NOT_FOUND. */
async function modelOf({ store }: Application, given: string): Promise<Model> {
  try {
    return await findModel(store, given);
  } catch (error) {
    const id = idIn(given);
    const model = id === null ? null : await store.prisma.model.findFirst({ where: { id } });
    if (model) return model;
    throw error;
  }
}

function idIn(text: string): string | null {
  try {
    const { type, id } = parseGlobalId(text);
    return type === "Model" ? id : null;
  } catch {
    return null;
  }
}

const STATUSES: Readonly<Record<string, number>> = {
  BAD_INPUT: 400,
  NOT_FOUND: 404,
  RATE_LIMITED: 429,
  OVERLOADED: 503,
  DISK_FULL: 507,
};

function refused(
  reply: FastifyReply,
  error: MaillardError,
  { id: requestId }: FastifyRequest,
  answer: ExportOptions["answer"],
): FastifyReply {
  if (error.code === "RATE_LIMITED") void reply.headers(refusalHeaders(error));
  if (error.code === "OVERLOADED") return refuseOverloaded(reply, error, answer);
  const hidden = `The server failed at this; its log has the reason under request ${requestId}.`;
  return answer(reply, STATUSES[error.code] ?? 500, error.code, error.code === "INTERNAL" ? hidden : error.message);
}
