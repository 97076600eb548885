/** Who asks: the owner of limits that hold for all connections of a client together. */
import { createHash } from "node:crypto";

export interface Asking {
  /** As the guard has accepted it: the header, or `authorization` of connection_init. */
  authorization: unknown;
  /** Of the connection. */
  address: string | undefined;
}

/**
 * The key where the server has keys (as sha256, so that no key is kept), else the address. Without keys nobody checks
 * what stands in `authorization`, so that a client could be another one with each request. Of an IPv6 address the
 * first 64 bits count: a customer usually gets as much.
 */
export function clientOf({ authorization, address = "" }: Asking, keysRequired: boolean): string {
  if (!keysRequired) return `address ${networkOf(address)}`;
  return `key ${createHash("sha256").update(String(authorization)).digest("hex")}`;
}

function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped || !address.includes(":")) return mapped ?? address;
  const [head, tail = ""] = address.split("%")[0].split("::");
  const [before, after] = [head, tail].map((part) => part.split(":").filter(Boolean));
  const zeros = address.includes("::") ? new Array<string>(8 - before.length - after.length).fill("0") : [];
  return [...before, ...zeros, ...after].slice(0, 4).join(":");
}
