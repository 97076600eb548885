/**
 * What a run writes in the order of a sequence that counts from 1 without gaps, shared by all who read it live. One
 * statement for each news, whatever the number of readers: it says where the sequence stands, whether the run has
 * ended, and brings the new rows. Readers pull: each has a cursor and no buffer, so a slow one needs no memory and
 * misses nothing.
 *
 *   notification -> version + 1 -> (a reader asks) state and new rows are read once -> all readers are served
 *
 * No row is missed or told twice: a reader notes the version before it reads, and the end of a run is read in the same
 * statement as its last rows. A sequence that has begun anew is told from its first row.
 */
import { LRUCache } from "lru-cache";
import { noRun } from "../../store/find.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import { isFinal, type RunStatus } from "../queue/states.js";
import type { News } from "./news.js";

/** Rows of one page: sequences page * PAGE + 1 to (page + 1) * PAGE. A statement reads at most so many. */
const PAGE = 2_000;
/** Pages in memory, the most recently used: late readers of a run of 20,000 rows need no database. */
const PAGES_KEPT = 10;

export interface Reading<T> {
  /** Whether nothing comes after `last`. */
  ended: boolean;
  /** Number of the last row that is written. */
  last: number;
  /** Of which beginning the rows count from 1; null: not begun, or it has only one. */
  began: number | null;
  rows: T[];
}

/** Columns of the run beside those of each of its rows; without rows they stand alone, and `sequence` is null. */
export interface Standing {
  status: RunStatus;
  last: number;
  /** A retry anew takes the time of the first start away, and with it all metrics. */
  began: Date | null;
}

export function readingOf<T extends { sequence: number | null }>(rows: (Standing & T)[]): Reading<T> | null {
  if (rows.length === 0) return null;
  const [{ status, last, began, sequence }] = rows;
  return { ended: isFinal(status), last, began: began?.getTime() ?? null, rows: sequence === null ? [] : rows };
}

/** One statement: up to `most` rows after `after` in order, and what holds at the same time. null: there is no run. */
export type ReadSequence<T> = (after: number, most: number) => Promise<Reading<T> | null>;

type State = Omit<Reading<unknown>, "rows">;

export class Sequence<T extends { sequence: number }> {
  readonly #news: News;
  readonly #read: ReadSequence<T>;
  /** Version that `#state` was read at; -1: never. */
  #version = -1;
  #state: State = { ended: false, last: 0, began: null };
  /** How often it has begun anew. */
  #beginnings = 0;
  #reading: Promise<void> | null = null;
  readonly #pages = new LRUCache<number, T[]>({ max: PAGES_KEPT });
  /** What was handed out last: readers at the same place share one list. */
  #handed: { after: number; to: number; rows: readonly T[] } | null = null;

  constructor(news: News, read: ReadSequence<T>) {
    this.#news = news;
    this.#read = read;
  }

  /** All rows after the cursor, then live, then the end of the run: lists of 1 to `most` rows. */
  async *lists(after: number, most: number, signal: AbortSignal): AsyncGenerator<readonly T[]> {
    const over = (): boolean => signal.aborted || this.#news.closed;
    let beginnings: number | null = null;
    for (let cursor = after; !over(); ) {
      const { version } = this.#news;
      const { last, ended } = await this.#stateAt(version, cursor);
      if (beginnings !== null && beginnings < this.#beginnings) cursor = 0;
      beginnings = this.#beginnings;
      while (cursor < last && !over()) {
        const rows = await this.#rowsAfter(cursor, last, most);
        if (rows.length === 0 || over()) break; // the run was deleted meanwhile
        cursor = rows[rows.length - 1].sequence;
        yield rows;
      }
      if (ended) return;
      await this.#news.after(version, signal);
    }
  }

  /** At this version or later. The first reader's cursor says which rows are read with it; later ones go on. */
  async #stateAt(version: number, cursor: number): Promise<State> {
    while (this.#version < version) {
      await this.#once(async () => {
        if (this.#version >= version) return;
        const current = this.#news.version;
        const known = this.#version < 0 ? pageStart(cursor) : this.#state.last;
        const reading = await this.#read(known, PAGE);
        if (!reading) throw noRun("runId");
        this.#take(reading);
        this.#version = current;
      });
    }
    return this.#state;
  }

  /** Some rows after the cursor, at least one, up to a page's end; `known` of them exist. */
  async #rowsAfter(cursor: number, known: number, most: number): Promise<readonly T[]> {
    const start = pageStart(cursor);
    const wanted = Math.min(known, start + PAGE) - start;
    for (let reads = 0; ; ) {
      const page = this.#pages.get(start);
      if (page && (page.length >= wanted || reads > 0)) return this.#hand(page, cursor, start, most);
      await this.#once(async () => {
        reads++;
        const have = this.#pages.get(start)?.length ?? 0;
        if (have >= wanted) return;
        const reading = await this.#read(start + have, PAGE - have);
        if (reading) this.#take(reading);
        if (!this.#pages.has(start)) this.#pages.set(start, []);
      });
    }
  }

  #hand(page: readonly T[], cursor: number, start: number, most: number): readonly T[] {
    const to = Math.min(page.length, cursor - start + most);
    const handed = this.#handed;
    if (handed?.after === cursor && handed.to === start + to) return handed.rows;
    const rows = page.slice(cursor - start, to);
    this.#handed = { after: cursor, to: start + to, rows };
    return rows;
  }

  /** Keeps rows that follow what their page has; others are read again when they are wanted. */
  #take({ rows, ...state }: Reading<T>): void {
    if (this.#state.began !== null && state.began !== this.#state.began) {
      this.#pages.clear();
      this.#handed = null;
      this.#beginnings++;
    }
    this.#state = state;
    for (const row of rows) {
      const start = pageStart(row.sequence - 1);
      const page = this.#pages.get(start) ?? [];
      if (start + page.length !== row.sequence - 1) continue;
      page.push(row);
      if (page.length === 1) this.#pages.set(start, page);
    }
  }

  /** One statement at a time. A caller that comes during one waits for it and then checks again. */
  async #once(read: () => Promise<void>): Promise<void> {
    if (this.#reading) {
      // Its error goes to the caller that started it.
      await this.#reading.catch(() => undefined);
      return;
    }
    const reading = whenDatabaseIsBack(read).finally(() => {
      this.#reading = null;
    });
    this.#reading = reading;
    await reading;
  }
}

const pageStart = (after: number): number => Math.floor(after / PAGE) * PAGE;

/** The rows of the lists one by one, without a turn of a generator for each. */
export function oneByOne<T>(lists: AsyncGenerator<readonly T[]>): AsyncIterableIterator<T> {
  let rows: readonly T[] = [];
  let next = 0;
  const iterator: AsyncIterableIterator<T> = {
    next: async () => {
      if (next === rows.length) {
        const { value, done } = await lists.next();
        if (done) return { value: undefined, done };
        [rows, next] = [value, 0];
      }
      return { value: rows[next++], done: false };
    },
    return: async () => {
      await lists.return(undefined);
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
