/**
 * One device: the process that computes on it, and that process's whole life.
 *
 *   STARTING ── ready ──> READY ── the process ends ──> RESTARTING ── ready ──> READY
 *      └─ the provider does not work ─> UNAVAILABLE          └─ 5 starts failed ─> UNAVAILABLE, tried again every 30 s
 *
 * One piece of work at a time, and the next one waits in the process when the first is nearly done: so the process does
 * not stand still while an answer and a question travel. Work that its process does not survive, or that outlasts its
 * time limit (the process is killed), rejects with ProcessEnded; so does what waited behind it, which is not its cause.
 * A restart waits `backOffMs`, doubling to 5 s until a piece of work succeeds.
 * Sessions leak a little memory when released, so after `recycleAfter` model loads a fresh process is started beside
 * the old one. The old one works until the fresh one is ready, so no request is dropped.
 */
import { MaillardError } from "../errors.js";
import { withoutPaths } from "../process/error-json.js";
import { ForkedProcess } from "../process/forked-process.js";
import type { DeviceName } from "./devices.js";
import { type FromInference, type ToInference, type Vitals } from "./messages.js";
import type { DeviceStatus } from "./types.js";
import { ProcessEnded, type Worked, WorkLine, type WorkTimes } from "./work-line.js";

type InferenceProcess = ForkedProcess<ToInference, FromInference>;

const LONGEST_BACK_OFF_MS = 5000;
const FAILED_STARTS = 5;
const UNAVAILABLE_RETRY_MS = 30_000;

export interface DeviceSettings {
  entry: URL;
  threads: number;
  maxModels: number;
  recycleAfter: number;
  startTimeoutMs: number;
  backOffMs: number;
  cacheFolder: string | null;
  /** Something changed for the pool: READY again, no longer available, or room for the next piece of work. */
  onChange(): void;
  /** Receives what an ended process had printed, for the operator's log. */
  onOutput(device: string, output: string): void;
}

