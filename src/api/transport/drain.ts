/**
 * How the server ends. In this order:
 *   listening    ends when every connection that waits was accepted: the others would be reset
 *   connections  are open for `IDLE_MS` more, for requests that were sent meanwhile; then idle ones are closed, and
 *                each other one after its answer, which says `connection: close`
 *   in flight    requests, and operations of WebSockets that are no subscription, are answered for `graceMs`; then
 *                they get SHUTTING_DOWN, which may be tried again, and their work is stopped
 *   at the end   WebSockets are closed (1001), and streams of events without their last event
 * What is in flight is added here, with how it is answered when the time is over.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import type { FastifyInstance, FastifyReply } from "fastify";
import { MaillardError } from "../../errors.js";

/** Between a request that a client sends and its arrival. So long an idle connection holds a server that closes. */
const IDLE_MS = 250;
/** The longest time in which waiting connections are accepted, where new ones come all the time. */
const ACCEPT_MS = 5_000;
/** In which an answer of SHUTTING_DOWN is written, and a connection whose client does not read ends. */
const ENDING_MS = 2_000;
/** When a client may try again: a restart takes a few seconds. */
const RETRY_AFTER_MS = 5_000;

interface Connection {
  /** Requests that are being answered. */
  open: number;
  /** Of the bytes that came, those of requests that were answered. */
  read: number;
  upgraded: boolean;
}

export class Drain {
  readonly #inFlight = new Map<object, () => void>();
  readonly #connections = new Map<Socket, Connection>();
  readonly #waiting = new Set<() => void>();
  #accepted = 0;
  /** While waiting connections are accepted: their requests begin after it. */
  #accepting: Promise<void> | null = null;
  #state: "OPEN" | "CLOSING" | "REFUSING" | "OVER" = "OPEN";

  /** Whether the server closes: it is not ready. */
  get closing(): boolean {
    return this.#state !== "OPEN";
  }

  /** SHUTTING_DOWN for an operation that comes now on a connection that stays open; null: it is taken. */
  get refusal(): MaillardError | null {
    return this.#state === "REFUSING" || this.#state === "OVER" ? shuttingDown() : null;
  }

  /** The drain waits for `work` until it is deleted; `end` is called when the time is over. */
  add(work: object, end: () => void = () => undefined): void {
    this.#inFlight.set(work, end);
  }

