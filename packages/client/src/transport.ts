/** Requests and streams of events: one try each. Failures are MaillardErrors. */
import { createClient as createEvents } from "graphql-sse";
import { createClient as createSockets } from "graphql-ws";
import { errorOf, MaillardError, unreachable } from "./errors.js";

export interface TransportOptions {
  url: string;
  apiKey: () => string | null | undefined | Promise<string | null | undefined>;
  fetch: typeof fetch;
  /** "sse": over HTTP. "websocket": needs a WebSocket class, which Node has from version 22 on. */
  subscriptions: "sse" | "websocket";
  webSocketImpl: unknown;
}

export interface Operation {
  query: string;
  variables: Record<string, unknown>;
}

interface Answer {
  data?: unknown;
  errors?: readonly { message: string; extensions?: Record<string, unknown> }[];
}

const authorization = async ({ apiKey }: TransportOptions): Promise<Record<string, string>> => {
  const key = await apiKey();
  return key ? { authorization: `Bearer ${key}` } : {};
};

/** The data of a query or mutation. */
export async function request(options: TransportOptions, operation: Operation, signal?: AbortSignal): Promise<unknown> {
  const { url, fetch } = options;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/graphql-response+json, application/json",
        ...(await authorization(options)),
      },
      body: JSON.stringify(operation),
      signal,
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw unreachable(url, error);
  }
  const { data, errors } = answerIn(text, url, response.status);
  if (errors) throw errorOf(errors, response.status, response.headers.get("retry-after"));
  return data;
}

function answerIn(text: string, url: string, status: number): Answer {
  try {
    const answer = JSON.parse(text) as Answer | null;
    if (answer && (answer.data !== undefined || answer.errors)) return answer;
  } catch {
    // Said below.
  }
  const beginning = text.trim().slice(0, 80);
  throw new MaillardError(
    "NO_MAILLARD",
    `What answers at ${url} is no Maillard server (HTTP ${status}: ${beginning}).`,
    {
      status,
      retryable: status === 502 || status === 503 || status === 504,
    },
  );
}

/** The data of each event, until the server completes the subscription; thrown: why it ended before. */
export async function* stream(
  options: TransportOptions,
  operation: Operation,
  signal?: AbortSignal,
): AsyncGenerator<unknown> {
  const client = options.subscriptions === "sse" ? events(options) : sockets(options);
  const stop = () => void client.dispose();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    for await (const { data, errors } of client.iterate(operation)) {
      if (errors) throw errorOf(errors);
      yield data;
    }
    // Ended by `dispose`, not by the server.
    if (signal?.aborted) throw signal.reason;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw await streamError(options, error);
  } finally {
    signal?.removeEventListener("abort", stop);
    await client.dispose();
  }
}

type Events = AsyncIterableIterator<Answer>;
interface StreamClient {
  iterate(operation: Operation): Events;
  dispose(): void | Promise<void>;
}

const events = (options: TransportOptions): StreamClient =>
  createEvents({
    url: options.url,
    retryAttempts: 0,
    fetchFn: options.fetch,
    headers: () => authorization(options),
  }) as unknown as StreamClient;

const sockets = (options: TransportOptions): StreamClient =>
  createSockets({
    url: options.url.replace(/^http/, "ws"),
    retryAttempts: 0,
    webSocketImpl: options.webSocketImpl,
    connectionParams: () => authorization(options),
  }) as unknown as StreamClient;

/** What graphql-sse and graphql-ws throw. */
async function streamError({ url }: TransportOptions, error: unknown): Promise<MaillardError> {
  if (error instanceof MaillardError) return error;
  if (Array.isArray(error)) return errorOf(error);
  const { response, code } = error as { response?: Response; code?: unknown };
  if (response && !response.bodyUsed) {
    const text = await response.text().catch(() => "");
    try {
      const { errors } = answerIn(text, url, response.status);
      if (errors) return errorOf(errors, response.status, response.headers.get("retry-after"));
    } catch (refusal) {
      return refusal as MaillardError;
    }
  }
  if (code === 4401 || code === 4403)
    return new MaillardError("UNAUTHENTICATED", "The server wants a key, and this one was not taken.");
  return unreachable(url, error);
}
