/**
 * Who may send a file, and whose file is read next. An upload has two parts:
 *   it comes    its bytes are written to disk. At most `uploads` at once, `uploadsPerAddress` of one address, and
 *               `bytes` on disk in all; one more is OVERLOADED. An upload that brings less than `uploadBytesPerSecond`
 *               over `uploadWindowMs` is ended. Time in which the server itself did not read does not count
 *   it is read  `imports` at once; the others wait. Next is the first of the address that has the fewest. What waits
 *               for its client to read, for more than `turnWaitMs`, gives its turn away until that has read
 * When all places are taken, a new upload takes the place of the slowest one that brought less than
 * `uploadYieldBytesPerSecond`, or whose client read less of its answer: slow networks have a place as long as nobody
 * else needs it.
 */
import { MaillardError } from "../../../errors.js";
import type { TransportLimits } from "../connections.js";
import { Counts } from "../limits/counts.js";

/** How often the pace of an upload is looked at, as parts of its window. */
const LOOKS = 30;

export interface Upload {
  /** Bytes that came. Throws OVERLOADED when all uploads together have too many. */
  came(bytes: number): void;
  /** Its last byte came: it has no pace any more, and no other takes its place. */
  ended(): void;
  /** Its answer is sent: where the client is slow to read it, another may take its place. */
  answered(answer: Answer): void;
  /** Its place is free again. */
  leave(): void;
}

/** An answer that is sent while it is made. */
interface Answer {
  /** Bytes that the client took so far. */
  taken(): number;
  /** Whether the server waits for this client. */
  waits(): boolean;
  /** Ends it. */
  end(error: MaillardError): void;
}

interface Coming {
  address: string;
  bytes: number;
  /** Bytes a second of the last window; null before it ends. */
  rate: number | null;
  end(error: MaillardError): void;
}

export class UploadPlaces {
  private readonly coming = new Set<Coming>();
  private readonly open = new Counts();
  private bytes = 0;

  /**
   * @param maxBytes      on disk in all
   * @param retryAfterMs  when one of them is expected to end
   */
  constructor(
    private readonly limits: TransportLimits,
    private readonly maxBytes: number,
    private readonly retryAfterMs: () => number,
  ) {}

  /** Why there is no place now, without taking one; null: there is one. */
  refusal(address: string): MaillardError | null {
    const { uploads, uploadsPerAddress } = this.limits;
    if (this.open.of(address) >= uploadsPerAddress)
      return this.overloaded(`${uploadsPerAddress} uploads of this address are under way`);
    if (this.coming.size >= uploads && !this.slowest()) return this.overloaded(`${uploads} uploads are under way`);
    return null;
  }

  /**
   * A place, or why there is none.
   * @param waits   whether the server waits for bytes of this client
   * @param end     ends the upload with an error
   */
  enter(address: string, waits: () => boolean, end: (error: MaillardError) => void): Upload | MaillardError {
    const refusal = this.refusal(address);
    if (refusal) return refusal;
    const release = this.open.take(address, this.limits.uploadsPerAddress) as () => void;
    if (this.coming.size >= this.limits.uploads) this.endSlowest();
    const upload: Coming = { address, bytes: 0, rate: null, end };
    this.coming.add(upload);
    const { uploadBytesPerSecond } = this.limits;
    let pace = this.watchPace(upload, waits, {
      bytes: () => upload.bytes,
      onRate: (rate) => {
        if (rate < uploadBytesPerSecond) upload.end(tooSlow(rate, this.limits));
      },
    });
    let left = false;
    return {
      came: (bytes) => {
        upload.bytes += bytes;
        this.bytes += bytes;
        if (this.bytes > this.maxBytes)
          throw this.overloaded(`the uploads under way have ${this.maxBytes} bytes together`);
      },
      ended: () => {
        clearInterval(pace);
        upload.rate = null;
      },
      answered: (answer) => {
        clearInterval(pace);
        upload.rate = null;
        upload.end = answer.end;
        if (!left) pace = this.watchPace(upload, answer.waits, { bytes: answer.taken, onRate: () => undefined });
      },
      leave: () => {
        if (left) return;
        left = true;
        clearInterval(pace);
        this.coming.delete(upload);
        this.bytes -= upload.bytes;
        release();
      },
    };
  }