  delete(work: object): void {
    if (this.#inFlight.delete(work)) this.#look();
  }

  /** What the work answers. @throws SHUTTING_DOWN when the time is over before it has */
  async inTime<T>(work: Promise<T>): Promise<T> {
    const { promise, reject } = deferred<T>();
    const key = {};
    this.add(key, () => reject(shuttingDown()));
    try {
      return await Promise.race([work, promise]);
    } finally {
      this.delete(key);
    }
  }

  /** Adds every request of the server. Call it before other hooks are added. */
  watch(app: FastifyInstance): void {
    const { server } = app;
    server.on("connection", (socket: Socket) => {
      this.#accepted++;
      this.#connections.set(socket, { open: 0, read: 0, upgraded: false });
      socket.once("close", () => {
        this.#connections.delete(socket);
        this.#look();
      });
    });
    server.on("upgrade", ({ socket }: IncomingMessage) => this.#change(socket, { upgraded: true }));
    server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.#change(socket, { open: this.#openOf(socket) + 1 });
      response.once("close", () => {
        this.delete(response);
        this.#change(socket, { open: this.#openOf(socket) - 1, read: socket.bytesRead });
        if (this.closing) setTimeout(() => void this.#closeIdle([socket]), IDLE_MS).unref();
      });
    });
    app.addHook("onRequest", async (_request, reply) => {
      if (this.#state === "OVER") {
        answerShuttingDown(reply);
        return reply;
      }
      this.add(reply.raw, () => answerShuttingDown(reply));
      await this.#accepting;
    });
    app.addHook("onSend", async (_request, reply) => {
      // Its own answer is on its way.
      if (this.#inFlight.has(reply.raw)) this.add(reply.raw);
      if (this.closing) void reply.header("connection", "close");
    });
    app.addHook("preClose", async () => {
      const timer = setTimeout(() => server.closeAllConnections(), ENDING_MS);
      server.once("close", () => clearTimeout(timer));
    });
  }

  /** Resolves when nothing is in flight any more, or the time is over and all that was has its answer. */
  async end(app: FastifyInstance, graceMs: number): Promise<void> {
    this.#state = "CLOSING";
    this.#accepting = this.#acceptWaiting();
    await this.#accepting;
    // Not as an HTTP server: that would cut connections whose answer is not sent yet.
    NetServer.prototype.close.call(app.server);
    const began = performance.now();
    await this.#until(() => this.#connections.size === 0, IDLE_MS);
    this.#state = "REFUSING";
    await this.#closeIdle([...this.#connections.keys()]);
    await this.#until(() => this.#inFlight.size === 0, Math.max(0, began + graceMs - performance.now()));
    this.#state = "OVER";
    for (const end of [...this.#inFlight.values()]) end();
    await this.#until(() => this.#inFlight.size === 0, ENDING_MS);
  }

  /** Node accepts one connection in a turn of its loop: none waits after a turn that brought none. */
  async #acceptWaiting(): Promise<void> {
    const until = performance.now() + ACCEPT_MS;
    for (let quiet = 0; quiet < 3 && performance.now() < until; quiet++) {
      const before = this.#accepted;
      await turn();
      if (this.#accepted !== before) quiet = 0;
    }
  }

  #openOf(socket: Socket): number {
    return this.#connections.get(socket)?.open ?? 0;
  }

  #change(socket: Socket, to: Partial<Connection>): void {
    const connection = this.#connections.get(socket);
    if (connection) Object.assign(connection, to);
  }

  async #closeIdle(sockets: readonly Socket[]): Promise<void> {
    // What has come is read first, also where this process was busy.
    for (let turns = 0; turns < 2; turns++) await turn();
    for (const socket of sockets) {
      const connection = this.#connections.get(socket);
      if (!connection || connection.upgraded || connection.open > 0) continue;
      // Of a request that has begun to come, the rest is waited for.
      if (socket.bytesRead === connection.read) socket.destroySoon();
    }
  }

  #look(): void {
    for (const look of this.#waiting) look();
  }

  /** Or until the time is over. */
  async #until(condition: () => boolean, milliseconds: number): Promise<void> {
    const { promise, resolve } = deferred<void>();
    const look = (): void => {
      if (condition()) resolve();
    };
    this.#waiting.add(look);
    look();
    const met = new AbortController();
    await Promise.race([promise, delay(milliseconds, undefined, { signal: met.signal }).catch(() => undefined)]);
    met.abort();
    this.#waiting.delete(look);
  }
}

/** Instead of the answer that it does not get any more, unless that has begun. */
function answerShuttingDown(reply: FastifyReply): void {
  const { raw } = reply;
  if (raw.headersSent || raw.destroyed) return;
  const { code, message, details, retryable } = shuttingDown();
  const body = JSON.stringify({ errors: [{ message, extensions: { code, details, retryable } }] });
  const headers = reply.getHeaders() as Record<string, string>;
  // Whatever still works on it finds an answer that was given, and keeps silent.
  reply.hijack();
  raw.writeHead(503, {
    ...headers,
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    "retry-after": String(RETRY_AFTER_MS / 1_000),
    connection: "close",
  });
  raw.end(body);
}

const shuttingDown = (): MaillardError =>
  new MaillardError(
    "SHUTTING_DOWN",
    "The server shuts down and did not end this in time. Try again in a few seconds. What would start or change " +
      "something may have been done: look first, or send it with the same idempotencyKey.",
    { retryable: true, details: { retryAfterMs: RETRY_AFTER_MS } },
  );

interface Deferred<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

function deferred<T>(): Deferred<T> {
  let settle: Omit<Deferred<T>, "promise"> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as Omit<Deferred<T>, "promise">) };
}
