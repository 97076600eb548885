/** The client: operations of any document, and the usual ones by name. */
import type { DocumentTypeDecoration } from "@graphql-typed-document-node/core";
import { EMBED, FINETUNE, PREDICT } from "./documents.js";
import type {
  ClientEmbedQuery,
  ClientPredictQuery,
  ClientPredictQueryVariables,
  Pooling,
  StartFinetuneInput,
} from "./generated/graphql.js";
import { Retries, type RetryOptions } from "./retry.js";
import { RunHandle } from "./run.js";
import { request, stream, type TransportOptions } from "./transport.js";

/** A document with the types of its data and variables, as graphql-codegen makes it; or any text. */
export type Document<Data, Variables> = (DocumentTypeDecoration<Data, Variables> & { toString(): string }) | string;

type Variables = Record<string, unknown>;

export interface ClientOptions {
  /** Address of the server. Default http://127.0.0.1:4000. */
  url?: string;
  /** Key of the API, or a function that is asked before each request. Default: none. */
  apiKey?: string | (() => string | null | undefined | Promise<string | null | undefined>);
  /** How retryable failures are tried again. */
  retry?: RetryOptions;
  /** How subscriptions are sent: "sse" (default), over HTTP, or "websocket". */
  subscriptions?: "sse" | "websocket";
  /** Default: that of the platform. */
  fetch?: typeof fetch;
  /** Class of WebSockets, for Node below 22. Default: that of the platform. */
  webSocketImpl?: unknown;
}

export interface CallOptions {
  signal?: AbortSignal;
}

export interface PredictOptions extends CallOptions {
  /** One, or any number: 256 are sent at once. */
  smiles: string | readonly string[];
  /** Name of a model with a head. */
  model: string;
  /** Most classes or labels in `labels`. Default: those of the server. */
  topK?: number;
  /** Ways of writing each molecule that are averaged. Default 1. */
  averageOver?: number;
}

export interface EmbedOptions extends CallOptions {
  smiles: string | readonly string[];
  model: string;
  /** Default CLS. */
  pooling?: Pooling;
  /** Hidden layer. Default: the last. */
  layer?: number;
}

/** Told apart by `__typename`. */
export type PredictResult = ClientPredictQuery["predict"][number];
export type EmbedResult = ClientEmbedQuery["embed"][number];
/** Fields with a default may be left out. */
export type FinetuneInput = StartFinetuneInput;

/** SMILES of one request. */
const AT_ONCE = 256;

const MAY_HAVE_HAPPENED: ReadonlySet<unknown> = new Set(["UNREACHABLE", "SHUTTING_DOWN"]);

export class MaillardClient {
  readonly url: string;
  readonly #options: TransportOptions;
  readonly #retry: RetryOptions | undefined;

  constructor(options: ClientOptions = {}) {
    const { url = "http://127.0.0.1:4000", apiKey, subscriptions = "sse", webSocketImpl } = options;
    const address = new URL(url);
    if (address.pathname === "/") address.pathname = "/graphql";
    this.url = address.href;
    this.#retry = options.retry;
    this.#options = {
      url: this.url,
      apiKey: typeof apiKey === "function" ? apiKey : () => apiKey,
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      subscriptions,
      webSocketImpl,
    };
  }

  /**
   * The data of a query or mutation. A failure that is retryable is tried again; a mutation whose connection broke, or
   * whose server shut down under it, is not, unless it has an idempotency key: it may have happened.
   */
  async query<Data, V extends Variables>(
    document: Document<Data, V>,
    variables: V,
    { signal }: CallOptions = {},
  ): Promise<Data> {
    const operation = { query: document.toString(), variables };
    const isRepeatable = !/^\s*mutation\b/m.test(operation.query) || "idempotencyKey" in Object(variables.input);
    const retries = new Retries(this.#retry);
    for (;;) {
      try {
        return (await request(this.#options, operation, signal)) as Data;
      } catch (error) {
        if (!isRepeatable && MAY_HAVE_HAPPENED.has((error as { code?: unknown }).code)) throw error;
        await retries.wait(error, signal);
      }
    }
  }

  /**
   * The data of each event of a subscription. A broken connection is made again, with what `variables` answers then:
   * give a function to continue at a cursor.
   */
  async *subscribe<Data, V extends Variables>(
    document: Document<Data, V>,
    variables: V | (() => V),
    { signal }: CallOptions = {},
  ): AsyncGenerator<Data, void> {
    const retries = new Retries(this.#retry);
    for (;;) {
      const given = typeof variables === "function" ? variables() : variables;
      try {
        for await (const data of stream(this.#options, { query: document.toString(), variables: given }, signal)) {
          retries.reset();
          yield data as Data;
        }
        return;
      } catch (error) {
        await retries.wait(error, signal);
      }
    }
  }

  /** A prediction, or why there is none, for each SMILES, in their order. */
  async predict({ smiles, model, topK, averageOver = 1, signal }: PredictOptions): Promise<PredictResult[]> {
    return inParts(smiles, async (part) => {
      const variables: ClientPredictQueryVariables = { smiles: part, model, topK: topK ?? null, averageOver };
      return (await this.query(PREDICT, variables, { signal })).predict;
    });
  }

  /** A vector, or why there is none, for each SMILES, in their order. */
  async embed({ smiles, model, pooling = "CLS", layer, signal }: EmbedOptions): Promise<EmbedResult[]> {
    return inParts(
      smiles,
      async (part) =>
        (await this.query(EMBED, { smiles: part, model, pooling, layer: layer ?? null }, { signal })).embed,
    );
  }

  /** Starts a finetune. It has an idempotency key, so that it is started once, however often it is tried. */
  async finetune(input: FinetuneInput, options: CallOptions = {}): Promise<RunHandle> {
    const idempotencyKey = input.idempotencyKey ?? crypto.randomUUID();
    const { startFinetune } = await this.query(FINETUNE, { input: { ...input, idempotencyKey } }, options);
    return new RunHandle(this, startFinetune.run.id);
  }

  /** A run that exists, by its global id. */
  run(id: string): RunHandle {
    return new RunHandle(this, id);
  }
}

async function inParts<T>(smiles: string | readonly string[], ask: (part: string[]) => Promise<T[]>): Promise<T[]> {
  const all = typeof smiles === "string" ? [smiles] : smiles;
  const answers: T[] = [];
  for (let from = 0; from === 0 || from < all.length; from += AT_ONCE)
    answers.push(...(await ask(all.slice(from, from + AT_ONCE))));
  return answers;
}
