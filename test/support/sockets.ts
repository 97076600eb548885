/** WebSockets for tests: a client that subscribes, and a plain socket that sends any text of a test. */
import { type Client, createClient, type ExecutionResult } from "graphql-ws";
import { WebSocket } from "ws";

const PROTOCOL = "graphql-transport-ws";

export interface Subscriber {
  client: Client;
  /** Events of one operation until the server completes it; `return` of the iterator unsubscribes. */
  events<T>(query: string, variables?: Record<string, unknown>): AsyncIterableIterator<ExecutionResult<T>>;
  close(): Promise<void>;
}

/** One connection, opened by the first operation. */
export function subscriber(url: string, connectionParams?: Record<string, unknown>): Subscriber {
  const client = createClient({
    url: `${url.replace(/^http/, "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams,
    lazyCloseTimeout: 1_000_000,
  });
  return {
    client,
    events: <T>(query: string, variables?: Record<string, unknown>) =>
      client.iterate<T>({ query, variables }) as AsyncIterableIterator<ExecutionResult<T>>,
    close: async () => client.dispose(),
  };
}

/** All events of an operation, from first to last. */
export async function all<T>(events: AsyncIterable<ExecutionResult<T>>): Promise<ExecutionResult<T>[]> {
  const list: ExecutionResult<T>[] = [];
  for await (const event of events) list.push(event);
  return list;
}

interface Message {
  type: string;
  id?: string;
  payload?: unknown;
}

export interface BareSocket {
  /** "open", or the status with which the upgrade was refused. */
  outcome: "open" | number;
  send(message: Message | string): void;
  /** The next message that came and was not taken yet. */
  next(): Promise<Message>;
  /** The code with which it was closed. */
  closed: Promise<number>;
  /** Cuts the connection without a closing handshake. */
  cut(): void;
}

/** Resolves once the upgrade was answered. */
export function bareSocket(
  url: string,
  { protocol = PROTOCOL, path = "/graphql", headers = {} as Record<string, string> } = {},
): Promise<BareSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}${path}`, protocol || [], { headers });
  const arrived: Message[] = [];
  let deliver: (() => void) | null = null;
  socket.on("message", (data) => {
    arrived.push(JSON.parse(String(data)) as Message);
    deliver?.();
  });
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  socket.on("error", () => undefined);
  const bare = (outcome: "open" | number): BareSocket => ({
    outcome,
    closed,
    send: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    cut: () => socket.terminate(),
    next: async () => {
      while (arrived.length === 0) {
        await new Promise<void>((resolve) => {
          deliver = resolve;
        });
      }
      return arrived.shift() as Message;
    },
  });
  return new Promise((resolve) => {
    socket.on("open", () => resolve(bare("open")));
    socket.on("unexpected-response", (_request, response) => {
      response.resume();
      resolve(bare(response.statusCode as number));
    });
  });
}

/** A bare socket that was acknowledged. */
export async function acknowledged(url: string): Promise<BareSocket> {
  const socket = await bareSocket(url);
  socket.send({ type: "connection_init" });
  await socket.next();
  return socket;
}
