/**
 * What one client, and all together, may compute at the same time, over HTTP and WebSocket. A place is held until the
 * work has ended, whether or not somebody still waits for it. Above a limit: OVERLOADED, with the time until the next
 * place is expected to be free, measured.
 */
import { MaillardError } from "../../../errors.js";
import { MeanTime } from "../../../process/mean-time.js";
import type { Kind, Places } from "../../operation.js";
import { Counts } from "./counts.js";

export interface PlaceLimits {
  computationsPerClient: number;
  analysesPerClient: number;
  /** Of all clients. */
  computations: number;
}

/** Time of an operation before the first was measured, ms. */
const USUAL_MS: Record<Kind, number> = { computation: 500, analysis: 5_000 };
const PER_CLIENT = { computation: "computationsPerClient", analysis: "analysesPerClient" } as const;
const WORDS: Record<Kind, string> = { computation: "operations that compute", analysis: "analyses" };

export class ClientPlaces implements Places {
  readonly #counts: Record<Kind, Counts> = { computation: new Counts(), analysis: new Counts() };
  readonly #times: Record<Kind, MeanTime> = {
    computation: new MeanTime(USUAL_MS.computation),
    analysis: new MeanTime(USUAL_MS.analysis),
  };

  constructor(private readonly limits: PlaceLimits) {}

  /** Places that are held: all zero when idle. */
  get gauges(): Record<Kind, number> {
    return { computation: this.#counts.computation.total, analysis: this.#counts.analysis.total };
  }

  take(client: string, kind: Kind): (complete: boolean) => void {
    const limit = PER_CLIENT[kind];
    const most = this.limits[limit];
    const all = this.limits.computations;
    if (kind === "computation" && this.#counts.computation.total >= all) {
      const message = `${all} ${WORDS[kind]} are under way, the most that this server takes.`;
      throw this.#overloaded(kind, message, "computations", all);
    }
    const giveBack = this.#counts[kind].take(client, most);
    if (!giveBack) {
      const message = `This client has ${most} ${WORDS[kind]} under way, the most it may have.`;
      throw this.#overloaded(kind, message, limit, most);
    }
    const ended = this.#times[kind].begin();
    return (complete) => {
      ended(complete);
      giveBack();
    };
  }

  #overloaded(kind: Kind, message: string, limit: keyof PlaceLimits, maximum: number): MaillardError {
    // Until the first of them ends.
    const retryAfterMs = this.#times[kind].retryAfterMs(1, maximum);
    return new MaillardError("OVERLOADED", `${message} Try again in ${retryAfterMs} ms.`, {
      details: { limit, maximum, retryAfterMs },
      retryable: true,
    });
  }
}
