/**
 * Who may talk to the server, for HTTP requests and WebSocket upgrades alike.
 *   Host    on a loopback address only names of this machine are accepted: protects from DNS rebinding
 *   Origin  a browser's page must come from this server or from MAILLARD_ALLOWED_ORIGINS
 *   GET     refused when a browser neither says where a request comes from (Sec-Fetch-Site) nor sends a header of ours
 * Answers null, or the refusal with its HTTP status. Keys: src/api/access.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Refusal } from "../access/access.js";
import { isLoopback } from "../access/address.js";

/** How long clients may take, and how many connections they may hold. */
export { readTransportLimits, type TransportLimits } from "./connections.js";

export interface GuardOptions {
  /** Address listened on. */
  host: string;
  /** Names besides localhost that the Host header may have. */
  allowedHosts: readonly string[];
  /** Origins besides the server's own, e.g. https://studio.example. */
  allowedOrigins: readonly string[];
}

export class Guard {
  private readonly hosts: ReadonlySet<string> | null;
  private readonly origins: ReadonlySet<string>;

  constructor(options: GuardOptions) {
    const local = ["localhost", "127.0.0.1", "[::1]", hostInUrl(options.host)];
    // With keys, DNS rebinding gains nothing, and only the operator knows the names of a public server.
    const open = !isLoopback(options.host) && options.allowedHosts.length === 0;
    this.hosts = open ? null : new Set([...local, ...options.allowedHosts].map((name) => name.toLowerCase()));
    this.origins = new Set(options.allowedOrigins.map((origin) => origin.toLowerCase()));
  }

  /** Host and Origin. */
  checkPlace(headers: IncomingHttpHeaders): Refusal | null {
    const host = headers.host?.toLowerCase() ?? "";
    const name = host.replace(/:\d+$/, "");
    if (this.hosts && !this.hosts.has(name)) {
      return forbidden(
        `The Host header ${quote(host)} is not a name of this server. Use localhost, or list it in ` +
          "MAILLARD_ALLOWED_HOSTS.",
      );
    }
    const origin = headers.origin?.toLowerCase();
    if (origin === undefined) return null;
    if (this.origins.has(origin) || isOwn(origin, host)) return null;
    return forbidden(`The Origin ${quote(origin)} may not use this server. List it in MAILLARD_ALLOWED_ORIGINS.`);
  }

  /** A page of another origin that is allowed to ask. */
  isForeignOrigin({ origin, host }: IncomingHttpHeaders): boolean {
    const given = origin?.toLowerCase();
    return given !== undefined && this.origins.has(given) && !isOwn(given, host?.toLowerCase() ?? "");
  }

  /** Against pages elsewhere that load a URL of ours as an image or a script. */
  checkGet(headers: IncomingHttpHeaders): Refusal | null {
    const site = headers["sec-fetch-site"];
    if (site === "same-origin" || site === "none") return null;
    if (site === undefined && !/^Mozilla\//.test(headers["user-agent"] ?? "")) return null;
    const ours =
      headers["x-maillard-client"] ?? headers["apollo-require-preflight"] ?? headers["x-apollo-operation-name"];
    if (ours || headers["content-type"]?.startsWith("application/json")) return null;
    return forbidden(
      "A GET from another site is refused. Send POST with application/json, or the header x-maillard-client.",
    );
  }
}

export const hostInUrl = (host: string): string => (host.includes(":") ? `[${host}]` : host);

const isOwn = (origin: string, host: string): boolean => origin.replace(/^https?:\/\//, "") === host;
const forbidden = (message: string): Refusal => ({ status: 403, code: "FORBIDDEN", message });
const quote = (text: string): string => JSON.stringify(text.slice(0, 100));
