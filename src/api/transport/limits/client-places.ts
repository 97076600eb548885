/**
 * What one client, and all together, may compute at the same time, over HTTP and WebSocket. A place is held until the
 * work has ended, whether or not somebody still waits for it. Above a limit: OVERLOADED, with the time until the next
 * place is expected to be free, measured.
 */
import { MaillardError } from "../../../errors.js";
import { MeanTime } from "../../../process/mean-time.js";
import type { Kind, Place, Places } from "../../operation.js";
import { Counts } from "./counts.js";

export interface PlaceLimits {
  computationsPerClient: number;
  analysesPerClient: number;
  /** Of all clients. */
  computations: number;
}

/** Time of an operation before the first was measured, ms. */
const USUAL_MS: Record<Kind, number> = { computation: 500, analysis: 5_000 };
/** From the signal of an operation to the end of its work, before the first was measured, ms. */
const USUAL_END_MS = 100;
const PER_CLIENT = { computation: "computationsPerClient", analysis: "analysesPerClient" } as const;
const WORDS: Record<Kind, string> = { computation: "operations that compute", analysis: "analyses" };

interface Overload {
  kind: Kind;
  message: string;
  limit: keyof PlaceLimits;
  maximum: number;
  /** Places that are free soon. */
  ending: number;
}

export class ClientPlaces implements Places {
  readonly #counts: Record<Kind, Counts> = { computation: new Counts(), analysis: new Counts() };
  readonly #times: Record<Kind, MeanTime> = {
    computation: new MeanTime(USUAL_MS.computation),
    analysis: new MeanTime(USUAL_MS.analysis),
  };

  /** Of those that are held: whose work was stopped and has not ended. */
  readonly #ending: Record<Kind, Counts> = { computation: new Counts(), analysis: new Counts() };
  readonly #endTime = new MeanTime(USUAL_END_MS);

  constructor(private readonly limits: PlaceLimits) {}

  /** Places that are held: all zero when idle. */
  get gauges(): Record<Kind, number> {
    return { computation: this.#counts.computation.total, analysis: this.#counts.analysis.total };
  }

  take(client: string, kind: Kind): Place {
    const limit = PER_CLIENT[kind];
    const most = this.limits[limit];
    const all = this.limits.computations;
    const giveBack = this.#counts[kind].take(client, most);
    if (!giveBack) {
      const message = `This client has ${most} ${WORDS[kind]} under way, the most it may have.`;
      throw this.#overloaded({ kind, message, limit, maximum: most, ending: this.#ending[kind].of(client) });
    }
    if (kind === "computation" && this.#counts.computation.total > all) {
      giveBack();
      const message = `${all} ${WORDS[kind]} are under way, the most that this server takes.`;
      throw this.#overloaded({ kind, message, limit: "computations", maximum: all, ending: this.#ending[kind].total });
    }
    const ended = this.#times[kind].begin();
    let endings: (() => void)[] = [];
    return {
      ending: () => {
        const over = this.#endTime.begin();
        const noLonger = this.#ending[kind].take(client, Number.POSITIVE_INFINITY) as () => void;
        endings = [() => over(true), noLonger];
      },
      giveBack: (complete) => {
        ended(complete);
        for (const end of endings) end();
        giveBack();
      },
    };
  }

  #overloaded({ kind, message, limit, maximum, ending }: Overload): MaillardError {
    // Until the first of them ends: one that is stopped already, if there is one.
    const retryAfterMs = ending > 0 ? this.#endTime.retryAfterMs(1) : this.#times[kind].retryAfterMs(1, maximum);
    return new MaillardError("OVERLOADED", `${message} Try again in ${retryAfterMs} ms.`, {
      details: { limit, maximum, retryAfterMs },
      retryable: true,
    });
  }
}
