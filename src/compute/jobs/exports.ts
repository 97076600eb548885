/**
 * Models are written as ONNX in a process of their own: weights are read whole, and the process that serves keeps its
 * memory and its event loop.
 */
import type { ExportPart, OnnxLayout } from "../../model/export/write-export.js";
import { entryBeside } from "../../process/forked-process.js";
import { OneAnswer } from "../../process/one-answer.js";

export interface ExportQuestion {
  parts: ExportPart[];
  layout: OnnxLayout;
}

const PROCESSES = 2;
const WAITING = 20;
/** Of a model of 100 MB; only before the first was measured. */
const USUAL_MS = 5_000;
const TIMEOUT_MS = 600_000;

class Exports {
  readonly #processes: OneAnswer<ExportQuestion, null>;

  /** `onOutput` receives what an ended process had printed. Default: dropped. */
  constructor({ onOutput = () => undefined }: { onOutput?(process: string, output: string): void } = {}) {
    this.#processes = new OneAnswer({
      entry: entryBeside(import.meta.url, "./export-process"),
      name: "export",
      words: { one: "export of a model", many: "exports of models" },
      atOnce: PROCESSES,
      waiting: WAITING,
      usualMs: USUAL_MS,
      timeoutMs: TIMEOUT_MS,
      advice: {
        late: "Try again when the server has less to do.",
        crashed: "The model may need more memory than is free.",
      },
      background: true,
      onOutput,
    });
  }

  /** Exports that run, and those that wait: both zero when idle. */
  get gauges(): { running: number; waiting: number } {
    return this.#processes.gauges;
  }

  /** Makes the folders. @throws CHECKPOINT_INVALID, DISK_FULL, OVERLOADED, CANCELLED, TIMEOUT, COMPUTE_CRASHED */
  async write(question: ExportQuestion, signal?: AbortSignal): Promise<void> {
    await this.#processes.ask([question], signal);
  }
}

/** The one of this process: it has no child as long as nothing is asked. */
export const modelExports = new Exports();
