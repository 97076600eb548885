/**
 * Cost points of a key in a minute. Each operation is charged its price before it runs, whether it came by HTTP or by
 * WebSocket; what would exceed the limit is RATE_LIMITED and costs nothing. The minute of a key begins with its first
 * operation and ends 60 s later: then the whole limit is there again.
 *
 * Points are counted in this process. Each of several servers on one database gives a key the whole limit: an operator
 * with n servers sets the n-th part. Counting in the database would cost every answer a statement, and would make a
 * lost database a reason to refuse what needs none.
 */
import { MaillardError } from "../../errors.js";
import type { Principal } from "../../store/access/principal.js";

const MINUTE_MS = 60_000;
/** Price of an upload, whatever its size: as a search in the whole library. */
export const UPLOAD_POINTS = 2_000;

/** State after an operation was charged. */
export interface Charge {
  /** Points a minute. */
  limit: number;
  /** Of this operation. */
  cost: number;
  remaining: number;
  used: number;
  resetAt: Date;
}

type Client = Pick<Principal, "keyId" | "pointsPerMinute">;

export class PointsMeter {
  /** By key; at most as many as there are keys. */
  readonly #minutes = new Map<string, { used: number; resetAt: number }>();

  /** `perMinute`: of keys that have no other limit. */
  constructor(
    private readonly perMinute: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Null: this client has no limit, and `price` is not asked. RATE_LIMITED. */
  charge({ keyId, pointsPerMinute }: Client, price: () => number): Charge | null {
    if (keyId === null) return null;
    const cost = price();
    const limit = pointsPerMinute ?? this.perMinute;
    const minute = this.#minuteOf(keyId);
    const state = (): Charge => ({
      limit,
      cost,
      remaining: Math.max(0, limit - minute.used),
      used: minute.used,
      resetAt: new Date(minute.resetAt),
    });
    if (minute.used + cost > limit) throw rateLimited(state(), minute.resetAt - this.now());
    minute.used += cost;
    return state();
  }

  #minuteOf(keyId: string): { used: number; resetAt: number } {
    const now = this.now();
    const current = this.#minutes.get(keyId);
    if (current && current.resetAt > now) return current;
    const begun = { used: 0, resetAt: now + MINUTE_MS };
    this.#minutes.set(keyId, begun);
    return begun;
  }
}

function rateLimited(charge: Charge, waitMs: number): MaillardError {
  const { limit, cost, remaining, used, resetAt } = charge;
  const never = cost > limit;
  const advice = never
    ? "It is more than the whole limit: ask for shorter pages or fewer nested lists."
    : `All ${limit} are there again in ${Math.ceil(waitMs / 1_000)} s. Ask again then, or for less.`;
  return new MaillardError(
    "RATE_LIMITED",
    `This costs ${cost} points, and of the ${limit} that this key has in a minute ${remaining} are left. ${advice}`,
    {
      retryable: !never,
      details: {
        limit,
        cost,
        remaining,
        used,
        resetAt: resetAt.toISOString(),
        ...(never ? {} : { retryAfterMs: waitMs }),
      },
    },
  );
}

/** Headers as GitHub has them; `x-ratelimit-reset` in seconds since 1970. */
export function pointsHeaders({ limit, remaining, used, resetAt }: Charge): Record<string, string> {
  return {
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-used": String(used),
    "x-ratelimit-reset": String(Math.ceil(resetAt.getTime() / 1_000)),
  };
}

/** The same of a refusal, with `retry-after` in seconds. Empty for other errors. */
export function refusalHeaders(error: unknown): Record<string, string> {
  if (!(error instanceof MaillardError && error.code === "RATE_LIMITED")) return {};
  const { resetAt, retryAfterMs, ...numbers } = error.details as unknown as Omit<Charge, "resetAt"> & {
    resetAt: string;
    retryAfterMs?: number;
  };
  return {
    ...pointsHeaders({ ...numbers, resetAt: new Date(resetAt) }),
    ...(retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1_000)) }),
  };
}

export const POINTS_HEADERS = [
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-used",
  "x-ratelimit-reset",
  "retry-after",
];
