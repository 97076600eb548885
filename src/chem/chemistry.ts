/**
 * The client of the RDKit processes. Promises:
 *  - answers come in the order of the questions, and one bad, slow or crashing SMILES does not affect the others: the
 *    process is killed and started again, that SMILES is answered with an error, the others are asked again;
 *  - calls take turns in chunks of 16, so that a prediction does not wait for an import to end;
 *  - past `maxQueue` waiting calls it refuses with OVERLOADED and `retryAfterMs`;
 *  - a second process is started only for long queues and ends after a minute without work.
 *
 * Measured with one process on 2 cores AMD EPYC that were busy with other work too (load 3), 2026-11-24: 16,556 natural
 * products and drugs in 21 to 25 s (675 to 795 a second), one molecule 0.6 ms both ways (99 %: 0.9 ms), 260 drawings a
 * second, start 0.3 s, 39 MB (PSS) when idle and 147 MB after two such imports.
 */
import { availableParallelism } from "node:os";
import { MaillardError } from "../errors.js";
import { MAX_ATOMS, MAX_LENGTH, refusal } from "./check.js";
import type { Answer, Question } from "./process/messages.js";
import { type Ending, type Job, Worker } from "./process/worker.js";
import { RdkitSearch } from "./search.js";
import type { Chemistry, MoleculeError, MoleculeResult, PropertiesResult } from "./types.js";

export interface ChemistryOptions {
  /** RDKit processes at most. Default: 2, or 1 on a single core. Each takes 40 MB, up to 150 MB after large imports. */
  processes?: number;
  /** Time for one SMILES, milliseconds. Default 10,000. */
  timeoutMs?: number;
  /** Characters of one SMILES. Default 1,000. */
  maxLength?: number;
  /** Atoms of one SMILES other than hydrogen. Default 300; chains of 700 hang RDKit, of 1,000 crash it. */
  maxAtoms?: number;
  /** Calls that may wait at one time. Default 1,000. */
  maxQueue?: number;
}

const CHUNK = 16;
/** Ways of writing one molecule in one question: about 50 ms. */
const MAX_FORMS = 64;
/** With more waiting questions than this, another process is started. */
const LONG_QUEUE = 256;
const IDLE_END_MS = 60_000;
const MAX_FAILED_STARTS = 3;
/** A SMILES that RDKit wrote may be longer than the given one by this factor. */
const WRITTEN_LENGTH = 4;
/** Measured; only for `retryAfterMs`. */
const MILLISECONDS_PER_QUESTION = 1.5;

interface Call {
  waiting: Job[];
  fail(error: MaillardError): void;
}

/** Resolves when the first process is ready. */
export async function startChemistry(options: ChemistryOptions = {}): Promise<Chemistry> {
  const client = new ChemistryClient(options);
  await client.start();
  return client;
}

