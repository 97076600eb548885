/**
 * Checkpoints that people bring are checked and converted in a process of their own, with limits of time and memory:
 * whatever their files do, the process that serves goes on, and its event loop stays free.
 */
import { MaillardError } from "../../errors.js";
import type { CheckpointInfo } from "../../model/checkpoint/info.js";
import { entryBeside } from "../../process/forked-process.js";
import { OneAnswer } from "../../process/one-answer.js";

export interface CheckpointQuestion {
  /** SETTLED: convert, check, and say what it is. SMALL: check config and tokenizer; the weights may be missing. */
  kind: "SETTLED" | "SMALL";
  folder: string;
  /** The input that named the checkpoint. */
  param: string;
}

export interface CheckpointSettings {
  /** Receives what an ended process had printed. Default: dropped. */
  onOutput?(process: string, output: string): void;
  /** Default 600,000: 8 GiB of weights are read twice, at the speed of a slow disk. */
  timeoutMs?: number;
  /** Heap of the process; tensors are outside it, one at a time. Default 1,024: a vocabulary of 1,000,000 fits. */
  heapMegabytes?: number;
}

/** In messages of the process this stands for the folder, because absolute paths are removed from messages. */
export const FOLDER = "{folder}";
const PROCESSES = 2;
const WAITING = 20;
/** Of a model of 100 MB; only before the first was measured. */
const USUAL_MS = 5_000;

export class Checkpoints {
  readonly #processes: OneAnswer<CheckpointQuestion, CheckpointInfo | null>;

  constructor({ onOutput = () => undefined, timeoutMs = 600_000, heapMegabytes = 1_024 }: CheckpointSettings = {}) {
    const advice = "Check the files of the checkpoint: config.json, the tokenizer and the weights.";
    this.#processes = new OneAnswer({
      entry: entryBeside(import.meta.url, "./checkpoint-process"),
      name: "checkpoint",
      words: { one: "check of the checkpoint", many: "checks of checkpoints" },
      atOnce: PROCESSES,
      waiting: WAITING,
      usualMs: USUAL_MS,
      timeoutMs,
      heapMegabytes,
      advice: { late: advice, crashed: `It needs more memory than a checkpoint may. ${advice}` },
      background: true,
      onOutput,
    });
  }

  /**
   * Converts and checks the checkpoint in `folder`, which may be changed.
   * @throws CHECKPOINT_INVALID, CHECKPOINT_UNSUPPORTED, OVERLOADED, CANCELLED, TIMEOUT, COMPUTE_CRASHED
   */
  async settle(folder: string, param: string, signal?: AbortSignal): Promise<CheckpointInfo> {
    return (await this.#ask({ kind: "SETTLED", folder, param }, signal)) as CheckpointInfo;
  }

  /** Checks config and tokenizer alone; throws as `settle`. */
  async checkSmall(folder: string, param: string, signal?: AbortSignal): Promise<void> {
    await this.#ask({ kind: "SMALL", folder, param }, signal);
  }

  async #ask(question: CheckpointQuestion, signal?: AbortSignal): Promise<CheckpointInfo | null> {
    try {
      return await this.#processes.ask([question], signal);
    } catch (error) {
      const { code, message, ...fields } = MaillardError.from(error);
      // The process ends in the same way each time that it reads these files.
      const retryable = code === "COMPUTE_CRASHED" ? false : fields.retryable;
      throw new MaillardError(code, message.replaceAll(FOLDER, question.folder), { ...fields, retryable });
    }
  }
}

/** The one of this process: it has no child as long as nothing is asked. */
export const checkpoints = new Checkpoints();
