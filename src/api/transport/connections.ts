/**
 * How long a client may take, how many connections it may hold, what it may compute at once and how large an answer may
 * be, in one table, for HTTP and WebSocket alike. A client that sends or reads too slowly loses its connection, which
 * is closed without an answer where none has begun:
 *   header bytes       `headersMs` for all of them (408 by Node)
 *   bytes of a body    `stallMs` between two pieces while the server reads; an import has no other time limit
 *   a whole request    `requestMs` until its last byte has come, except for imports (408)
 *   an upload          a pace and a number of places (uploads/places.ts)
 *   bytes of an answer `stallMs` in which the client reads nothing
 * Above `perAddress` of one address, a connection is closed when it is accepted. Above `connections` in all, a new one
 * takes the place of one of the address that has most (an idle one where there is any), unless it is of that address.
 * What a client may compute: limits/client-places.ts.
 */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { networkOf } from "../access/address.js";
import { MAX_ANSWER_BYTES } from "../answer.js";

interface Limit {
  value: number;
  unit:
    | "ms"
    | "connections"
    | "requests"
    | "operations"
    | "bytes"
    | "uploads"
    | "imports"
    | "exports"
    | "tables"
    | "bytes a second";
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
  heldBytesPerClient: {
    value: 64 * 1024 ** 2,
    unit: "bytes",
    variable: "MAILLARD_MAX_HELD_PER_CLIENT",
    why: "four of the largest answers: being made, or not read yet",
  },
  heldBytes: {
    value: 256 * 1024 ** 2,
    unit: "bytes",
    variable: "MAILLARD_MAX_HELD",
    why: "the same of all clients; in memory an answer takes up to three times its bytes",
  },
  operationsPerSocket: { value: 100, unit: "operations", why: "each holds its rows; counted until its work has ended" },
  computationsPerClient: {
    value: 32,
    unit: "operations",
    variable: "MAILLARD_MAX_COMPUTATIONS_PER_CLIENT",
    why: "two loaders of 16 requests each; without keys all programs of one machine are one client",
  },
  analysesPerClient: {
    value: 6,
    unit: "operations",
    variable: "MAILLARD_MAX_ANALYSES_PER_CLIENT",
    why: "one runs at a time and 16 may wait: three experiments of one client, and room for others",
  },
  computations: {
    value: 128,
    unit: "operations",
    variable: "MAILLARD_MAX_COMPUTATIONS",
    why: "of all clients: what is held in memory meanwhile",
  },
  uploads: {
    value: 12,
    unit: "uploads",
    variable: "MAILLARD_MAX_UPLOADS",
    why: "each is a file on disk until it is imported",
  },
  uploadsPerAddress: {
    value: 6,
    unit: "uploads",
    variable: "MAILLARD_MAX_UPLOADS_PER_ADDRESS",
    why: "one client must leave some for others",
  },
  uploadBytesPerSecond: { value: 1_000, unit: "bytes a second", why: "below it a client only holds a place" },
  uploadYieldBytesPerSecond: {
    value: 10_000,
    unit: "bytes a second",
    why: "2 GiB take two and a half days; while all places are taken, slower uploads make place",
  },
  uploadWindowMs: { value: 30_000, unit: "ms", why: "longer than usual pauses of a network" },
  turnWaitMs: {
    value: 250,
    unit: "ms",
    why: "an answer waits so long for its client with its turn, and longer without: others work meanwhile",
  },
  exports: {
    value: 8,
    unit: "exports",
    variable: "MAILLARD_MAX_EXPORTS",
    why: "files that are made for them lie on disk until they are sent",
  },
  exportsPerAddress: {
    value: 4,
    unit: "exports",
    variable: "MAILLARD_MAX_EXPORTS_PER_ADDRESS",
    why: "one client must leave some for others",
  },
  predictionTables: {
    value: 16,
    unit: "tables",
    variable: "MAILLARD_MAX_PREDICTION_TABLES",
    why: "each is read from disk while its client reads it, or waits for its turn",
  },
  predictionTablesPerAddress: {
    value: 8,
    unit: "tables",
    variable: "MAILLARD_MAX_PREDICTION_TABLES_PER_ADDRESS",
    why: "one client must leave some for others",
  },
  graceMs: {
    value: 25_000,
    unit: "ms",
    variable: "MAILLARD_SHUTDOWN_GRACE_MS",
    why: "what is in flight when the server closes; service managers kill it after 30 s",
  },
  imports: { value: 3, unit: "imports", why: "each may hold what the FooDB reader retains, and all share RDKit" },
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
  const { requestMs, stallMs } = limits;
  const active = new WeakMap<Socket, IncomingMessage>();
  const upgraded = new WeakSet<Socket>();
  const places = new ConnectionPlaces(limits, (socket) => active.has(socket) || upgraded.has(socket));
  server.on("connection", (socket: Socket) => places.enter(socket));
  server.on("upgrade", ({ socket }: IncomingMessage) => upgraded.add(socket));
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

/** The open connections by address, each address in the order of their arrival. */
class ConnectionPlaces {
  private readonly open = new Map<string, Set<Socket>>();
  private total = 0;

  constructor(
    private readonly limits: TransportLimits,
    private readonly isBusy: (socket: Socket) => boolean,
  ) {}

  enter(socket: Socket): void {
    const address = networkOf(socket.remoteAddress ?? "");
    const own = this.open.get(address) ?? new Set();
    if (own.size >= this.limits.perAddress || (this.total >= this.limits.connections && !this.makePlace(own.size))) {
      socket.destroy();
      return;
    }
    this.open.set(address, own.add(socket));
    this.total += 1;
    socket.once("close", () => this.leave(address, socket));
  }

  private leave(address: string, socket: Socket): void {
    const sockets = this.open.get(address);
    if (!sockets?.delete(socket)) return;
    this.total -= 1;
    if (sockets.size === 0) this.open.delete(address);
  }

  /** Closes one of the address that has most, where these are at least two more than `own`. */
  private makePlace(own: number): boolean {
    let [most, largest]: [string, Set<Socket>] = ["", new Set()];
    for (const [address, sockets] of this.open) if (sockets.size > largest.size) [most, largest] = [address, sockets];
    if (largest.size < own + 2) return false;
    let [chosen] = largest;
    for (const socket of largest)
      if (!this.isBusy(socket)) {
        chosen = socket;
        break;
      }
    this.leave(most, chosen);
    chosen.destroy();
    return true;
  }
}

function endSlow(socket: Socket, response: ServerResponse): void {
  if (response.headersSent) socket.destroy();
  else
    socket.end("HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", () =>
      socket.destroy(),
    );
}
