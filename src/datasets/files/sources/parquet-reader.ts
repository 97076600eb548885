/**
 * One process that reads a Parquet file, as its parent holds it. A question has one answer; the next may be asked while
 * the caller works. The limit of time is that of one answer, and counts from when the process may work. A process that
 * goes beyond a limit is killed.
 */
import { MaillardError } from "../../../errors.js";
import { type Ending, entryBeside, ForkedProcess } from "../../../process/forked-process.js";
import { MemoryWatch } from "../../../process/memory-watch.js";
import { Places } from "../../../process/places.js";
import { late, processEnded } from "../../../process/refusals.js";
import type { ImportLimits } from "../../limits.js";
import { FILE, type FromParquet, type ToParquet } from "./parquet-messages.js";

export interface ParquetSettings {
  /** Of the process, in MiB: its heap, and all that it holds in memory (Linux). */
  heapMegabytes: number;
  residentMegabytes: number;
  /** For one answer; a whole row group may have to be read for it. */
  timeoutMs: number;
}

const SETTINGS: ParquetSettings = { heapMegabytes: 2_048, residentMegabytes: 3_072, timeoutMs: 120_000 };
const ADVICE = "Write the file with smaller row groups, or as CSV.";

/** Processes that work at once; one whose rows are not taken yet does not work. */
const places = new Places(2);

export class ParquetReader {
  readonly #child: ForkedProcess<ToParquet, FromParquet>;
  readonly #memory: MemoryWatch;
  readonly #settings: ParquetSettings;

  constructor(
    private readonly path: string,
    settings: Partial<ParquetSettings> = {},
  ) {
    this.#settings = { ...SETTINGS, ...settings };
    const { heapMegabytes, residentMegabytes } = this.#settings;
    const entry = entryBeside(import.meta.url, "./parquet-process");
    this.#child = new ForkedProcess(entry, { title: "maillard parquet", heapMegabytes, output: "stderr" });
    this.#memory = new MemoryWatch(this.#child, residentMegabytes);
  }

  /** The names of the columns and the number of rows. Ask it first, once. */
  async open(limits: ImportLimits): Promise<{ names: string[]; rows: number }> {
    const answer = await this.#ask({ kind: "open", path: this.path, limits });
    if (answer.kind !== "opened") throw this.#ended("an answer of another kind");
    return answer;
  }

  /** The next rows; null: there are no more. */
  async next(): Promise<string[][] | null> {
    const answer = await this.#ask({ kind: "next" });
    return answer.kind === "rows" ? (JSON.parse(answer.cells) as string[][]) : null;
  }

  async close(): Promise<void> {
    this.#memory.stop();
    await this.#child.kill();
  }

  async #ask(question: ToParquet): Promise<FromParquet> {
    const leave = await places.take();
    let isLate = false;
    const limit = setTimeout(() => {
      isLate = true;
      void this.#child.kill();
    }, this.#settings.timeoutMs);
    try {
      const answer = new Promise<FromParquet>((resolve) => {
        this.#child.onMessage = resolve;
      });
      await this.#child.send(question);
      const reply = await Promise.race([answer, this.#child.ended]);
      if (!("kind" in reply)) throw this.#failure(reply, isLate);
      if (reply.kind === "failed") throw this.#named(reply.error);
      return reply;
    } finally {
      clearTimeout(limit);
      leave();
    }
  }

  #failure({ reason, output }: Ending, isLate: boolean): MaillardError {
    const { heapMegabytes, residentMegabytes, timeoutMs } = this.#settings;
    if (isLate) return late("Reading the Parquet file", timeoutMs, ADVICE);
    const memory = this.#memory.isExceeded ? residentMegabytes : OUT_OF_HEAP.test(output) ? heapMegabytes : null;
    if (memory === null) return this.#ended(reason);
    return new MaillardError(
      "FILE_TOO_LARGE",
      `${this.path} takes more than ${memory} MiB of memory to read: it is damaged, or its row groups are too large. ` +
        ADVICE,
      { param: "file", details: { maximum: memory * 2 ** 20 } },
    );
  }

  /** It would end in the same way again. */
  #ended(reason: string): MaillardError {
    const error = processEnded("The process that read the Parquet file", reason, ADVICE);
    return new MaillardError(error.code, error.message, { ...error, retryable: false });
  }

  #named({ message, ...fields }: ReturnType<MaillardError["toJSON"]>): MaillardError {
    return MaillardError.from({ ...fields, message: message.replaceAll(FILE, () => this.path) });
  }
}

/** What V8 prints as it ends the process. */
const OUT_OF_HEAP = /out of memory|invalid size error/i;
