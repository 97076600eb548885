/**
 * Who a client is, by the key of its request or WebSocket: `Authorization: Bearer <key>`.
 *   no key needed  on a loopback address, without MAILLARD_API_KEYS and without keys in the database: `LOCAL`
 *   operator       a key of MAILLARD_API_KEYS, kept and compared as sha256, in constant time: `OPERATOR`
 *   a row          a key of the database, found by its sha256
 * A wrong key is UNAUTHENTICATED; more of them from one address wait for their turn (logins.ts). A key that is one of
 * the database's never waits: 256 random bits are not guessed, and what is slowed is what wrong keys cost.
 */
import { timingSafeEqual } from "node:crypto";
import { MaillardError } from "../../errors.js";
import type { KeyRing } from "../../store/access/key-ring.js";
import { hashOf } from "../../store/access/keys.js";
import { LOCAL, OPERATOR, type Principal } from "../../store/access/principal.js";
import { isLoopback } from "./address.js";
import { Logins } from "./logins.js";

export interface Refusal {
  status: 401 | 403 | 429 | 503;
  code: "UNAUTHENTICATED" | "FORBIDDEN" | "RATE_LIMITED" | "DATABASE_UNAVAILABLE";
  message: string;
  /** Seconds, when trying again may help. */
  retryAfter?: number;
}

export interface Identity {
  principal: Principal;
  /** Of the key; null where none is needed. */
  hash: string | null;
}

export interface AccessOptions {
  keys: KeyRing;
  /** MAILLARD_API_KEYS. */
  apiKeys: readonly string[];
  /** Address listened on. */
  host: string;
  /** The time in ms; tests move it. */
  now?: () => number;
}

const NOBODY: Identity = { principal: LOCAL, hash: null };

export class Access {
  readonly #operator: readonly Buffer[];
  readonly #logins: Logins;

  /** STARTUP when other machines could reach the server and it has no keys. */
  constructor(private readonly options: AccessOptions) {
    const { keys, apiKeys, host, now } = options;
    this.#operator = apiKeys.map((key) => Buffer.from(hashOf(key), "hex"));
    this.#logins = new Logins(now);
    if (isLoopback(host) || apiKeys.length > 0 || keys.hasKeys) return;
    const message =
      `HOST is ${host}: other machines could reach this server, and it has no keys. Set ` +
      "MAILLARD_API_KEYS=<key>[,<key>…], or HOST=127.0.0.1.";
    throw new MaillardError("STARTUP", message, { param: "HOST" });
  }

  /** Never false on an address that other machines reach, also when the last key is revoked. */
  get needsKey(): boolean {
    return this.#operator.length > 0 || this.options.keys.hasKeys || !isLoopback(this.options.host);
  }

  /** @param authorization header or parameter of the connection */
  async identify(authorization: unknown, address = ""): Promise<Identity | Refusal> {
    if (!this.needsKey) return NOBODY;
    const secret = /^Bearer +(\S+)$/i.exec(typeof authorization === "string" ? authorization : "")?.[1];
    if (!secret) return MISSING;
    const { keys } = this.options;
    const hash = hashOf(secret);
    const isDue = keys.seemsRight(secret) || this.#logins.trusts(address, hash);
    const wait = isDue ? 0 : this.#logins.take(address);
    if (wait > 0) return tooMany(Math.ceil(wait / 1_000));
    const identity = await this.#find(secret, hash).catch(() => AWAY);
    if (!identity) {
      if (isDue) this.#logins.take(address);
      return UNKNOWN;
    }
    if (!isDue) this.#logins.giveBack(address);
    if ("principal" in identity && identity.principal === OPERATOR) this.#logins.trust(address, hash);
    return identity;
  }

  /** `onEnd` is called once when this client may no longer be connected. Answers the function that ends the watch. */
  watch({ principal, hash }: Identity, onEnd: () => void): () => void {
    return principal === OPERATOR ? () => undefined : this.options.keys.watch(hash, onEnd);
  }

  async #find(secret: string, hash: string): Promise<Identity | null> {
    const given = Buffer.from(hash, "hex");
    // Every key is compared, whichever fits.
    let fits = 0;
    for (const key of this.#operator) fits |= Number(timingSafeEqual(key, given));
    if (fits) return { principal: OPERATOR, hash };
    const principal = await this.options.keys.find(secret);
    return principal && { principal, hash };
  }
}

export const isRefusal = (answer: Identity | Refusal): answer is Refusal => "status" in answer;

const MISSING: Refusal = {
  status: 401,
  code: "UNAUTHENTICATED",
  message: "This server needs an API key: send the header Authorization: Bearer <key>.",
};
const UNKNOWN: Refusal = {
  status: 401,
  code: "UNAUTHENTICATED",
  message: "The API key is not known: it is mistyped, revoked or expired.",
};
const AWAY: Refusal = {
  status: 503,
  code: "DATABASE_UNAVAILABLE",
  message: "The key cannot be checked, because the database does not answer. Try again in 5 seconds.",
  retryAfter: 5,
};
const tooMany = (retryAfter: number): Refusal => ({
  status: 429,
  code: "RATE_LIMITED",
  message: `Too many wrong keys came from this address. The next one is looked at in ${retryAfter} s.`,
  retryAfter,
});
