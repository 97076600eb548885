/** A file of SMILES, one a line (gzip or plain), as token ids in one array: 60 MB for 590,000 molecules. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { MaillardError } from "../../errors.js";
import type { Tokenizer } from "../../tokenizer/types.js";

export class Corpus {
  private constructor(
    private readonly ids: Uint16Array,
    /** Place of each molecule's first token, and the end of the last. */
    private readonly offsets: Uint32Array,
  ) {}

  get size(): number {
    return this.offsets.length - 1;
  }

  get tokens(): number {
    return this.offsets[this.size];
  }

  /** Tokens of one molecule. */
  length(index: number): number {
    return this.offsets[index + 1] - this.offsets[index];
  }

  molecule(index: number): Int32Array {
    return Int32Array.from(this.ids.subarray(this.offsets[index], this.offsets[index + 1]));
  }

  static async read(file: string, tokenizer: Tokenizer, maxLength: number): Promise<Corpus> {
    let ids = new Uint16Array(1 << 20);
    const offsets: number[] = [0];
    let used = 0;
    for await (const smiles of readLines(file)) {
      const encoded = tokenizer.encode(smiles, maxLength);
      if (used + encoded.length > ids.length) {
        const larger = new Uint16Array(ids.length * 2);
        larger.set(ids);
        ids = larger;
      }
      ids.set(encoded, used);
      used += encoded.length;
      offsets.push(used);
    }
    if (offsets.length === 1)
      throw new MaillardError("EMPTY_DATASET", `${file} has no SMILES; give a file with one SMILES a line.`);
    return new Corpus(ids.slice(0, used), Uint32Array.from(offsets));
  }
}

/** Non-empty lines, trimmed; anything after white space is a name and left out. */
export async function* readLines(file: string): AsyncGenerator<string> {
  const handle = await open(file).catch(() => {
    throw new MaillardError("BAD_INPUT", `${file} cannot be read; give the path of a .smi or .smi.gz file.`, {
      param: "corpus",
    });
  });
  const head = Buffer.alloc(2);
  await handle.read(head, 0, 2, 0);
  await handle.close();
  const raw = createReadStream(file);
  const stream = head[0] === 0x1f && head[1] === 0x8b ? raw.pipe(createGunzip()) : raw;
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    const smiles = line.trim().split(/\s/, 1)[0];
    if (smiles) yield smiles;
  }
}
