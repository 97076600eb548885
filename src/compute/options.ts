/** The options of the pool: each with its default, unit and reason, checked in one place. */
import { MaillardError } from "../errors.js";
import { defaultThreads } from "./threads.js";

export interface ComputePoolOptions {
  /** Syntax of MAILLARD_DEVICES: cpu, webgpu, cuda:N, separated by commas; or auto. Default "cpu". */
  devices?: string;
  /** intraOpNumThreads of each inference process. Default: `defaultThreads`. */
  threads?: number;
  /** Items that may wait. Default 4,096: about a minute of work for a small encoder on two processors. */
  queueLimit?: number;
  /** Largest items x longest of a batch. Default: what is fastest for each model, measured (token-budget.ts). */
  tokenBudget?: number;
  /** Models loaded per process; the least recently used goes first. Default 4. */
  maxModels?: number;
  /** Model loads after which a process is replaced: released sessions leak. Default 32. */
  recycleAfter?: number;
  /** Default 30,000. */
  startTimeoutMs?: number;
  /** A process that does not answer a batch, model load included, in this time is killed. Default 120,000. */
  batchTimeoutMs?: number;
  /** The same for an analysis. Default 600,000. */
  analysisTimeoutMs?: number;
  /** How long a training process may take to stop before it is killed. Default 5,000. */
  stopTimeoutMs?: number;
  /** Wait before an ended process is started again; doubles with each further end, up to 5,000. Default 100. */
  backOffMs?: number;
  /** How long close() waits for the batch that runs. Default 2,000. */
  closeGraceMs?: number;
  /**
   * Folder for the files of the runtime (weights of large models, mapped and so shared); one subfolder per checksum.
   * Default: none, weights stay in memory.
   */
  cacheFolder?: string;
  /**
   * Receives what an ended process had printed (for the operator's log: it may name paths). `process` is the device,
   * "training", "probe" or "analysis". Default: dropped.
   */
  onOutput?(process: string, output: string): void;
  /** Entry modules of the child processes, .ts or .js. Default: the real ones. */
  entry?: { inference?: URL; training?: URL; analysis?: URL; trial?: URL };
}

const DEFAULTS = {
  queueLimit: 4096,
  maxModels: 4,
  recycleAfter: 32,
  startTimeoutMs: 30_000,
  batchTimeoutMs: 120_000,
  analysisTimeoutMs: 600_000,
  stopTimeoutMs: 5000,
  closeGraceMs: 2000,
  backOffMs: 100,
};

/** All numeric options, with defaults filled in. Throws INVALID_CONFIG for the first that is not a whole number. */
export function resolveNumbers(options: ComputePoolOptions): typeof DEFAULTS & { threads: number } {
  const numbers = { ...DEFAULTS, threads: options.threads ?? defaultThreads() };
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[])
    numbers[name] = checked(name, options[name] ?? numbers[name]);
  if (options.tokenBudget !== undefined) checked("tokenBudget", options.tokenBudget);
  return numbers;
}

function checked(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new MaillardError("INVALID_CONFIG", `${name} is a whole number from 1; got ${value}.`, { param: name });
}
