/** The parent's side of the process that prepares molecules (molecule-process.ts). */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { forkOptions } from "../../../chem/index.js";
import { type ErrorCode, MaillardError } from "../../../errors.js";
import type {
  FromMoleculeProcess,
  MoleculeAnswer,
  MoleculeFiles,
  MoleculeRequest,
  ToMoleculeProcess,
} from "./messages.js";

export class MoleculeSource {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #waiting = new Map<number, { resolve(answer: MoleculeAnswer): void; reject(error: Error): void }>();
  #asked = 0;
  #output = "";
  #failure: Error | null = null;

  constructor(files: MoleculeFiles) {
    const source = import.meta.url.endsWith(".ts");
    const entry = new URL(`./molecule-process${source ? ".ts" : ".js"}`, import.meta.url);
    this.#child = fork(fileURLToPath(entry), [], {
      ...forkOptions(entry),
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#output = (this.#output + text).slice(-2000);
    });
    this.#child.on("message", (message: FromMoleculeProcess) => this.#answered(message));
    this.#ended = new Promise((resolve) => {
      const end = (reason: string) => {
        const text = `the process that prepares molecules ended: ${reason}. ${this.#output}`.trim();
        this.#fail(new MaillardError("COMPUTE_CRASHED", text));
        resolve();
      };
      this.#child.on("close", (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`));
      // Without a pid the process did not start, and no "close" will follow.
      this.#child.on("error", (error) => this.#child.pid === undefined && end(error.message));
    });
    this.#send(files);
  }

  /** Answers come in the order of the requests. */
  prepare(molecules: Iterable<number>, wanted: Pick<MoleculeRequest, "properties" | "forms">): Promise<MoleculeAnswer> {
    if (this.#failure) return Promise.reject(this.#failure);
    const request: MoleculeRequest = { id: this.#asked++, molecules: [...molecules], ...wanted };
    const answer = new Promise<MoleculeAnswer>((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject });
    });
    answer.catch(() => {}); // an answer that is no longer awaited may fail
    this.#send(request);
    return answer;
  }

  /** Records alone. */
  async records(molecules: Iterable<number>): Promise<Uint8Array> {
    return (await this.prepare(molecules, { properties: { share: 1, seed: 0 }, forms: null })).records;
  }

  /** At once; RDKit's process ends with it. */
  async close(): Promise<void> {
    this.#fail(new MaillardError("CANCELLED", "the process that prepares molecules was closed"));
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  #answered(message: FromMoleculeProcess): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ("error" in message) waiting?.reject(new MaillardError(message.error.code as ErrorCode, message.error.message));
    else waiting?.resolve(message);
  }

  /** A process that has ended does not get it; its end is reported by another event. */
  #send(message: ToMoleculeProcess): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}
