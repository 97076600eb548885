/**
 * Wrong keys slowed by address: each address has a budget of tries that fills again evenly, and a try beyond it is not
 * looked at (429 with the time to wait). A right key gives its try back. IPv6 addresses are counted by their first 64
 * bits, which are one customer's.
 */
import { LRUCache } from "lru-cache";
import { networkOf } from "./address.js";

export const LOGIN_LIMITS = {
  /** Wrong keys of one address within `windowMs`. */
  wrongKeys: 5,
  windowMs: 60_000,
  /** Addresses that are remembered; beyond them the longest silent one is forgotten. */
  addresses: 10_000,
  /** How long an address keeps using a key that was right there, whatever wrong ones come from it. */
  trustMs: 3_600_000,
} as const;

interface Budget {
  tries: number;
  at: number;
}

export class Logins {
  readonly #budgets = new LRUCache<string, Budget>({ max: LOGIN_LIMITS.addresses });
  /** Address and hash of a key that was right, with the time. */
  readonly #right = new LRUCache<string, number>({ max: LOGIN_LIMITS.addresses });

  /** @param now the time in ms */
  constructor(private readonly now: () => number = Date.now) {}

  /** Takes a try: 0, or the ms until there is one. */
  take(address: string): number {
    const budget = this.#budget(address);
    const { wrongKeys, windowMs } = LOGIN_LIMITS;
    if (budget.tries < 1) return Math.ceil(((1 - budget.tries) * windowMs) / wrongKeys);
    this.#budgets.set(networkOf(address), { ...budget, tries: budget.tries - 1 });
    return 0;
  }

  /** After the key was right. */
  giveBack(address: string): void {
    const budget = this.#budget(address);
    this.#budgets.set(networkOf(address), { ...budget, tries: Math.min(LOGIN_LIMITS.wrongKeys, budget.tries + 1) });
  }

  trust(address: string, hash: string): void {
    this.#right.set(`${networkOf(address)} ${hash}`, this.now());
  }

  trusts(address: string, hash: string): boolean {
    const at = this.#right.get(`${networkOf(address)} ${hash}`);
    return at !== undefined && this.now() - at < LOGIN_LIMITS.trustMs;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#budgets.size;
  }

  #budget(address: string): Budget {
    const now = this.now();
    const { wrongKeys, windowMs } = LOGIN_LIMITS;
    const { tries, at } = this.#budgets.get(networkOf(address)) ?? { tries: wrongKeys, at: now };
    return { tries: Math.min(wrongKeys, tries + (Math.max(0, now - at) * wrongKeys) / windowMs), at: now };
  }
}
