/** Addresses to listen on, networks of addresses, and the client that limits are counted for. */
import { isIPv6 } from "node:net";
import type { Identity } from "./access.js";

export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

/** Of whom something is counted: the key, also after a rotation; where none is needed the network of the address. */
export function clientOf({ principal, hash }: Identity, address = ""): string {
  const key = principal.keyId ?? hash;
  return key === null ? `address ${networkOf(address)}` : `key ${key}`;
}

/** An IPv4 address as it is, also one written as IPv6; of an IPv6 address the first 64 bits. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (!isIPv6(address)) return address;
  const [front, back] = address.split("%")[0].toLowerCase().split("::");
  const groups = front === "" ? [] : front.split(":");
  const missing = back === undefined ? 0 : 8 - groups.length - (back === "" ? 0 : back.split(":").length);
  const all = [...groups, ...Array<string>(missing).fill("0"), ...(back ? back.split(":") : [])];
  const network = all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}
