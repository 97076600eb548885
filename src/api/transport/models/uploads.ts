/**
 * A checkpoint that a client sends, as tar or tar.gz (application/octet-stream): its files are written into the folder
 * of the model while they come. Answers lines of JSON: { progress }, …, then { model } or { error }. The name is
 * checked before the body is read. A client that leaves, or any error, leaves nothing behind.
 *   400 BAD_INPUT       a name that is none
 *   403 FORBIDDEN       without the header x-maillard-client; a key that may only predict
 *   403 QUOTA_EXCEEDED  the key holds as many bytes as it may, or would with this body
 *   409 CONFLICT        there is a model of that name
 *   413 BODY_TOO_LARGE  above MAILLARD_MAX_UPLOAD bytes (default 2 GiB)
 *   429 RATE_LIMITED, 503 OVERLOADED as for imports
 */
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { MaillardError } from "../../../errors.js";
import { MeanTime } from "../../../process/mean-time.js";
import { type Application, applicationFor } from "../../../service/application.js";
import { checkFreeName } from "../../../service/models/add-model.js";
import { uploadModel } from "../../../service/models/upload-model.js";
import { checkQuota } from "../../../store/access/usage.js";
import type { Model } from "../../../store/generated/client.js";
import { requireStorable } from "../../../text.js";
import type { Refusal } from "../../access/access.js";
import { admitUpload } from "../../access/admission.js";
import { record } from "../../access/audited.js";
import type { PointsMeter } from "../../access/points.js";
import { identityOf } from "../../access/routes.js";
import { globalId } from "../../ids.js";
import type { TransportLimits } from "../connections.js";
import { departure } from "../departure.js";
import { Counted, closeAfterAnswer, tooLarge } from "../uploads/body.js";
import { UploadPlaces } from "../uploads/places.js";
import { addressOf, checkHeader, errorFields, refuseOverloaded } from "../uploads/refusals.js";
import { one, type Query } from "../uploads/table-options.js";

export interface ModelUploadOptions {
  application: Application;
  meter: PointsMeter;
  limits: TransportLimits;
  maxBytes: number;
  refuse(reply: FastifyReply, refusal: Refusal): FastifyReply;
  answer(reply: FastifyReply, status: number, code: string, message: string): FastifyReply;
}

/** Of an upload before the first was measured, in ms. */
const USUAL_MS = 10_000;
/** Uploads on disk may have so many times the bytes of the largest one. */
const LARGEST_ON_DISK = 3;
/** How often the client hears of what has come, in ms. */
const PROGRESS_MS = 1_000;
/** Statuses of what is refused before the body is read. */
const STATUSES: Readonly<Record<string, number>> = { BAD_INPUT: 400, CONFLICT: 409, QUOTA_EXCEEDED: 403 };

export async function serveModelUploads(app: FastifyInstance, options: ModelUploadOptions): Promise<void> {
  const { application, meter, limits, maxBytes, refuse, answer } = options;
  const time = new MeanTime(USUAL_MS);
  const places = new UploadPlaces(limits, LARGEST_ON_DISK * maxBytes, () => time.retryAfterMs(1, limits.uploads));

  const audit = (request: FastifyRequest, outcome: string, model: Model | null = null) =>
    record(
      { application, principal: identityOf(request).principal, requestId: request.id, address: request.ip },
      "upload",
      outcome,
      {
        name: nameIn(request).slice(0, 100),
        ...(model ? { modelId: globalId("Model", model.id), bytes: Number(model.bytes) } : {}),
      },
    );

  /** Before the body is read: BAD_INPUT, CONFLICT, QUOTA_EXCEEDED. */
  async function checkRequest(request: FastifyRequest): Promise<void> {
    const { store } = applicationFor(application, identityOf(request).principal);
    requireStorable(targetIn(request) ?? "", "target");
    await checkFreeName(store, nameIn(request));
    await checkQuota(store.pool, store, { bytes: Number(request.headers["content-length"] ?? 0) });
  }

  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("application/octet-stream", (_request, payload, done) => done(null, payload));
    scope.post("/models", {
      onRequest: async (request, reply) => {
        closeAfterAnswer(request, reply);
        const refusal = checkHeader(request);
        if (refusal) return refuse(reply, refusal);
        if (Number(request.headers["content-length"] ?? 0) > maxBytes)
          return answer(reply, 413, "BODY_TOO_LARGE", tooLarge(maxBytes).message);
        const noPlace = places.refusal(addressOf(request));
        if (noPlace) return refuseOverloaded(reply, noPlace, answer);
        const parts = { store: application.store, meter, principal: identityOf(request).principal };
        const { headers, refusal: full } = await admitUpload(parts, { describes: false });
        void reply.headers(headers);
        const error = full ? full.error : await checkRequest(request).then(() => null, MaillardError.from);
        if (!error) return;
        const status = full?.status ?? STATUSES[error.code];
        if (status === undefined) throw error;
        if (error.code !== "RATE_LIMITED") await audit(request, error.code);
        return answer(reply, status, error.code, error.message);
      },
      handler: async (request, reply) => {
        const body = new Counted(maxBytes);
        const raw = (request.body as Readable | undefined) ?? Readable.from([]);
        const place = places.enter(
          addressOf(request),
          () => !raw.readableEnded && raw.readableLength === 0 && body.readableLength === 0,
          (error) => body.destroy(error),
        );
        if (place instanceof MaillardError) return refuseOverloaded(reply, place, answer);
        let came = 0;
        body.came = (bytes) => {
          came += bytes;
          place.came(bytes);
        };
        body.once("end", place.ended);
        void pipeline(raw, body).catch(() => undefined);
        const lines = new PassThrough();
        const left = departure(reply);
        const say = (line: object) => {
          // The client may have left.
          if (!lines.destroyed) lines.write(`${JSON.stringify(line)}\n`);
        };
        // Or a proxy takes the connection for a dead one while the checkpoint is checked.
        const progress = setInterval(() => say({ progress: { bytes: came } }), PROGRESS_MS);
        const over = time.begin();
        const as = applicationFor(application, identityOf(request).principal);
        const wanted = { name: nameIn(request), target: targetIn(request), archive: body, signal: left };
        void uploadModel(as, wanted)
          .then(
            async (model) => {
              over(true);
              await audit(request, "OK", model);
              say({ model: modelFields(model) });
            },
            async (error: unknown) => {
              over(false);
              const known = errorFields(error, request, application, left);
              await audit(request, known.code);
              say({ error: known });
            },
          )
          .finally(() => {
            clearInterval(progress);
            place.leave();
            lines.end();
          });
        return reply.type("application/x-ndjson; charset=utf-8").send(lines);
      },
    });
  });
}

const nameIn = ({ query }: FastifyRequest): string => one((query as Query).name) ?? "";
const targetIn = ({ query }: FastifyRequest): string | null => one((query as Query).target) || null;

/** As the API names them. */
const modelFields = ({ id, name, family, task, labels, layers, width, heads, parameterCount, checksum }: Model) => ({
  id: globalId("Model", id),
  name,
  family,
  task,
  labels,
  layers,
  width,
  heads,
  parameterCount: Number(parameterCount),
  checksum,
});
