/** Addresses to listen on, and the client that limits are counted for. */
import type { Identity } from "./access.js";
import { networkOf } from "./logins.js";

export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

/** Of whom something is counted: the key, also after a rotation; where none is needed the network of the address. */
export function clientOf({ principal, hash }: Identity, address = ""): string {
  const key = principal.keyId ?? hash;
  return key === null ? `address ${networkOf(address)}` : `key ${key}`;
}