export class ChemistryClient implements Chemistry {
  readonly search = new RdkitSearch(
    async (questions, signal) => this.#ask(questions, signal),
    (smiles, signal) => this.#each("search-fingerprints", smiles, signal),
  );
  #processes: number;
  #timeoutMs: number;
  #maxLength: number;
  #maxAtoms: number;
  #maxQueue: number;
  #workers: Worker[] = [];
  #calls: Call[] = [];
  #failedStarts = 0;
  #closed = false;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(options: ChemistryOptions) {
    this.#processes = options.processes ?? Math.min(2, availableParallelism());
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#maxLength = options.maxLength ?? MAX_LENGTH;
    this.#maxAtoms = options.maxAtoms ?? MAX_ATOMS;
    this.#maxQueue = options.maxQueue ?? 1000;
  }

  async start(): Promise<void> {
    await this.#addWorker().ready;
  }

  /** Process ids, for tests and for measuring memory. */
  get pids(): number[] {
    return this.#workers.flatMap((worker) => worker.pid ?? []);
  }

  parse(smiles: readonly string[], signal?: AbortSignal): Promise<MoleculeResult[]> {
    return this.#each("parse", smiles, signal) as Promise<MoleculeResult[]>;
  }

  properties(smiles: readonly string[], signal?: AbortSignal): Promise<PropertiesResult[]> {
    return this.#each("properties", smiles, signal) as Promise<PropertiesResult[]>;
  }

  /**
   * Asks the same about each SMILES; what is refused is not asked. Fingerprints are asked of texts that RDKit wrote
   * itself. These may be longer than what a user gave; their atoms were counted when the user gave them.
   */
  async #each(
    kind: "parse" | "properties" | "fingerprint" | "search-fingerprints",
    smiles: readonly string[],
    signal?: AbortSignal,
  ): Promise<Answer[]> {
    const results: Answer[] = new Array(smiles.length);
    const jobs: { index: number; question: Question }[] = [];
    const given = kind === "parse" || kind === "properties";
    const maxLength = given ? this.#maxLength : WRITTEN_LENGTH * this.#maxLength;
    for (const [index, input] of smiles.entries()) {
      const error = refusal(input, maxLength, this.#maxAtoms);
      if (error) results[index] = { ok: false, error };
      else jobs.push({ index, question: { kind, smiles: input } });
    }
    const answers = await this.#ask(
      jobs.map((job) => job.question),
      signal,
    );
    for (const [place, { index }] of jobs.entries()) results[index] = this.#readable(answers[place]);
    return results;
  }

  /** The canonical form may be longer than the given one. It has to be accepted as well: it is what clients send. */
  #readable(answer: Answer): Answer {
    if (!answer.ok || !("molecule" in answer)) return answer;
    const { input, smiles } = answer.molecule;
    const refused = refusal(smiles, this.#maxLength, this.#maxAtoms);
    if (!refused) return answer;
    return { ok: false, error: { ...refused, input, message: `of its canonical form: ${refused.message}` } };
  }

  async randomForms(
    smiles: readonly string[],
    { seed, count }: { seed: number; count: number },
    signal?: AbortSignal,
  ): Promise<string[][]> {
    if (!Number.isInteger(count) || count < 1 || count > MAX_FORMS) {
      throw new MaillardError("INVALID_CONFIG", `count must be a whole number from 1 to ${MAX_FORMS}, got ${count}`, {
        param: "count",
      });
    }
    const answers = await this.#ask(
      smiles.map((text) => ({ kind: "forms", smiles: text, seed, count })),
      signal,
    );
    return answers.map((answer, index) =>
      answer.ok ? (answer as { forms: string[] }).forms : new Array<string>(count).fill(smiles[index]),
    );
  }

  async fingerprints(smiles: readonly string[], signal?: AbortSignal): Promise<(Uint8Array | null)[]> {
    const answers = await this.#each("fingerprint", smiles, signal);
    return answers.map((answer) => (answer.ok && "bits" in answer ? answer.bits : null));
  }

  async draw(smiles: string, { width, height }: { width: number; height: number }): Promise<string> {
    for (const [param, value] of Object.entries({ width, height })) {
      if (Number.isInteger(value) && value >= 20 && value <= 4000) continue;
      throw new MaillardError("BAD_INPUT", `${param} must be a whole number of pixels from 20 to 4000, got ${value}`, {
        param,
      });
    }
    const refused = refusal(smiles, this.#maxLength, this.#maxAtoms);
    if (refused) throw asError(refused);
    const [answer] = await this.#ask([{ kind: "draw", smiles, width, height }]);
    if (!answer.ok) throw asError(answer.error);
    return (answer as { svg: string }).svg;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idleTimer);
    this.#failAll(new MaillardError("CANCELLED", "the chemistry process was closed"));
    const ends = this.#workers.map(
      (worker) =>
        new Promise<void>((resolve) => {
          worker.onEnd = () => resolve();
        }),
    );
    for (const worker of this.#workers) worker.kill();
    await Promise.all(ends);
    this.#workers = [];
  }

  #ask(questions: Question[], signal?: AbortSignal): Promise<Answer[]> {
    if (this.#closed) throw new MaillardError("CANCELLED", "the chemistry process was closed");
    if (signal?.aborted) throw new MaillardError("CANCELLED", "the request was cancelled before its SMILES were read");
    if (questions.length === 0) return Promise.resolve([]);
    if (this.#calls.length >= this.#maxQueue) throw this.#overloaded();
    return new Promise((resolve, reject) => {
      const answers: Answer[] = new Array(questions.length);
      let missing = questions.length;
      const done = () => {
        signal?.removeEventListener("abort", abort);
        const place = this.#calls.indexOf(call);
        if (place >= 0) this.#calls.splice(place, 1);
      };
      const call: Call = {
        waiting: questions.map((question, index) => ({
          question,
          deaths: 0,
          requeue: (jobs) => call.waiting.unshift(...jobs),
          settle: (answer) => {
            answers[index] = answer;
            missing -= 1;
            if (missing > 0) return;
            done();
            resolve(answers);
          },
        })),
        fail: (error) => {
          done();
          reject(error);
        },
      };
      const abort = () =>
        call.fail(new MaillardError("CANCELLED", "the request was cancelled while its SMILES were read"));
      signal?.addEventListener("abort", abort, { once: true });
      this.#calls.push(call);
      this.#pump();
    });
  }

  /** Gives every idle process a chunk of the call whose turn it is. */
  #pump(): void {
    if (this.#closed) return;
    for (const worker of this.#workers) {
      if (!worker.idle) continue;
      const call = this.#calls.find((candidate) => candidate.waiting.length > 0);
      if (!call) break;
      this.#calls.splice(this.#calls.indexOf(call), 1);
      this.#calls.push(call);
      worker.work(call.waiting.splice(0, CHUNK));
    }
    const waiting = this.#calls.reduce((sum, call) => sum + call.waiting.length, 0);
    const wanted = waiting > LONG_QUEUE ? this.#processes : Math.min(waiting, 1);
    if (this.#workers.length < wanted) this.#addWorker();
    clearTimeout(this.#idleTimer);
    if (this.#workers.length > 1) this.#idleTimer = setTimeout(() => this.#shrink(), IDLE_END_MS).unref();
  }

  #addWorker(): Worker {
    const worker = new Worker(this.#timeoutMs);
    worker.onIdle = () => {
      this.#failedStarts = 0;
      this.#pump();
    };
    worker.onEnd = (ending) => this.#ended(worker, ending);
    this.#workers.push(worker);
    return worker;
  }

  #ended(worker: Worker, { open, late, reason, started }: Ending): void {
    this.#workers.splice(this.#workers.indexOf(worker), 1);
    const [suspect, ...rest] = open;
    if (suspect) {
      suspect.deaths += 1;
      const input = suspect.question.smiles;
      const fail = (code: MoleculeError["code"], message: string) =>
        suspect.settle({ ok: false, error: { input, code, message } });
      if (late) {
        fail("TIMEOUT", `RDKit did not finish within ${this.#timeoutMs} ms: give a smaller molecule`);
      } else if (suspect.deaths > 1) {
        fail("INVALID_SMILES", `RDKit crashed on it twice (${reason}): give another molecule`);
      } else rest.unshift(suspect);
      if (rest.length > 0) rest[0].requeue(rest);
    }
    if (!started) this.#failedStarts += 1;
    if (this.#failedStarts >= MAX_FAILED_STARTS) {
      this.#failedStarts = 0;
      this.#failAll(
        new MaillardError("COMPUTE_CRASHED", `the RDKit process does not start (${reason}): see the log`, {
          retryable: true,
        }),
      );
    }
    this.#pump();
  }

  #shrink(): void {
    for (const worker of this.#workers.slice(1)) if (worker.idle) worker.kill();
  }

  #failAll(error: MaillardError): void {
    for (const call of [...this.#calls]) call.fail(error);
  }

  #overloaded(): MaillardError {
    const waiting = this.#calls.reduce((sum, call) => sum + call.waiting.length, 0);
    const retryAfterMs = Math.ceil((waiting * MILLISECONDS_PER_QUESTION) / this.#processes);
    return new MaillardError(
      "OVERLOADED",
      `${this.#calls.length} calls already wait for RDKit: try again in ${retryAfterMs} ms`,
      {
        retryable: true,
        details: { retryAfterMs, maxQueue: this.#maxQueue },
      },
    );
  }
}

const asError = ({ code, message }: MoleculeError) => new MaillardError(code, message, { param: "smiles" });
