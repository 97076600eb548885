/**
 * How a file comes by HTTP, whatever is done with it: the checks before its body is read, its place, its bytes on disk
 * and its turn. A client that is slow to send or to read holds no turn, a broken connection leaves nothing behind.
 *   403 FORBIDDEN       without the header x-maillard-client, which no page of another site can send unasked
 *   413 BODY_TOO_LARGE  above MAILLARD_MAX_UPLOAD bytes (default 2 GiB)
 *   403 QUOTA_EXCEEDED  the key holds as many bytes as it may
 *   429 RATE_LIMITED    the cost points of the key are used up for this minute
 *   503 OVERLOADED      as many uploads as are taken at once are under way
 */
import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import { MaillardError } from "../../../errors.js";
import { MeanTime } from "../../../process/mean-time.js";
import type { Application } from "../../../service/application.js";
import type { Refusal } from "../../access/access.js";
import { admitUpload } from "../../access/admission.js";
import { record } from "../../access/audited.js";
import type { PointsMeter } from "../../access/points.js";
import { identityOf } from "../../access/routes.js";
import type { TransportLimits } from "../connections.js";
import { departure } from "../departure.js";
import { Counted, closeAfterAnswer, sweep, tooLarge } from "./body.js";
import { type ImportTurns, Turn, UploadPlaces } from "./places.js";
import { addressOf, checkHeader, errorFields, refuseOverloaded } from "./refusals.js";

export interface UploadOptions {
  application: Application;
  meter: PointsMeter;
  limits: TransportLimits;
  maxBytes: number;
  refuse(reply: FastifyReply, refusal: Refusal): FastifyReply;
  answer(reply: FastifyReply, status: number, code: string, message: string): FastifyReply;
}

/** An upload that has a place. */
export interface Coming {
  /** Aborted when the client leaves. */
  left: AbortSignal;
  /**
   * Writes the bytes to disk, waits for the turn of the file, and works on it; then the file is removed. `waiting` is
   * called now and then until it is its turn.
   */
  file<T>(turns: ImportTurns, waiting: () => void, work: (path: string, turn: Turn) => Promise<T>): Promise<T>;
  /** From now on its answer is sent: a client that is slow to read it may lose its place to another. */
  answers(): void;
  /** Gives the place back. `complete`: its time says how long such work takes. */
  end(complete: boolean): void;
}

/** Time of an upload before the first was measured, in ms. */
const USUAL_MS = 10_000;
/** Uploads on disk may have so many times the bytes of the largest one. */
const LARGEST_ON_DISK = 3;
/** How often a client that waits for its turn is told so, in ms: or a proxy takes the connection for a dead one. */
export const WAITING_MS = 10_000;

export class UploadReceiver {
  readonly #folder: string;
  readonly #places: UploadPlaces;
  readonly #time = new MeanTime(USUAL_MS);

  constructor(readonly options: UploadOptions) {
    const { application, limits, maxBytes } = options;
    this.#folder = join(application.home, "uploads");
    void sweep(this.#folder);
    const retryAfterMs = () => this.#time.retryAfterMs(1, limits.imports);
    this.#places = new UploadPlaces(limits, LARGEST_ON_DISK * maxBytes, retryAfterMs);
  }

  /** Before the body is read. `stores`: what it brings is kept, and counts for its key. */
  async admit(
    request: FastifyRequest,
    reply: FastifyReply,
    { stores, onFull }: { stores: boolean; onFull(code: string): Promise<void> },
  ): Promise<FastifyReply | undefined> {
    const { application, meter, maxBytes, refuse, answer } = this.options;
    closeAfterAnswer(request, reply);
    const refusal = checkHeader(request);
    if (refusal) return refuse(reply, refusal);
    if (Number(request.headers["content-length"] ?? 0) > maxBytes)
      return answer(reply, 413, "BODY_TOO_LARGE", tooLarge(maxBytes).message);
    // Before it is charged.
    const noPlace = this.#places.refusal(addressOf(request));
    if (noPlace) return refuseOverloaded(reply, noPlace, answer);
    const parts = { store: application.store, meter, principal: identityOf(request).principal };
    const { headers, refusal: full } = await admitUpload(parts, { describes: !stores });
    void reply.headers(headers);
    if (!full) return;
    const { code, message } = full.error;
    if (code === "QUOTA_EXCEEDED") await onFull(code);
    return answer(reply, full.status, code, message);
  }

  /** A place for the upload; null: there is none, and it has been refused. */
  enter(request: FastifyRequest, reply: FastifyReply): Coming | null {
    const body = new Counted(this.options.maxBytes);
    // A request without a body has none that could be read.
    const raw = (request.body as Readable | undefined) ?? Readable.from([]);
    const place = this.#places.enter(
      addressOf(request),
      () => !raw.readableEnded && raw.readableLength === 0 && body.readableLength === 0,
      (error) => body.destroy(error),
    );
    if (place instanceof MaillardError) {
      void refuseOverloaded(reply, place, this.options.answer);
      return null;
    }
    body.came = place.came;
    body.once("end", place.ended);
    void pipeline(raw, body).catch(() => undefined);
    const left = departure(reply);
    const over = this.#time.begin();
    const { socket } = request.raw;
    let yielded: MaillardError | null = null;
    const end = (error: MaillardError): void => {
      yielded = error;
      reply.raw.destroy();
    };
    return {
      left,
      file: (turns, waiting, work) =>
        this.#file(request, body, { turns, waiting, left }, work).catch((error: unknown) => {
          throw yielded ?? error;
        }),
      answers: () =>
        place.answered({
          taken: () => socket.bytesWritten - socket.writableLength,
          waits: () => socket.writableLength > 0,
          end,
        }),
      end: (complete) => {
        over(complete && !left.aborted);
        place.leave();
      },
    };
  }

  record(request: FastifyRequest, action: string, outcome: string, details: Record<string, unknown>): Promise<void> {
    const { application } = this.options;
    const { principal } = identityOf(request);
    return record({ application, principal, requestId: request.id, address: request.ip }, action, outcome, details);
  }

  /** What the client is told of an error. */
  errorFields(error: unknown, request: FastifyRequest, signal: AbortSignal): { code: string; message: string } {
    return errorFields(error, request, this.options.application, signal);
  }

  async #file<T>(
    request: FastifyRequest,
    body: Readable,
    { turns, waiting, left }: { turns: ImportTurns; waiting: () => void; left: AbortSignal },
    work: (path: string, turn: Turn) => Promise<T>,
  ): Promise<T> {
    const path = join(this.#folder, randomUUID());
    try {
      await mkdir(this.#folder, { recursive: true });
      await pipeline(body, createWriteStream(path, { flags: "wx", mode: 0o600 }));
      const timer = setInterval(waiting, WAITING_MS);
      const of = { address: addressOf(request), signal: left, waitMs: this.options.limits.turnWaitMs };
      const turn = await Turn.take(turns, of).finally(() => clearInterval(timer));
      try {
        return await work(path, turn);
      } finally {
        turn.end();
      }
    } finally {
      await rm(path, { force: true });
    }
  }
}
