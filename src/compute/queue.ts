/**
 * The bounded queue in front of the devices, and the rule by which batches are cut from it.
 *
 * Groups: items of one (model checksum, output, layer) can share a run. Groups take turns, so no model blocks another.
 * Inside a group requests take turns as well, so one molecule does not wait behind a dataset.
 * A batch: from a window of up to 256 items, sorted by length, the run of neighbours around the item whose turn it is,
 * with items x longest <= its budget (token-budget.ts). An item above the budget goes alone.
 * A request is admitted whole or not at all; only waiting items count. What a crash sends back was admitted before, so
 * it is always accepted.
 */
import { MaillardError } from "../errors.js";
import { overloaded } from "./refusals.js";
import type { PendingRequest, QueuedItem } from "./request.js";
import type { TokenBudgets } from "./token-budget.js";

const WINDOW = 256;

interface Group {
  requests: PendingRequest[];
  /** Batches to repeat as they are. */
  repeats: QueuedItem[][];
}

export class BatchQueue {
  /** Waiting items. */
  size = 0;
  /** Their tokens. */
  tokens = 0;
  /** In order of turn. */
  #groups = new Map<string, Group>();

  constructor(
    readonly limit: number,
    private readonly budgets: TokenBudgets,
    private readonly packer = pack,
  ) {}

  /** @param retryAfterMs for the refusal; the same for one item and for many. */
  admit(request: PendingRequest, retryAfterMs: number): void {
    const count = request.items.length;
    if (count > this.limit) {
      throw new MaillardError(
        "TOO_MANY_ITEMS",
        `One request carries at most ${this.limit} items; got ${count}. Split it.`,
        {
          param: "tokenIds",
          details: { limit: this.limit, count },
        },
      );
    }
    if (this.size + count > this.limit) {
      throw overloaded("items", this.limit, retryAfterMs);
    }
    this.#group(request).requests.push(request);
    this.#count(request.waiting, 1);
  }

  /** Puts a batch back, before everything else of its group: `together` as it was, otherwise each item alone. */
  repeat(items: QueuedItem[], together: boolean): void {
    if (items.length === 0) return;
    const batches = together ? [items] : items.map((item) => [item]);
    this.#group(items[0].request).repeats.push(...batches);
    this.#count(items, 1);
  }

  /** Takes out what a request still has here. */
  remove(request: PendingRequest): void {
    const key = keyOf(request);
    const group = this.#groups.get(key);
    if (!group) return;
    this.#count(request.waiting, -1);
    request.waiting = [];
    group.requests = group.requests.filter((other) => other !== request);
    for (const batch of group.repeats)
      this.#count(
        batch.filter((item) => item.request === request),
        -1,
      );
    group.repeats = group.repeats
      .map((batch) => batch.filter((item) => item.request !== request))
      .filter((batch) => batch.length > 0);
    if (isEmpty(group)) this.#groups.delete(key);
  }

  /**
   * The next batch for a device, or null when nothing waits. All its items share model, output and layer.
   * If cutting the batch throws, the requests of that group fail and the next group has its turn.
   */
  take(device = ""): QueuedItem[] | null {
    for (const [key, group] of this.#groups) {
      try {
        const batch = group.repeats.shift() ?? this.#cut(group, this.budgets.of(`${device} ${key}`));
        this.#count(batch, -1);
        this.#groups.delete(key);
        if (!isEmpty(group)) this.#groups.set(key, group);
        return batch;
      } catch (error) {
        for (const request of [...group.requests]) request.fail(MaillardError.from(error));
        this.#groups.delete(key);
      }
    }
    return null;
  }

  /** Every request that still has items here. */
  requests(): PendingRequest[] {
    const groups = [...this.#groups.values()];
    const repeated = groups.flatMap((group) => group.repeats.flat().map((item) => item.request));
    return [...new Set([...groups.flatMap((group) => group.requests), ...repeated])];
  }

  #cut(group: Group, budget: number): QueuedItem[] {
    const [first] = group.requests;
    const batch = this.packer(windowOf(group.requests), first.waiting[0], budget);
    const taken = new Set(batch);
    for (const request of new Set(batch.map((item) => item.request))) {
      request.waiting = request.waiting.filter((item) => !taken.has(item));
    }
    // The one whose turn it was goes to the end.
    group.requests = [...group.requests.slice(1), first].filter((request) => request.waiting.length > 0);
    return batch;
  }

  #group(request: PendingRequest): Group {
    const key = keyOf(request);
    const group = this.#groups.get(key) ?? { requests: [], repeats: [] };
    this.#groups.set(key, group);
    return group;
  }

  #count(items: readonly QueuedItem[], sign: 1 | -1): void {
    this.size += sign * items.length;
    for (const item of items) this.tokens += sign * item.length;
  }
}

/** One item of each request in turn, until the window is full. */
function windowOf(requests: PendingRequest[]): QueuedItem[] {
  const window: QueuedItem[] = [];
  for (let round = 0; window.length < WINDOW; round++) {
    const before = window.length;
    for (const { waiting } of requests) {
      if (round < waiting.length && window.length < WINDOW) window.push(waiting[round]);
    }
    if (window.length === before) break;
  }
  return window;
}

/** Grows from `anchor` to whichever neighbour in length is nearer, while the padded batch stays within the budget. */
export function pack(window: QueuedItem[], anchor: QueuedItem, tokenBudget: number): QueuedItem[] {
  const sorted = window.toSorted((a, b) => a.length - b.length);
  let from = sorted.indexOf(anchor);
  let to = from + 1;
  const fits = (low: number, high: number) =>
    low >= 0 && high <= sorted.length && (high - low) * sorted[high - 1].length <= tokenBudget;
  for (;;) {
    const shorter = fits(from - 1, to) ? anchor.length - sorted[from - 1].length : Number.POSITIVE_INFINITY;
    const longer = fits(from, to + 1) ? sorted[to].length - anchor.length : Number.POSITIVE_INFINITY;
    if (shorter === Number.POSITIVE_INFINITY && longer === Number.POSITIVE_INFINITY) return sorted.slice(from, to);
    if (longer <= shorter) to++;
    else from--;
  }
}

const isEmpty = (group: Group): boolean => group.requests.length === 0 && group.repeats.length === 0;

export const keyOf = ({ source }: PendingRequest): string =>
  `${source.output} ${source.layer ?? null} ${source.model.checksum}`;
