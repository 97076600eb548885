/**
 * graphql-transport-ws at /graphql. The same schema, guard, limits and errors as HTTP.
 * A key comes as the header of the upgrade or as `authorization` of connection_init (4403 without it, 4429 after too
 * many wrong ones). When the key is revoked or expires, the socket is closed (4403).
 * An error in the middle of a stream is answered as an event with `errors`, then the stream completes.
 */
import { randomUUID } from "node:crypto";
import { type Server as HttpServer, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type ExecutionResult, GraphQLError, type GraphQLSchema } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { type WebSocket, WebSocketServer } from "ws";
import type { Application } from "../../../service/application.js";
import { type Access, type Identity, isRefusal } from "../../access/access.js";
import { clientOf, networkOf } from "../../access/address.js";
import { chargeByEvent } from "../../access/charge.js";
import type { PointsMeter } from "../../access/points.js";
import { type Context, makeContext } from "../../context.js";
import { Observed } from "../../observe/observed.js";
import type { LogRequest } from "../../observe/request-log.js";
import type { Operation, Places } from "../../operation.js";
import { sendEach, writeAnswer } from "../answers.js";
import type { TransportLimits } from "../connections.js";
import type { Drain } from "../drain.js";
import type { Guard } from "../guard.js";
import type { Counts } from "../limits/counts.js";
import type { HeldBytes } from "../limits/held-bytes.js";
import { LIMITS } from "../limits/limits.js";
import { FEED } from "../limits/prices.js";
import { Outlet } from "../operations/outlet.js";
import { isRead, readOperation } from "../operations/read.js";
import { formatted, KEY_ENDED, runEvents, runOnce } from "../operations/run.js";
import { SocketOperations } from "./socket-operations.js";
import { checkUpgrade, endStalled, ignoreDeparted, refuseUpgrade } from "./sockets.js";

const PING_INTERVAL_MS = 12_000;
/** How long a client may take to answer the closing handshake, in ms. */
const CLOSE_GRACE_MS = 1_000;

export interface WebSocketOptions {
  application: Application;
  schema: GraphQLSchema;
  guard: Guard;
  access: Access;
  meter: PointsMeter;
  http: HttpServer;
  /** How long a client may take to say connection_init, in ms. */
  initTimeoutMs: number;
  limits: TransportLimits;
  places: Places;
  heldBytes: HeldBytes;
  /** WebSockets and streams that are open, by network. */
  open: Counts;
  drain: Drain;
  logRequest: LogRequest;
}

