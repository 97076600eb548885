/**
 * A file of named tensors in either format (checkpoint/safetensors.ts, torch/file.ts). The table of contents is read
 * and checked when the file is opened; tensors are read one by one. The caller that opens it closes it.
 */
import type { FileHandle } from "node:fs/promises";
import type { Weight } from "../types.js";

interface TensorDescription {
  /** safetensors' name of the element type: see element-type.ts. */
  readonly dtype: string;
  readonly shape: readonly number[];
}

export interface WeightsFile {
  readonly path: string;
  /** Size of the file, or of all files of its kind together. */
  readonly bytes: number;
  readonly tensors: ReadonlyMap<string, TensorDescription>;
  /** One tensor in row-major order, as float32. */
  read(name: string): Promise<Weight>;
  close(): Promise<void>;
}

/** Reads of more than 2 GiB at once fail. */
export const MAX_READ_BYTES = 2 ** 30;

/** `length` bytes from `position` on, or null where the file ends before. */
export async function readBytes(
  file: FileHandle,
  position: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, MAX_READ_BYTES), position + done);
    if (bytesRead === 0) return null;
    done += bytesRead;
  }
  return bytes;
}
