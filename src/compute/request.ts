/**
 * One call of `infer` while it waits: its items, the results that have come, and one promise for all of them. It
 * settles once; later results are ignored. Token ids are copied, so the caller may reuse its arrays.
 */
import { MaillardError } from "../errors.js";
import { tracerOf } from "../observe/spans.js";
import type { InferencePriority, InferenceRequest } from "./types.js";

export type ItemResult = Float32Array | MaillardError;

export interface QueuedItem {
  readonly request: PendingRequest;
  readonly index: number;
  readonly ids: Int32Array;
  readonly length: number;
  /** performance.now() at admission. */
  readonly since: number;
  /** How many processes ended under it. */
  crashes: number;
}

export class PendingRequest {
  readonly items: readonly QueuedItem[];
  readonly outcome: Promise<ItemResult[]>;
  /** Items not yet sent to a device, oldest first. Owned by the queue. */
  waiting: QueuedItem[];
  settled = false;
  readonly priority: InferencePriority;
  /** Where its spans belong, where traces are made. */
  readonly span = tracerOf()?.active();
  #results: ItemResult[];
  #left: number;
  #resolve!: (results: ItemResult[]) => void;
  #reject!: (error: MaillardError) => void;

  constructor(
    readonly source: Pick<InferenceRequest, "model" | "output" | "layer" | "tokenIds" | "priority">,
    /** true: the first failed item fails the request. */
    private readonly failFast: boolean,
    /** Called once, when the request settles. */
    private readonly onSettled: (request: PendingRequest) => void,
  ) {
    const since = performance.now();
    this.priority = source.priority ?? "INTERACTIVE";
    this.items = source.tokenIds.map((tokenIds, index) => {
      const ids = new Int32Array(tokenIds);
      return { request: this, index, ids, length: ids.length, since, crashes: 0 };
    });
    this.waiting = [...this.items];
    this.#results = new Array(this.items.length);
    this.#left = this.items.length;
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  settle(item: QueuedItem, result: ItemResult): void {
    if (this.settled) return;
    if (this.failFast && result instanceof MaillardError) {
      this.fail(withIndex(result, item.index));
      return;
    }
    this.#results[item.index] = result;
    if (--this.#left === 0) this.#end(() => this.#resolve(this.#results));
  }

  /** Ends the whole request. */
  fail(error: MaillardError): void {
    if (!this.settled) this.#end(() => this.#reject(error));
  }

  #end(answer: () => void): void {
    this.settled = true;
    this.onSettled(this);
    answer();
  }
}

const withIndex = (error: MaillardError, index: number): MaillardError =>
  new MaillardError(error.code, error.message, {
    param: error.param,
    details: { ...error.details, index },
    retryable: error.retryable,
  });

/** BAD_INPUT for values that are not token ids. */
export function checkTokens(request: InferenceRequest): InferenceRequest {
  const wrong = request.tokenIds.findIndex((ids) => !(ids instanceof Int32Array));
  if (wrong < 0) return request;
  throw new MaillardError("BAD_INPUT", `Token ids are an Int32Array per item; item ${wrong} is not.`, {
    param: "tokenIds",
    details: { index: wrong },
  });
}
