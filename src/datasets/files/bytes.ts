/** The bytes of a file, plain or gzip, in small pieces. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { MaillardError } from "../../errors.js";
import type { TextFile } from "./text-file.js";

/** Bytes that are read at once: a parser works for some ms on each such piece. */
const PIECE = 16_384;

/** BAD_INPUT for a file that cannot be read. `size` is that of the file, in bytes. */
export async function firstBytes(path: string, length: number): Promise<{ bytes: Buffer; size: number }> {
  const bytes = Buffer.alloc(length);
  let size = 0;
  try {
    const file = await open(path, "r");
    try {
      await file.read(bytes, 0, length, 0);
      size = (await file.stat()).size;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new MaillardError("BAD_INPUT", `The file ${path} cannot be read: ${(error as Error).message}`, {
      param: "file",
    });
  }
  return { bytes, size };
}

export function bytesOf(path: string, compression: TextFile["compression"]): AsyncIterable<Buffer> {
  const bytes = createReadStream(path, { highWaterMark: PIECE });
  if (compression === "NONE") return bytes;
  const text = createGunzip();
  bytes.on("error", (error) => text.destroy(error));
  text.on("close", () => bytes.destroy());
  return bytes.pipe(text);
}

/** The first characters of the file, unpacked. What cannot be unpacked is said by the examination. */
export async function beginningOf(path: string, compression: TextFile["compression"], length: number): Promise<Buffer> {
  let found = Buffer.alloc(0);
  try {
    for await (const chunk of bytesOf(path, compression)) {
      found = Buffer.concat([found, chunk]);
      if (found.length >= length) break;
    }
  } catch {
    return found;
  }
  return found.subarray(0, length);
}
