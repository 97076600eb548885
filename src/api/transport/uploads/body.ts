/** The bytes of an upload: counted, ended with their client, and removed where a crash left them. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Transform, type TransformCallback } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { MaillardError } from "../../../errors.js";

/** Of files that a crash left behind. */
const OLD_MS = 24 * 3_600_000;
/** How long a client may go on sending after its answer, in ms. */
const AFTER_ANSWER_MS = 2_000;

/** A client that was answered before its last byte came must not hold the connection by sending on. */
export function closeAfterAnswer({ raw }: FastifyRequest, reply: FastifyReply): void {
  const { socket } = raw;
  reply.raw.once("finish", () => {
    if (raw.complete) return;
    const timer = setTimeout(() => {
      if (!raw.complete) socket.destroy();
    }, AFTER_ANSWER_MS).unref();
    raw.once("close", () => clearTimeout(timer));
  });
}

export const tooLarge = (maxBytes: number): MaillardError =>
  new MaillardError(
    "FILE_TOO_LARGE",
    `The file is above ${maxBytes} bytes, which is the most that is taken (MAILLARD_MAX_UPLOAD). Nothing was imported.`,
    { param: "file", details: { maximum: maxBytes } },
  );

/** The same bytes, or an error at the first one too many. */
export class Counted extends Transform {
  came: (bytes: number) => void = () => undefined;
  private bytes = 0;

  constructor(private readonly maxBytes: number) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    try {
      this.bytes += chunk.length;
      if (this.bytes > this.maxBytes) throw tooLarge(this.maxBytes);
      this.came(chunk.length);
      done(null, chunk);
    } catch (error) {
      done(error as Error);
    }
  }
}

/** Removes old files and folders of the folder. */
export async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const changed = await stat(path).catch(() => null);
    if (changed && Date.now() - changed.mtimeMs > OLD_MS) await rm(path, { recursive: true, force: true });
  }
}
