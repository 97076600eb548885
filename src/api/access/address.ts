/** Addresses to listen on, and the client that limits are counted for. */
import type { Principal } from "../../store/access/principal.js";
import { networkOf } from "./logins.js";

export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

/** Of whom something is counted: the key, else the network of the address. */
export const clientOf = ({ keyId, name }: Principal, address = ""): string =>
  keyId === null ? `${name} ${networkOf(address)}` : `key ${keyId}`;
