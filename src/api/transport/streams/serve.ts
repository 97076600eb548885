/**
 * Streams of events at /graphql over HTTP (formats.ts). The same schema, guard, keys, limits, prices and errors as by
 * WebSocket. One request is one operation.
 *   what is refused  before the stream begins: JSON with a status
 *   reading          an event is made when the one before was taken by the network: a slow client holds one event
 *   a client's end   it closes its connection; the operation is left
 *   continuing       events with a cursor have it as their id; `Last-Event-ID` continues after it
 *   a key that ends  is told as the last event; the server that stops ends the stream without `complete`
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { type ExecutionResult, GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from "graphql";
import type { Application } from "../../../service/application.js";
import type { Access } from "../../access/access.js";
import { clientOf, networkOf } from "../../access/address.js";
import { chargeByEvent } from "../../access/charge.js";
import { type PointsMeter, pointsHeaders, refusalHeaders } from "../../access/points.js";
import { identityOf } from "../../access/routes.js";
import { type Context, makeContext } from "../../context.js";
import { Observed } from "../../observe/observed.js";
import { Operation, type Places } from "../../operation.js";
import { writeAnswer } from "../answers.js";
import type { TransportLimits } from "../connections.js";
import { endWithResponse } from "../departure.js";
import type { Drain } from "../drain.js";
import type { Counts } from "../limits/counts.js";
import type { HeldBytes } from "../limits/held-bytes.js";
import { FEED } from "../limits/prices.js";
import { Outlet } from "../operations/outlet.js";
import { isRead, readOperation } from "../operations/read.js";
import { formatted, KEY_ENDED, runEvents, runOnce } from "../operations/run.js";
import { type Asked, askedOf } from "./asked.js";
import { formatOf, type StreamFormat, takesSubscriptionsOnly } from "./formats.js";

/** As often as a WebSocket is pinged. */
const HEARTBEAT_MS = 12_000;
/** How long a client whose key has ended may take to read that, in ms. */
const END_GRACE_MS = 1_000;

export interface StreamOptions {
  application: Application;
  schema: GraphQLSchema;
  access: Access;
  meter: PointsMeter;
  limits: TransportLimits;
  places: Places;
  heldBytes: HeldBytes;
  /** WebSockets and streams that are open, by network. */
  open: Counts;
  drain: Drain;
  /** Time between heartbeats in ms. Default 12,000. */
  heartbeatMs?: number;
}

export class Streams {
  /** Ends each open stream. */
  readonly #ends = new Set<() => void>();

  constructor(private readonly options: StreamOptions) {}

  /**
   * Answers the request, unless it asks for no stream: then false, and it is answered as ever.
   * @param begins called with the operation that begins
   */
  async answer(request: FastifyRequest, reply: FastifyReply, begins: (one: Observed) => void): Promise<boolean> {
    const format = formatOf(request.headers.accept);
    if (!format) return false;
    const asked = askedOf(request);
    if (typeof asked === "string") return refuse(reply, format, [badRequest(asked)]);
    if (takesSubscriptionsOnly(format) && !mayBeSubscription(asked.query)) return false;
    return this.#begin(request, reply, format, asked, begins);
  }

  /** Ends all streams: their clients see that the connection ended before the operation did. */
  close(): void {
    for (const end of this.#ends) end();
  }

  async #begin(
    request: FastifyRequest,
    reply: FastifyReply,
    format: StreamFormat,
    asked: Asked,
    begins: (one: Observed) => void,
  ): Promise<boolean> {
    const { application, schema, meter, limits, places, heldBytes, open } = this.options;
    const { log } = application;
    const identity = identityOf(request);
    const { principal } = identity;
    const { id: requestId, ip: address } = request;
    const release = open.take(networkOf(address), limits.webSocketsPerAddress);
    if (!release) return refuse(reply, format, [tooMany(limits.webSocketsPerAddress)]);
    reply.raw.once("close", release);
    const isGet = request.method === "GET";
    const onlySubscriptions = takesSubscriptionsOnly(format);
    const read = readOperation({ schema, meter }, principal, asked, (kind) => {
      if (kind === undefined)
        return badRequest("The document has no operation of this name, or several and none is named.");
      if (isGet && kind === "mutation") return badRequest("A mutation is sent by POST.");
      return onlySubscriptions && kind !== "subscription" ? new NotStreamed() : null;
    });
    const observed = new Observed();
    if (!isRead(read)) {
      if (read[0] instanceof NotStreamed) {
        reply.raw.off("close", release);
        release();
        return false;
      }
      void reply.headers(refusalHeaders(rootOf(read[0])));
      const errors = read.map((error) => formatted(error, { requestId }, log));
      begins(observed);
      observed.end(errors, 0);
      return refuse(reply, format, errors);
    }
    begins(observed);
    if (read.operation) observed.is(read.document, read.operation);
    const client = clientOf(identity, address);
    const lasting = read.kind === "subscription";
    const operation = new Operation({ client, places, lasting });
    const held = heldBytes.open(client);
    endWithResponse(reply, operation, () => held.close());
    const { answerBytes } = limits;
    const made = { requestId, operation, principal, address, answerBytes, held, observed };
    const context = makeContext(application, made);
    context.charge = read.charge;
    context.resumeAfter = asked.lastEvent;
    if (lasting) context.payForEvent = chargeByEvent(meter, context, FEED);
    const args = {
      schema,
      document: read.document,
      operationName: asked.operationName,
      variableValues: asked.variables,
      contextValue: context,
    };
    if (read.charge) void reply.headers(pointsHeaders(read.charge));
    const result = lasting ? await runEvents(args, log) : await runOnce(args, log);
    // The server closes, and has answered it.
    if (reply.sent) return true;
    // It lasts until then.
    if (lasting) this.options.drain.delete(reply.raw);
    await this.#send(reply, format, result, context, identity);
    return true;
  }

