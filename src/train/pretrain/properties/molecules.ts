/** The process that prepares molecules (molecule-process.ts), from the side of pretraining. */
import { type ErrorCode, MaillardError } from "../../../errors.js";
import { entryBeside, ForkedProcess } from "../../../process/forked-process.js";
import type {
  FromMoleculeProcess,
  MoleculeAnswer,
  MoleculeFiles,
  MoleculeRequest,
  ToMoleculeProcess,
} from "./messages.js";

export class MoleculeSource {
  readonly #process: ForkedProcess<ToMoleculeProcess, FromMoleculeProcess>;
  readonly #ended: Promise<void>;
  readonly #waiting = new Map<number, { resolve(answer: MoleculeAnswer): void; reject(error: Error): void }>();
  #asked = 0;
  #failure: Error | null = null;

  constructor(files: MoleculeFiles) {
    const entry = entryBeside(import.meta.url, "./molecule-process");
    this.#process = new ForkedProcess(entry, { title: "maillard molecules", output: "stderr" });
    this.#process.onMessage = (message) => this.#answered(message);
    this.#ended = this.#process.ended.then(({ reason, output }) => {
      const text = `the process that prepares molecules ended: ${reason}. ${output}`.trim();
      this.#fail(new MaillardError("COMPUTE_CRASHED", text));
    });
    void this.#process.send(files);
  }

  /** Answers come in the order of the requests. */
  prepare(molecules: Iterable<number>, wanted: Pick<MoleculeRequest, "properties" | "forms">): Promise<MoleculeAnswer> {
    if (this.#failure) return Promise.reject(this.#failure);
    const request: MoleculeRequest = { id: this.#asked++, molecules: [...molecules], ...wanted };
    const answer = new Promise<MoleculeAnswer>((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject });
    });
    answer.catch(() => {}); // an answer that nothing waits for may fail
    void this.#process.send(request);
    return answer;
  }

  /** Records alone. */
  async records(molecules: Iterable<number>): Promise<Uint8Array> {
    return (await this.prepare(molecules, { properties: { share: 1, seed: 0 }, forms: null })).records;
  }

  /** At once; RDKit's process ends with it. */
  async close(): Promise<void> {
    this.#fail(new MaillardError("CANCELLED", "the process that prepares molecules was closed"));
    void this.#process.kill();
    await this.#ended;
  }

  #answered(message: FromMoleculeProcess): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ("error" in message) waiting?.reject(new MaillardError(message.error.code as ErrorCode, message.error.message));
    else waiting?.resolve(message);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}