  private watchPace(
    upload: Coming,
    waits: () => boolean,
    { bytes, onRate }: { bytes(): number; onRate(rate: number): void },
  ): NodeJS.Timeout {
    const { uploadWindowMs } = this.limits;
    let looks = 0;
    let before = bytes();
    const look = () => {
      if (!waits() || ++looks < LOOKS) return;
      upload.rate = ((bytes() - before) * 1_000) / uploadWindowMs;
      looks = 0;
      before = bytes();
      onRate(upload.rate);
    };
    return setInterval(look, uploadWindowMs / LOOKS).unref();
  }

  /** Of those that must yield. */
  private slowest(): Coming | null {
    const { uploadYieldBytesPerSecond } = this.limits;
    let slowest: Coming | null = null;
    for (const upload of this.coming)
      if (upload.rate !== null && upload.rate < (slowest?.rate ?? uploadYieldBytesPerSecond)) slowest = upload;
    return slowest;
  }

  private endSlowest(): void {
    const slowest = this.slowest();
    if (!slowest) return;
    // Its place is counted as free at once: what is left of it ends by itself.
    this.coming.delete(slowest);
    const rate = Math.round(slowest.rate ?? 0);
    slowest.end(this.overloaded(`others wait for a place, and this one moved ${rate} bytes a second`));
  }

  private overloaded(what: string): MaillardError {
    const retryAfterMs = this.retryAfterMs();
    const seconds = Math.ceil(retryAfterMs / 1_000);
    return new MaillardError("OVERLOADED", `Of uploads there is no place: ${what}. Try again in ${seconds} s.`, {
      retryable: true,
      details: { retryAfterMs },
    });
  }
}

/** Turns of files that are there: `most` are read at once. */
export class ImportTurns {
  private readonly reading = new Map<string, number>();
  private readonly waiting: { address: string; start(): void }[] = [];

  constructor(private readonly most: number) {}

  /** The function that gives the turn back. Rejects with the signal's reason when the client leaves before its turn. */
  take(address: string, signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(signal.reason as Error);
      };
      const entry = {
        address,
        start: () => {
          signal.removeEventListener("abort", leave);
          this.reading.set(address, this.of(address) + 1);
          resolve(() => this.end(address));
        },
      };
      if (signal.aborted) return reject(signal.reason as Error);
      signal.addEventListener("abort", leave, { once: true });
      this.waiting.push(entry);
      this.next();
    });
  }

  private of(address: string): number {
    return this.reading.get(address) ?? 0;
  }

  private end(address: string): void {
    const left = this.of(address) - 1;
    if (left > 0) this.reading.set(address, left);
    else this.reading.delete(address);
    this.next();
  }

  private next(): void {
    let busy = 0;
    for (const count of this.reading.values()) busy += count;
    for (; busy < this.most && this.waiting.length > 0; busy++) {
      const fewest = Math.min(...this.waiting.map(({ address }) => this.of(address)));
      const place = this.waiting.findIndex(({ address }) => this.of(address) === fewest);
      this.waiting.splice(place, 1)[0].start();
    }
  }
}

/** A turn that others have while its client is waited for. */
export class Turn {
  private release: (() => void) | null = null;

  /** @param waitMs  the turn is kept for so long while the client is waited for */
  private constructor(
    private readonly turns: ImportTurns,
    private readonly of: { address: string; signal: AbortSignal; waitMs: number },
  ) {}

  static async take(turns: ImportTurns, of: { address: string; signal: AbortSignal; waitMs: number }): Promise<Turn> {
    const turn = new Turn(turns, of);
    await turn.again();
    return turn;
  }

  /** Resolves when the client has taken what it was sent and it is its turn (again). Rejects as `taken` does. */
  async until(taken: Promise<unknown>): Promise<void> {
    const late = setTimeout(() => this.end(), this.of.waitMs);
    try {
      await taken;
    } finally {
      clearTimeout(late);
    }
    if (this.release === null) await this.again();
  }

  end(): void {
    this.release?.();
    this.release = null;
  }

  private async again(): Promise<void> {
    this.release = await this.turns.take(this.of.address, this.of.signal);
  }
}

const tooSlow = (rate: number, { uploadBytesPerSecond, uploadWindowMs }: TransportLimits): MaillardError =>
  new MaillardError(
    "TIMEOUT",
    `The upload brought ${Math.round(rate)} bytes a second for ${uploadWindowMs / 1_000} s; at least ` +
      `${uploadBytesPerSecond} are waited for. Nothing was imported: send it over a faster connection, or in parts.`,
    { param: "file", retryable: true, details: { limit: "uploadBytesPerSecond", minimum: uploadBytesPerSecond } },
  );
