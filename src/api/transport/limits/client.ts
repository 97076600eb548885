/** Who asks: the owner of limits that hold for all connections of a client together. */
import type { Principal } from "../../../store/access/principal.js";

/**
 * The key, where it is one of the database. Else the address: nobody is told apart from others of it. Of an IPv6
 * address the first 64 bits count: a customer usually gets as much.
 *
 * @param address of the connection
 */
export const clientOf = ({ keyId }: Pick<Principal, "keyId">, address = ""): string =>
  keyId === null ? `address ${networkOf(address)}` : `key ${keyId}`;

function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped || !address.includes(":")) return mapped ?? address;
  const [head, tail = ""] = address.split("%")[0].split("::");
  const [before, after] = [head, tail].map((part) => part.split(":").filter(Boolean));
  const zeros = address.includes("::") ? new Array<string>(8 - before.length - after.length).fill("0") : [];
  return [...before, ...zeros, ...after].slice(0, 4).join(":");
}
