/**
 * The file of a torch checkpoint: bounded reads, and two kinds of refusal:
 *   invalid      a rule of the format is broken: fetch the file again
 *   unsupported  the file may be valid, but needs something that is not supported here: save it as safetensors
 * Both messages name the file, the rule and the value.
 */
import type { FileHandle } from "node:fs/promises";
import { MaillardError } from "../../errors.js";
import { readBytes } from "../weights/weights-file.js";

export interface Refusals {
  invalid(rule: string): MaillardError;
  unsupported(rule: string): MaillardError;
}

export class TorchSource implements Refusals {
  constructor(
    readonly path: string,
    readonly file: FileHandle,
    /** Bytes of the file. */
    readonly size: number,
  ) {}

  /** `what`: the thing that is read, for the message of a file that ends too early. */
  async read(position: number, length: number, what: string): Promise<Buffer<ArrayBuffer>> {
    if (position + length > this.size)
      throw this.invalid(`${what} needs bytes ${position}..${position + length}, and the file has ${this.size}`);
    const bytes = await readBytes(this.file, position, length);
    if (!bytes) throw this.invalid(`${what} ends before its ${length} bytes`);
    return Buffer.from(bytes.buffer);
  }

  invalid(rule: string): MaillardError {
    return new MaillardError("CHECKPOINT_INVALID", `${this.path}: ${rule}. Fetch or save the file again.`);
  }

  unsupported(rule: string): MaillardError {
    return new MaillardError(
      "CHECKPOINT_UNSUPPORTED",
      `${this.path}: ${rule}. Save the model as model.safetensors (transformers: save_pretrained).`,
    );
  }
}

/** A name from the file, shortened and quoted for a message. */
export const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