  async #send(
    reply: FastifyReply,
    format: StreamFormat,
    result: AsyncGenerator<ExecutionResult> | ExecutionResult,
    context: Context,
    identity: ReturnType<typeof identityOf>,
  ): Promise<void> {
    const { raw } = reply;
    const headers = { ...reply.getHeaders(), "content-type": format.contentType, ...NOT_BUFFERED };
    reply.hijack();
    raw.writeHead(200, headers as Record<string, string>);
    const outlet = new Outlet(raw, () => raw.writableLength);
    const events = Symbol.asyncIterator in result ? result : null;
    let ended: ExecutionResult | "closing" | null = null;
    const end = (why: typeof ended): void => {
      ended ??= why;
      void events?.return(undefined);
    };
    const close = (): void => end("closing");
    this.#ends.add(close);
    const unwatch = this.options.access.watch(identity, () => {
      end({ errors: [KEY_ENDED] });
      setTimeout(() => raw.destroy(), END_GRACE_MS).unref();
    });
    // Not while the client does not read: what is written would count as activity of its connection.
    const heartbeat = setInterval(() => {
      if (raw.writableLength === 0) raw.write(format.heartbeat);
    }, this.options.heartbeatMs ?? HEARTBEAT_MS);
    const left = (): void => end("closing");
    raw.once("close", left);
    try {
      await written(raw, format.opening);
      if (!events) await this.#write(outlet, raw, format, result as ExecutionResult, context);
      for (let next = await events?.next(); next && !next.done && ended === null; next = await events?.next())
        await this.#write(outlet, raw, format, next.value, context);
      if (ended === null) await written(raw, format.ending);
      else if (ended !== "closing") {
        await this.#write(outlet, raw, format, ended, context);
        await written(raw, format.ending);
      }
    } catch {
      // The client has left.
    } finally {
      clearInterval(heartbeat);
      unwatch();
      this.#ends.delete(close);
      raw.end();
    }
  }

  async #write(
    outlet: Outlet,
    raw: FastifyReply["raw"],
    format: StreamFormat,
    result: ExecutionResult,
    context: Context,
  ): Promise<void> {
    try {
      const cursor = context.cursor ?? null;
      const pieces = await writeAnswer(result as Parameters<typeof writeAnswer>[0], context);
      const event = Buffer.concat([Buffer.from(format.before(cursor)), ...pieces, Buffer.from(format.after)]);
      if (raw.destroyed) throw new Error("The client has left.");
      await outlet.send(event.length, (done) => raw.write(event, done), context.operation);
    } finally {
      // Nothing of it is held any more; the next event counts anew.
      context.answer.reset();
    }
  }
}

/** Of streams of events no part waits: not in a compressor, and not in a proxy. */
const NOT_BUFFERED = { "cache-control": "no-store, no-transform", "x-accel-buffering": "no" };

/** Resolves when the network has taken it; rejects when the client has left. */
const written = (raw: FastifyReply["raw"], text: string | Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    if (raw.destroyed) reject(new Error("The client has left."));
    else raw.write(text, (error) => (error ? reject(error) : resolve()));
  });

class NotStreamed extends Error {}

/** Cheap: what has no such word is read by Apollo alone. */
const mayBeSubscription = (query: string): boolean => query.includes("subscription");

function refuse(reply: FastifyReply, format: StreamFormat, errors: readonly GraphQLError[]): true {
  const status = takesSubscriptionsOnly(format) ? 200 : (STATUSES[String(errors[0].extensions.code)] ?? 400);
  const body: { errors: GraphQLFormattedError[] } = { errors: errors.map((error) => error.toJSON()) };
  void reply.code(status).type("application/json; charset=utf-8").send(body);
  return true;
}

const STATUSES: Record<string, number> = { RATE_LIMITED: 429, OVERLOADED: 503, INTERNAL: 500 };

const badRequest = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: "BAD_REQUEST", retryable: false } });

const tooMany = (most: number): GraphQLError =>
  new GraphQLError(`${most} WebSockets and streams of this address are open, the most it may have. End some first.`, {
    extensions: { code: "RATE_LIMITED", retryable: true, details: { maximum: most } },
  });

const rootOf = (error: unknown): unknown => (error instanceof GraphQLError ? (error.originalError ?? error) : error);
