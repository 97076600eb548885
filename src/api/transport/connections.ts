/**
 * How long a client may take, how many connections it may hold and how large an answer may be, in one table, for HTTP
 * and WebSocket alike. A client that sends or reads too slowly loses its connection, which is closed without an answer
 * where none has begun:
 *   header bytes       `headersMs` for all of them (408 by Node)
 *   bytes of a body    `stallMs` between two pieces while the server reads; an import has no other time limit
 *   a whole request    `requestMs` until its last byte has come, except for imports (408)
 *   bytes of an answer `stallMs` in which the client reads nothing
 * Above `connections`, and above `perAddress` of one address, a connection is closed when it is accepted.
 */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { MAX_ANSWER_BYTES } from "../answer.js";

interface Limit {
  value: number;
  unit: "ms" | "connections" | "requests" | "bytes";
  /** Environment variable of `serve`; none: an option of startServer only. */
  variable?: string;
  why: string;
}

const TRANSPORT_LIMIT_TABLE = {
  headersMs: { value: 10_000, unit: "ms", why: "header bytes sent one by one hold a connection" },
  requestMs: {
    value: 30_000,
    unit: "ms",
    variable: "MAILLARD_REQUEST_TIMEOUT_MS",
    why: "1 MiB within it needs 35 kB/s",
  },
  stallMs: {
    value: 20_000,
    unit: "ms",
    variable: "MAILLARD_STALL_TIMEOUT_MS",
    why: "a client that neither sends nor reads holds buffers; slow networks resume within seconds",
  },
  keepAliveMs: { value: 10_000, unit: "ms", why: "an idle connection is cheap to open again" },
  requestsPerSocket: { value: 10_000, unit: "requests", why: "connections are renewed now and then" },
  connections: {
    value: 2_000,
    unit: "connections",
    variable: "MAILLARD_MAX_CONNECTIONS",
    why: "each takes 10 to 50 kB; usual systems allow 1,024 to 65,536 open files",
  },
  perAddress: {
    value: 500,
    unit: "connections",
    variable: "MAILLARD_MAX_CONNECTIONS_PER_ADDRESS",
    why: "one client must leave some for others; behind a proxy all clients have its address",
  },
  webSocketsPerAddress: {
    value: 400,
    unit: "connections",
    variable: "MAILLARD_MAX_WEBSOCKETS_PER_ADDRESS",
    why: "they stay open, and must leave some for requests",
  },
  webSocketIdleMs: { value: 30 * 60_000, unit: "ms", why: "a WebSocket without an operation" },
  answerBytes: {
    value: MAX_ANSWER_BYTES,
    unit: "bytes",
    variable: "MAILLARD_MAX_ANSWER",
    why: "256 vectors of 768 numbers have 4 MB; an answer is held until it is read",
  },
  webSocketBufferBytes: { value: 16 * 1024 ** 2, unit: "bytes", why: "answers that a client does not read" },
} as const satisfies Record<string, Limit>;

export type TransportLimits = Readonly<Record<keyof typeof TRANSPORT_LIMIT_TABLE, number>>;
const NAMES = Object.keys(TRANSPORT_LIMIT_TABLE) as (keyof TransportLimits)[];
const rowOf = (name: keyof TransportLimits): Limit => TRANSPORT_LIMIT_TABLE[name];

export const transportLimits = (given: Partial<TransportLimits> = {}): TransportLimits =>
  Object.fromEntries(NAMES.map((name) => [name, given[name] ?? rowOf(name).value])) as TransportLimits;

/** The limits that the environment sets; `problems` names each variable that is no positive whole number. */
export function readTransportLimits(environment: Readonly<Record<string, string | undefined>>): {
  limits: Partial<TransportLimits>;
  problems: { param: string; message: string }[];
} {
  const limits: Partial<Record<keyof TransportLimits, number>> = {};
  const problems: { param: string; message: string }[] = [];
  for (const name of NAMES) {
    const { variable, unit } = rowOf(name);
    const text = variable && environment[variable];
    if (!variable || !text) continue;
    limits[name] = Number(text);
    if (Number.isSafeInteger(limits[name]) && Number(text) >= 1) continue;
    problems.push({ param: variable, message: `${variable} is a number of ${unit}; got ${JSON.stringify(text)}.` });
  }
  return { limits, problems };
}

/** Options of Fastify and of Node's server. */
export const serverOptions = ({ headersMs, stallMs, keepAliveMs, requestsPerSocket }: TransportLimits) => ({
  connectionTimeout: stallMs,
  keepAliveTimeout: keepAliveMs,
  maxRequestsPerSocket: requestsPerSocket,
  // Imports have no limit of the whole request: `limitConnections` sets one for the others.
  requestTimeout: 0,
  http: { headersTimeout: headersMs, connectionsCheckingInterval: Math.max(10, Math.min(1_000, headersMs / 4)) },
});

/** Sets the limits that Node's options do not have. `isUpload`: requests without a limit of the whole request. */
export function limitConnections(
  server: HttpServer,
  limits: TransportLimits,
  isUpload: (request: IncomingMessage) => boolean,
): void {
  const { connections, perAddress, requestMs, stallMs } = limits;
  server.maxConnections = connections;
  const open = new AddressCounts();
  const active = new WeakMap<Socket, IncomingMessage>();
  server.on("connection", (socket: Socket) => {
    const release = open.take(socket.remoteAddress, perAddress);
    if (!release) socket.destroy();
    else socket.once("close", release);
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    active.set(socket, request);
    response.once("close", () => {
      if (active.get(socket) === request) active.delete(socket);
    });
    if (isUpload(request)) return;
    const timer = setTimeout(() => {
      if (!request.complete) endSlow(socket, response);
    }, requestMs);
    // Neither starts to read the body.
    request.once("end", () => clearTimeout(timer));
    request.once("close", () => clearTimeout(timer));
  });
  // Nothing was sent and nothing was read for `stallMs`, or an idle connection has lived for `keepAliveMs`.
  server.on("timeout", (socket: Socket) => {
    const [read, waiting] = [socket.bytesRead, socket.writableLength];
    // Where this process was busy, bytes may have come that it has not seen yet.
    setImmediate(() => {
      if (socket.bytesRead !== read || socket.writableLength < waiting) return;
      const request = active.get(socket);
      const waitsForBody = request && !request.complete && request.readableLength === 0;
      if (!request || waitsForBody || socket.writableLength > 0) socket.destroy();
      else socket.setTimeout(stallMs);
    });
  });
}

function endSlow(socket: Socket, response: ServerResponse): void {
  if (response.headersSent) socket.destroy();
  else
    socket.end("HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", () =>
      socket.destroy(),
    );
}

/** How many of something each address has. */
export class AddressCounts {
  private readonly counts = new Map<string, number>();

  /** The function that gives one back; null when the address has `most` already. */
  take(address = "", most: number): (() => void) | null {
    const count = this.counts.get(address) ?? 0;
    if (count >= most) return null;
    this.counts.set(address, count + 1);
    return () => {
      const left = (this.counts.get(address) ?? 1) - 1;
      if (left > 0) this.counts.set(address, left);
      else this.counts.delete(address);
    };
  }
}
