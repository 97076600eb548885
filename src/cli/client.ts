/**
 * The GraphQL client of every command: queries and mutations by @urql/core, subscriptions by graphql-ws. Both libraries
 * are loaded by the first request, so that commands that send none start faster.
 * A refusal is a CommandFailure with the code of the first error; an address at which nothing answers is NO_SERVER.
 */
import type { Client as HttpClient } from "@urql/core";
import { CommandFailure, EXIT, noServer } from "./failure.js";
import type { TypedDocumentString } from "./generated/graphql.js";
import { addressOfHome } from "./server-address.js";

export const DEFAULT_URL = "http://127.0.0.1:4000/graphql";

/** Pause before a lost subscription is opened again, in ms. */
const RECONNECT_MS = 500;
/** Attempts to reach a server that was there a moment ago. */
const RECONNECTS = 20;

export interface ClientOptions {
  /** Address of the GraphQL endpoint. Default MAILLARD_URL, else that of the home, else DEFAULT_URL. */
  url?: string;
  /** Sent as a bearer token. Default MAILLARD_API_KEY. */
  apiKey?: string;
}

interface GraphQLFault {
  message: string;
  extensions?: { code?: unknown };
}

export class Client {
  readonly url: string;
  private readonly apiKey: string | undefined;
  private http: HttpClient | undefined;

  constructor(environment: Readonly<Record<string, string | undefined>>, options: ClientOptions = {}) {
    this.url = checkUrl((options.url ?? environment.MAILLARD_URL) || addressOfHome(environment) || DEFAULT_URL);
    this.apiKey = options.apiKey ?? (environment.MAILLARD_API_KEY || undefined);
  }

  /** The header that carries the key; empty without one. */
  get authorization(): Record<string, string> {
    return this.apiKey ? { authorization: `Bearer ${this.apiKey}` } : {};
  }

  async execute<R, V extends Record<string, unknown>>(
    document: TypedDocumentString<R, V>,
    variables: V,
    signal?: AbortSignal,
  ): Promise<R> {
    return (await this.request(document.toString(), variables, signal)) as R;
  }

  /** True when a GraphQL server answers there, even one that refuses our key. */
  async answers(): Promise<boolean> {
    try {
      await this.request("{ __typename }", {}, AbortSignal.timeout(5_000));
      return true;
    } catch (error) {
      return error instanceof CommandFailure && error.exitCode !== EXIT.noServer;
    }
  }

  /** The data of one operation. Throws CommandFailure; the signal's reason when it was aborted. */
  private async request(text: string, variables: Record<string, unknown>, signal?: AbortSignal): Promise<unknown> {
    const { createRequest } = await import("@urql/core");
    const client = await this.httpClient();
    const request = createRequest(text, variables);
    const definition = request.query.definitions.find((one) => one.kind === "OperationDefinition");
    const kind = definition?.operation === "mutation" ? "mutation" : "query";
    const operation = client.createRequestOperation(kind, request, { fetch: this.fetchWith(signal) });
    const { data, error } = await client.executeRequestOperation(operation);
    signal?.throwIfAborted();
    if (error?.networkError) throw error.networkError;
    throwFaults(error?.graphQLErrors ?? []);
    return data;
  }

  private async httpClient(): Promise<HttpClient> {
    const { Client: UrqlClient, fetchExchange } = await import("@urql/core");
    this.http ??= new UrqlClient({
      url: this.url,
      exchanges: [fetchExchange],
      requestPolicy: "network-only",
      preferGetMethod: false,
      fetchOptions: {
        headers: { accept: "application/graphql-response+json, application/json", ...this.authorization },
      },
    });
    return this.http;
  }

  /** `fetch` that ends with `signal`, and says what is wrong when no GraphQL server answers. */
  private fetchWith(signal: AbortSignal | undefined): typeof fetch {
    return async (input, init) => {
      const signals = [init?.signal, signal].filter((one) => one !== undefined && one !== null);
      let response: Response;
      let text: string;
      try {
        response = await fetch(input, { ...init, signal: AbortSignal.any(signals) });
        text = await response.text();
      } catch (error) {
        if (signal?.aborted) throw error;
        throw noServer(this.url);
      }
      const { status } = response;
      // Before urql reads it, whose message would not show what came.
      if (!isAnswer(text)) throw notGraphQL(this.url, status, text);
      return new Response(text, { status, headers: { "content-type": "application/json" } });
    };
  }

  /**
   * The events of a subscription until the server completes it or `signal` aborts. A lost connection is opened again
   * with the variables that `variables` answers then, so that a cursor continues where it was.
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
          throwFaults(event.errors ?? []);
          attempt = 0;
          yield event.data as R;
        }
        return;
      } catch (error) {
        if (signal?.aborted) return;
        if (error instanceof CommandFailure) throw error;
        if (Array.isArray(error)) throwFaults(error);
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

function isAnswer(text: string): boolean {
  try {
    const answer: unknown = JSON.parse(text);
    return answer !== null && typeof answer === "object" && ("data" in answer || "errors" in answer);
  } catch {
    return false;
  }
}

function throwFaults(faults: readonly GraphQLFault[]): void {
  if (faults.length === 0) return;
  const code = String(faults[0].extensions?.code ?? "GRAPHQL");
  if (code === "UNAUTHENTICATED") throw unauthenticated();
  throw new CommandFailure(code, faults.map(({ message }) => message).join("\n"));
}

const unauthenticated = (): CommandFailure =>
  new CommandFailure(
    "UNAUTHENTICATED",
    "The server wants a key, and this one was not taken: set MAILLARD_API_KEY. Administrators make keys with: npx " +
      "maillard key create",
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
