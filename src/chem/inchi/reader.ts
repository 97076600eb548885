/**
 * InChIs as SMILES. The process starts with the first InChI (1.5 s, 200 MB) and ends after a minute without one. It
 * reads one list after the other; an InChI on which it hangs or ends is null, and the others are asked again.
 */
import { entryBeside, ForkedProcess } from "../../process/forked-process.js";

export type ToReader = { inchis: string[] };
export type FromReader = { ready: true } | { smiles: string | null };

/** For the start of the process, and for one InChI, milliseconds. */
const START_MS = 60_000;
const ONE_MS = 10_000;
const IDLE_END_MS = 60_000;
/** InChIs in one message. */
const LIST = 64;

type Child = ForkedProcess<ToReader, FromReader>;

export class InchiReader {
  #child: Child | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  /** In the order of the InChIs. Null: it is none that Indigo reads. */
  read(inchis: readonly string[]): Promise<(string | null)[]> {
    const work = this.#turn.then(async () => {
      const found: (string | null)[] = [];
      clearTimeout(this.#idle);
      while (found.length < inchis.length && !this.#closed) {
        const list = inchis.slice(found.length, found.length + LIST);
        const part = await this.#ask(list);
        found.push(...part);
        // The one that it did not answer.
        if (part.length < list.length) found.push(null);
      }
      this.#idle = setTimeout(() => this.#end(), IDLE_END_MS).unref();
      return found.concat(new Array<null>(inchis.length - found.length).fill(null));
    });
    this.#turn = work.catch(() => undefined);
    return work;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    const child = this.#child;
    this.#end();
    await child?.ended;
  }

  #end(): void {
    void this.#child?.kill();
    this.#child = null;
  }

  /** Those that were answered before it ended. */
  async #ask(inchis: string[]): Promise<(string | null)[]> {
    const isNew = this.#child === null;
    this.#child ??= new ForkedProcess<ToReader, FromReader>(entryBeside(import.meta.url, "inchi-process"), {
      title: "maillard inchi",
      output: "stderr",
    });
    const child = this.#child;
    const answers: (string | null)[] = [];
    let limit = setTimeout(() => void child.kill(), isNew ? START_MS : ONE_MS);
    const done = new Promise<void>((resolve) => {
      child.onMessage = (message) => {
        clearTimeout(limit);
        if ("smiles" in message) answers.push(message.smiles);
        if (answers.length === inchis.length) resolve();
        else limit = setTimeout(() => void child.kill(), ONE_MS);
      };
    });
    await child.send({ inchis });
    const ended = await Promise.race([done.then(() => false), child.ended.then(() => true)]);
    clearTimeout(limit);
    if (ended) this.#child = null;
    return answers;
  }
}