/** Answers the function that closes every socket (code 1001). */
export function serveWebSocket({
  application,
  schema,
  guard,
  access,
  meter,
  http,
  initTimeoutMs,
  limits,
  places,
  heldBytes,
  open,
  drain,
  logRequest,
}: WebSocketOptions): () => Promise<void> {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.bodyBytes,
  });
  /** Operations under way of each socket. */
  const operations = new WeakMap<WebSocket, SocketOperations>();
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const refusal = checkUpgrade(request, guard) ?? (drain.refusal && { status: 503, message: drain.refusal.message });
    if (refusal) {
      refuseUpgrade(socket, refusal);
      return;
    }
    const address = request.socket.remoteAddress;
    const release = open.take(networkOf(address ?? ""), limits.webSocketsPerAddress);
    if (!release) {
      const most = limits.webSocketsPerAddress;
      const message = `${most} WebSockets and streams of this address are open, the most it may have.`;
      refuseUpgrade(socket, { status: 429, message });
      return;
    }
    socket.once("close", release);
    sockets.handleUpgrade(request, socket, head, (client) => {
      ignoreDeparted(client);
      const own = new SocketOperations();
      operations.set(client, own);
      client.on("message", (data) => own.receive(String(data)));
      client.once("close", () => own.leave());
      sockets.emit("connection", client, request);
      // Of a frame that is too large or broken, ws closes with the fitting code. There is nothing else to do.
      client.removeAllListeners("error").on("error", () => undefined);
      endStalled(client, request.socket, limits, () => own.size > 0);
    });
  };
  http.on("upgrade", upgrade);

  const server = useServer<Record<string, unknown>, Extra>(
    {
      schema,
      // The reason of a close never holds the text of an unexpected error.
      isProd: true,
      connectionInitWaitTimeout: initTimeoutMs,
      onConnect: async (connection) => {
        const { request, socket } = connection.extra;
        const given = connection.connectionParams?.authorization ?? connection.connectionParams?.Authorization;
        const answer = await access.identify(given ?? request.headers.authorization, request.socket.remoteAddress);
        if (isRefusal(answer)) {
          if (answer.status !== 503) application.audit.refusedKey(request.socket.remoteAddress ?? null, randomUUID());
          if (answer.status === 429) socket.close(4429, `Too many wrong keys: try again in ${answer.retryAfter} s`);
          return false;
        }
        // The client may have left meanwhile.
        if (socket.readyState !== socket.OPEN) return false;
        connection.extra.identity = answer;
        connection.extra.outlet = new Outlet(request.socket, () => socket.bufferedAmount);
        const unwatch = access.watch(answer, () => endAccess(connection.extra, operations.get(socket)));
        socket.once("close", unwatch);
        return true;
      },
      onSubscribe: (connection, id, payload) => {
        const { socket, request, identity } = connection.extra;
        if (!identity) return [KEY_ENDED];
        const { principal } = identity;
        const address = request.socket.remoteAddress ?? null;
        if (socket.bufferedAmount > limits.webSocketBufferBytes) socket.terminate();
        const own = operations.get(socket) as SocketOperations;
        const requestId = randomUUID();
        const { log } = application;
        const observed = new Observed();
        observed.onEnd = (line, failed) => {
          const keyId = principal.keyId ?? undefined;
          logRequest({ requestId, method: "WebSocket", route: "/graphql", ...line, keyId }, failed, () => payload);
        };
        const refuse = (...causes: unknown[]) => {
          const errors = causes.map((error) => formatted(error, { requestId }, log));
          observed.end(errors, 0);
          return errors;
        };
        if (drain.refusal) return refuse(drain.refusal);
        const most = limits.operationsPerSocket;
        if (own.size >= most) {
          const advice = "the most it may have. Complete some first.";
          return refuse(limitError(`This connection has ${most} operations under way, ${advice}`, "operations", most));
        }
        const read = readOperation({ schema, meter }, principal, payload);
        if (!isRead(read)) return refuse(...read);
        const { document, kind, charge } = read;
        if (read.operation) observed.is(document, read.operation);
        const client = clientOf(identity, address ?? undefined);
        const lasting = kind === "subscription";
        const held = heldBytes.open(client);
        // A complete answer is held until it was sent.
        const operation: Operation = own.begin(id, { client, places, lasting }, () => {
          if (lasting || operation.left) held.close();
        });
        // None of that name: graphql-ws answers it.
        if (!kind) operation.answered();
        else if (!lasting) {
          drain.add(operation);
          const leave = () => operation.left && drain.delete(operation);
          operation.signal.addEventListener("abort", leave);
          leave();
        }
        const { answerBytes } = limits;
        const made = { requestId, operation, principal, address, answerBytes, held, observed };
        const context = makeContext(application, made);
        context.charge = charge;
        if (lasting) context.payForEvent = chargeByEvent(meter, context, FEED);
        return {
          schema,
          document,
          operationName: payload.operationName,
          variableValues: payload.variables,
          contextValue: context,
        };
      },
      onOperation: async (connection, id, _payload, { contextValue }, result) => {
        const context = contextValue as Context;
        const send = (event: ExecutionResult) =>
          sendAnswer(connection.extra, id, event, context, () => id in connection.subscriptions).finally(() =>
            drain.delete(context.operation),
          );
        return sendEach(result as AsyncIterable<ExecutionResult> | ExecutionResult, send);
      },
      execute: (args) => runOnce(args, application.log, drain),
      subscribe: (args) => runEvents(args, application.log),
    },
    sockets,
    PING_INTERVAL_MS,
  );
  return async () => {
    // A client that does not answer the closing handshake is not waited for.
    const timer = setTimeout(() => {
      for (const client of sockets.clients) client.terminate();
    }, CLOSE_GRACE_MS);
    await server.dispose();
    clearTimeout(timer);
  };
}

/** As graphql-ws does it, but in pieces. */
async function sendAnswer(
  { socket, outlet }: Extra,
  id: string,
  result: ExecutionResult,
  context: Context,
  isWanted: () => boolean,
): Promise<void> {
  try {
    const pieces = await writeAnswer(result, context);
    // The same id may be another operation by now.
    if (!isWanted() || context.operation.left || socket.readyState !== socket.OPEN) return;
    const head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
    const message = Buffer.concat([head, ...pieces, TAIL]);
    await outlet?.send(message.length, (done) => socket.send(message, { binary: false }, done), context.operation);
  } finally {
    // Nothing of it is held any more; the next event of a subscription counts anew.
    context.answer.reset();
  }
}

const TAIL = Buffer.from("}");

/** A type, because graphql-ws requires an index signature. */
type Extra = {
  socket: WebSocket;
  request: IncomingMessage;
  /** Who is connected, from connection_init on. */
  identity?: Identity;
  outlet?: Outlet;
};

/** Nothing that still comes of this client is answered, even when it does not answer the closing handshake. */
function endAccess(extra: Extra, operations: SocketOperations | undefined): void {
  extra.identity = undefined;
  operations?.leave();
  extra.socket.close(4403, "Forbidden");
  setTimeout(() => extra.socket.terminate(), CLOSE_GRACE_MS).unref();
}

const limitError = (message: string, limit: string, maximum: number): GraphQLError =>
  new GraphQLError(message, { extensions: { limit: { limit, maximum } } });
