/**
 * Bytes of answers that are being made, or that their clients have not read yet: of each client and in all. Above a
 * limit the answer that would exceed it is OVERLOADED.
 */
import { MaillardError } from "../../../errors.js";
import type { Held } from "../../answer.js";
import type { TransportLimits } from "../connections.js";

type Limits = Pick<TransportLimits, "heldBytes" | "heldBytesPerClient">;

/** When a refused client may come back, in ms: an answer is read within moments, or its client stalls. */
const RETRY_MS = 1_000;

export class HeldBytes {
  readonly #clients = new Map<string, number>();
  #total = 0;

  constructor(private readonly limits: Limits) {}

  /** Held now, by all clients. */
  get total(): number {
    return this.#total;
  }

  /** For one answer of this client. */
  open(client: string): Held {
    let held = 0;
    let closed = false;
    const release = (): void => {
      this.#add(client, -held);
      held = 0;
    };
    return {
      add: (bytes) => {
        // Fields that still work after the answer are of no use to anybody.
        if (closed) return null;
        held += bytes;
        this.#add(client, bytes);
        const { heldBytes, heldBytesPerClient } = this.limits;
        if (this.#of(client) > heldBytesPerClient) return overloaded("heldBytesPerClient", heldBytesPerClient);
        return this.#total > heldBytes ? overloaded("heldBytes", heldBytes) : null;
      },
      release,
      close: () => {
        release();
        closed = true;
      },
    };
  }

  #of(client: string): number {
    return this.#clients.get(client) ?? 0;
  }

  #add(client: string, bytes: number): void {
    this.#total += bytes;
    const held = this.#of(client) + bytes;
    if (held > 0) this.#clients.set(client, held);
    else this.#clients.delete(client);
  }
}

function overloaded(limit: keyof Limits, maximum: number): MaillardError {
  const whose = limit === "heldBytesPerClient" ? "answers of this client" : "answers of all clients";
  return new MaillardError(
    "OVERLOADED",
    `${maximum} bytes of ${whose} are being made or were not read yet. Read the answers, then ask again.`,
    { retryable: true, details: { limit, maximum, retryAfterMs: RETRY_MS } },
  );
}
