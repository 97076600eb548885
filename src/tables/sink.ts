/** The end of a stream that is written: waits while it is full, and keeps its error for the next call. */
import { once } from "node:events";
import type { Transform, Writable } from "node:stream";
import { finished } from "node:stream/promises";

export class Sink {
  private readonly first: Writable;
  private readonly done: Promise<void>;
  private failed: Promise<never> | undefined;

  /** @param through  what packs the bytes on their way */
  constructor(target: Writable, through: Transform | null = null) {
    this.first = through ?? target;
    // Not the readable side: that of a socket may stay open.
    this.done = finished(target, { readable: false });
    this.done.catch((error: unknown) => {
      this.failed = Promise.reject(error as Error);
      this.failed.catch(() => undefined);
      through?.destroy();
    });
    through?.on("error", (error) => target.destroy(error));
    through?.pipe(target);
  }

  /** Rejects with the stream's error, if it has one. */
  failure(): Promise<never> | undefined {
    return this.failed;
  }

  /** A promise when the stream is full. */
  write(piece: string | Uint8Array): Promise<void> | undefined {
    if (this.failed) return this.failed;
    return this.first.write(piece) ? undefined : this.drained();
  }

  async end(): Promise<void> {
    if (!this.failed) this.first.end();
    await this.done;
  }

  private async drained(): Promise<void> {
    const settled = new AbortController();
    try {
      await Promise.race([once(this.first, "drain", { signal: settled.signal }), this.done]);
    } finally {
      settled.abort();
    }
  }
}
