/**
 * The GraphQL client of every command: queries and mutations by fetch, subscriptions by graphql-transport-ws.
 * A refusal is a CommandFailure with the code of the first error; an address at which nothing answers is NO_SERVER.
 */

import { CommandFailure, EXIT, noServer } from "./failure.js";
import type { TypedDocumentString } from "./generated/graphql.js";

export const DEFAULT_URL = "http://127.0.0.1:4000/graphql";

/** Pause before a lost subscription is opened again, in ms. */
const RECONNECT_MS = 500;
/** Attempts to reach a server that was there a moment ago. */
const RECONNECTS = 20;

export interface ClientOptions {
  /** Address of the GraphQL endpoint. Default MAILLARD_URL, else http://127.0.0.1:4000/graphql. */
  url?: string;
  /** Sent as a bearer token. Default MAILLARD_API_KEY. */
  apiKey?: string;
}

interface GraphQLAnswer {
  data?: unknown;
  errors?: readonly { message: string; extensions?: { code?: string } }[];
}

export class Client {
  readonly url: string;
  private readonly apiKey: string | undefined;

  constructor(environment: Readonly<Record<string, string | undefined>>, options: ClientOptions = {}) {
    this.url = checkUrl(options.url ?? (environment.MAILLARD_URL || DEFAULT_URL));
    this.apiKey = options.apiKey ?? (environment.MAILLARD_API_KEY || undefined);
  }

  /** The header that carries the key; empty without one. */
  get authorization(): Record<string, string> {
    return this.apiKey ? { authorization: `Bearer ${this.apiKey}` } : {};
  }

  async execute<R, V>(document: TypedDocumentString<R, V>, variables: V, signal?: AbortSignal): Promise<R> {
    let response: Response;
    try {
      response = await fetch(this.url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/graphql-response+json, application/json",
          ...this.authorization,
        },
        body: JSON.stringify({ query: document.toString(), variables }),
        signal,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw noServer(this.url);
    }
    const text = await response.text();
    const answer = parseAnswer(text);
    if (!answer) throw notGraphQL(this.url, response.status, text);
    throwErrors(answer);
    return answer.data as R;
  }

  /** True when something speaks GraphQL there, whether or not it takes our key. */
  async answers(): Promise<boolean> {
    try {
      const response = await fetch(this.url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query: "{ __typename }" }),
        signal: AbortSignal.timeout(5_000),
      });
      return parseAnswer(await response.text()) !== null;
    } catch {
      return false;
    }
  }

  /**
   * The events of a subscription until the server completes it or `signal` aborts. A lost connection is opened again with
   * the variables that `variables` answers then, so that a cursor goes on where it was.
   */
  async *subscribe<R, V extends Record<string, unknown>>(
    document: TypedDocumentString<R, V>,
    variables: () => V,
    signal?: AbortSignal,
  ): AsyncGenerator<R> {
    const [{ createClient }, { WebSocket }] = await Promise.all([import("graphql-ws"), import("ws")]);
    for (let attempt = 0; !signal?.aborted; attempt++) {
      const client = createClient({
        url: this.url.replace(/^http/, "ws"),
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        ...(this.apiKey ? { connectionParams: { authorization: `Bearer ${this.apiKey}` } } : {}),
      });
      const stop = (): void => void client.dispose();
      signal?.addEventListener("abort", stop, { once: true });
      try {
        for await (const event of client.iterate({ query: document.toString(), variables: variables() })) {
          throwErrors(event as GraphQLAnswer);
          attempt = 0;
          yield event.data as R;
        }
        return;
      } catch (error) {
        if (signal?.aborted) return;
        if (error instanceof CommandFailure) throw error;
        if (Array.isArray(error)) throwErrors({ errors: error });
        const closed = closeCode(error);
        if (closed === 4401 || closed === 4403) throw unauthenticated();
        if (attempt >= RECONNECTS) throw noServer(this.url);
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
      } finally {
        signal?.removeEventListener("abort", stop);
        await client.dispose();
      }
    }
  }
}

function checkUrl(text: string): string {
  try {
    const url = new URL(text);
    if (url.protocol === "http:" || url.protocol === "https:") {
      if (url.pathname === "/") url.pathname = "/graphql";
      return url.href;
    }
  } catch {
    // Answered below.
  }
  throw new CommandFailure("USAGE", `MAILLARD_URL is ${JSON.stringify(text)}: give an address such as ${DEFAULT_URL}.`);
}

function parseAnswer(text: string): GraphQLAnswer | null {
  try {
    const answer: unknown = JSON.parse(text);
    const isAnswer = answer !== null && typeof answer === "object" && ("data" in answer || "errors" in answer);
    return isAnswer ? (answer as GraphQLAnswer) : null;
  } catch {
    return null;
  }
}

function throwErrors({ errors }: GraphQLAnswer): void {
  if (!errors || errors.length === 0) return;
  const code = errors[0].extensions?.code ?? "GRAPHQL";
  if (code === "UNAUTHENTICATED") throw unauthenticated();
  throw new CommandFailure(code, errors.map((error) => error.message).join("\n"));
}

const unauthenticated = (): CommandFailure =>
  new CommandFailure(
    "UNAUTHENTICATED",
    "The server wants a key, and this one was not taken: set MAILLARD_API_KEY to one of its MAILLARD_API_KEYS.",
  );

const notGraphQL = (url: string, status: number, text: string): CommandFailure =>
  new CommandFailure(
    "NO_SERVER",
    `What answers at ${url} is no Maillard server (HTTP ${status}: ${text.trim().slice(0, 80)}); set MAILLARD_URL.`,
    EXIT.noServer,
  );

function closeCode(error: unknown): number | null {
  return error && typeof error === "object" && "code" in error && typeof error.code === "number" ? error.code : null;
}