export class Device {
  state: DeviceStatus["state"] = "STARTING";
  reason: string | null = null;
  vitals: Vitals = { modelLoads: 0, models: [], residentBytes: 0 };
  crashes = 0;
  recycled = 0;
  #process: InferenceProcess | null = null;
  #fresh: InferenceProcess | "starting" | null = null;
  #alive = new Set<InferenceProcess>();
  readonly #line = new WorkLine({
    onLate: ({ timeoutMs }) => {
      this.reason = `no answer within ${timeoutMs} ms`;
      void this.#process?.kill();
    },
    onRoom: () => this.settings.onChange(),
  });
  #nextId = 1;
  #failuresInRow = 0;
  #failedStarts = 0;
  #restart: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(
    readonly name: DeviceName,
    private readonly settings: DeviceSettings,
  ) {}

  get idle(): boolean {
    return this.state === "READY" && this.#line.isEmpty;
  }

  /** Whether a piece of work may be sent: it is idle, or nearly. */
  get hasRoom(): boolean {
    // A fresh process takes over as soon as this one has nothing more to do.
    return this.idle || (this.state === "READY" && this.#line.hasRoom && !(this.#fresh instanceof ForkedProcess));
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  status(): DeviceStatus {
    const { id, provider, choice } = this.name;
    return { id, provider, state: this.state, reason: this.reason, ...(choice !== undefined && { choice }) };
  }

  /** The first start. Never rejects: the outcome is in `state` and `reason`. */
  async start(): Promise<void> {
    try {
      this.#install(await this.#launch());
    } catch (error) {
      this.state = "UNAVAILABLE";
      this.reason = (error as Error).message;
    }
  }

  /** Sends the messages one after the other and waits for the answer to the piece of work they carry. */
  execute(messages: (id: number) => Iterable<ToInference>, times: WorkTimes): Promise<Worked> {
    const process = this.#process;
    if (!process || !this.hasRoom) return Promise.reject(new ProcessEnded("not ready", true));
    const id = this.#nextId++;
    const iterable = messages(id);
    const answer = this.#line.add(id, times);
    this.#sendAll(process, iterable).catch((error: unknown) => this.#line.take(id)?.reject(MaillardError.from(error)));
    return answer;
  }

  /** Waits up to graceMs for the work that runs, then ends every process. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    if (this.#restart) clearTimeout(this.#restart);
    let limit: NodeJS.Timeout | undefined;
    if (!this.#line.isEmpty)
      await Promise.race([this.#line.ended, new Promise((resolve) => (limit = setTimeout(resolve, graceMs)))]);
    clearTimeout(limit);
    await Promise.all([...this.#alive].map((process) => process.kill()));
    this.state = "UNAVAILABLE";
    this.reason = "closed";
  }

  async #sendAll(process: InferenceProcess, messages: Iterable<ToInference>): Promise<void> {
    for (const message of messages) await process.send(message);
  }

  /** A process that said "ready", or a rejection with the reason. */
  async #launch(): Promise<InferenceProcess> {
    const { entry, threads, maxModels, cacheFolder, startTimeoutMs } = this.settings;
    const { provider, deviceId } = this.name;
    const process: InferenceProcess = new ForkedProcess(entry, { title: "maillard compute" });
    this.#alive.add(process);
    void process.ended.then(({ output }) => {
      this.#alive.delete(process);
      if (output && !this.#closed) this.settings.onOutput(this.name.id, output);
    });
    let limit: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        limit = setTimeout(
          () => reject(new Error(`no answer within ${startTimeoutMs} ms of its start`)),
          startTimeoutMs,
        );
        process.onMessage = (message) => {
          if (message.kind === "ready") resolve();
          else if (message.kind === "unavailable") reject(new Error(message.reason));
        };
        void process.ended.then(({ reason, output }) => {
          reject(new Error(`its process ended at the start with ${reason}${complaint(output)}`));
        });
        void process.send({ kind: "start", provider, deviceId, threads, maxModels, cacheFolder });
      });
      return process;
    } catch (error) {
      await process.kill();
      throw error;
    } finally {
      clearTimeout(limit);
    }
  }

  #install(process: InferenceProcess): void {
    if (this.#closed) return void process.kill();
    this.#process = process;
    this.#failedStarts = 0;
    this.vitals = { modelLoads: 0, models: [], residentBytes: 0 };
    process.onMessage = (message) => this.#receive(message);
    void process.ended.then(({ reason }) => this.#ended(process, reason));
    this.state = "READY";
    this.reason = null;
    this.settings.onChange();
  }

  #receive(message: FromInference): void {
    const work = this.#line.first;
    if (!work || !("id" in message) || message.id !== work.id) return;
    if (message.kind === "loading") {
      work.loading = true;
      return;
    }
    if (message.kind === "loaded") {
      work.loading = false;
      work.loadMs = message.loadMs;
      return;
    }
    this.vitals = message.vitals;
    this.#failuresInRow = 0;
    this.#line.take(work.id);
    if (message.kind === "failed") work.reject(MaillardError.from(message.error));
    else work.resolve({ ...message, loadMs: work.loadMs, begunAt: work.begunAt });
    this.#recycle();
  }

  #ended(process: InferenceProcess, reason: string): void {
    if (process !== this.#process) return;
    this.#process = null;
    this.crashes++;
    this.state = "RESTARTING";
    this.reason = this.reason ?? `its process ended with ${reason}`;
    const ended = this.reason;
    const fresh = this.#fresh;
    if (fresh instanceof ForkedProcess) {
      this.#fresh = null;
      this.#install(fresh);
    } else if (!this.#closed) this.#scheduleRestart(this.#failuresInRow++);
    this.#line.rejectAll(ended);
  }

  #scheduleRestart(failures: number): void {
    const delay = Math.min(this.settings.backOffMs * 2 ** failures, LONGEST_BACK_OFF_MS);
    const wait = this.state === "UNAVAILABLE" ? UNAVAILABLE_RETRY_MS : delay;
    this.#restart = setTimeout(() => void this.#tryAgain(), wait);
  }

  async #tryAgain(): Promise<void> {
    try {
      this.#install(await this.#launch());
    } catch (error) {
      if (this.#closed) return;
      this.reason = (error as Error).message;
      this.#failedStarts++;
      if (this.#failedStarts >= FAILED_STARTS) this.state = "UNAVAILABLE";
      this.#scheduleRestart(this.#failedStarts);
      this.settings.onChange();
    }
  }

  /** Called after each piece of work; the process is replaced when none waits in it. */
  #recycle(): void {
    if (this.#closed) return;
    if (this.#fresh instanceof ForkedProcess) {
      if (!this.#line.isEmpty) return;
      const [old, fresh] = [this.#process, this.#fresh];
      this.#fresh = null;
      this.recycled++;
      this.#install(fresh);
      void old?.kill();
    } else if (this.#fresh === null && this.vitals.modelLoads >= this.settings.recycleAfter) {
      this.#fresh = "starting";
      this.#launch().then(
        (fresh) => {
          this.#fresh = fresh;
          void fresh.ended.then(() => {
            if (this.#fresh === fresh) this.#fresh = null;
          });
          if (this.idle) this.#recycle();
        },
        // The old one continues; the next answer tries again.
        () => {
          this.#fresh = null;
        },
      );
    }
  }
}

/** The line of the output that names an error, if there is one. */
function complaint(output: string): string {
  const line = /^.*Error\b.*$/m.exec(output)?.[0];
  return line ? `: ${withoutPaths(line).trim().slice(0, 200)}` : "";
}
