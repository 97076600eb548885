/**
 * One request to a hub. Redirects are followed one by one, under these rules:
 *   - it begins at the endpoint; from an https endpoint it goes on over https only
 *   - the token goes to the endpoint's origin (scheme, host and port) and to no other
 *   - an address that is not on the public internet is connected to only when the endpoint's own is such. The check is
 *     made on the address of the connection itself, so no name can be one thing when checked and another when used
 *   - at most five redirects; a silence of `idleMs` breaks the connection
 * node:https instead of fetch, because fetch neither shows nor lets a caller choose the address that it connects to.
 */
import { lookup as lookupHost } from "node:dns";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { MaillardError } from "../../errors.js";
import { type Hub, hostOf, isPrivate } from "./address.js";
import { protocolError, redirectRefused, unreachable } from "./errors.js";

export interface HubRequest {
  method?: "GET" | "HEAD";
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Silence after which a connection counts as broken, in ms. Default 30,000. */
  idleMs?: number;
  /** False: a redirect to another origin is returned, not followed. Default true. */
  leave?: boolean;
  /** Which addresses are private. Default: those of address.ts. */
  judge?: (address: string) => boolean;
}

export interface HubAnswer {
  status: number;
  /** Whether another origin delivers it. */
  elsewhere: boolean;
  /** Of the endpoint's last answer: what the hub itself reports of a file that another host delivers. */
  own: IncomingMessage["headers"];
  headers: IncomingMessage["headers"];
  body: IncomingMessage;
}

const MOST_REDIRECTS = 5;
const IDLE_MS = 30_000;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Thrown by the look-up of a name whose address is refused. */
class PrivateAddress extends Error {}

/** `path` begins with a slash. Rejects with a MaillardError, or with the signal's reason. */
export async function askHub(hub: Hub, path: string, options: HubRequest = {}): Promise<HubAnswer> {
  const endpoint = new URL(hub.endpoint);
  let url = new URL(hub.endpoint + path);
  let own: HubAnswer["own"] = {};
  const { judge = isPrivate } = options;
  let nearAllowed = true;
  for (let redirects = 0; ; redirects++) {
    const isOwn = url.origin === endpoint.origin;
    const body = await send(url, hub, isOwn, nearAllowed, options);
    const status = body.statusCode as number;
    if (isOwn) {
      own = body.headers;
      // Unknown for a connection that is closed already: it then counts as public, from which no redirect leads to a
      // private address.
      const { remoteAddress } = body.socket;
      nearAllowed = remoteAddress !== undefined && judge(remoteAddress);
    }
    const { location } = body.headers;
    if (!REDIRECTS.has(status) || location === undefined)
      return { status, elsewhere: !isOwn, own, headers: body.headers, body };
    const next = redirectTarget(url, location, endpoint);
    if (options.leave === false && next.origin !== endpoint.origin)
      return { status: 200, elsewhere: true, own, headers: body.headers, body };
    body.destroy();
    if (redirects >= MOST_REDIRECTS) throw protocolError(`it redirects more than ${MOST_REDIRECTS} times`);
    url = next;
  }
}

/** The next address. HUB_PROTOCOL, HUB_REDIRECT_REFUSED. */
export function redirectTarget(from: URL, location: string, endpoint: URL): URL {
  if (!URL.canParse(location, from.href)) throw protocolError("it redirects to what is no address");
  const next = new URL(location, from);
  const secure = next.protocol === "https:" || (next.protocol === "http:" && endpoint.protocol === "http:");
  if (!secure) throw redirectRefused(`${next.protocol}//${next.host}`, "only https is followed");
  if (next.username || next.password) throw redirectRefused(next.host, "an address with a user in it is not followed");
  return next;
}

function send(url: URL, hub: Hub, isOwn: boolean, nearAllowed: boolean, options: HubRequest): Promise<IncomingMessage> {
  const { method = "GET", headers = {}, signal, idleMs = IDLE_MS } = options;
  const host = hostOf(url);
  const guarded = !isOwn && !nearAllowed;
  const refused = (): MaillardError =>
    redirectRefused(url.host, "its address is a private one. Only an HF_ENDPOINT that is private itself may do so");
  if (guarded && isIP(host) !== 0 && isPrivate(host)) return Promise.reject(refused());
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const request: (url: URL, options: RequestOptions, answer: (body: IncomingMessage) => void) => ClientRequest =
      url.protocol === "https:" ? httpsRequest : httpRequest;
    const made = request(
      url,
      {
        method,
        signal,
        // Connections are not kept: a refused or broken one must not be used again.
        agent: false,
        headers: {
          accept: "*/*",
          "accept-encoding": "identity",
          "user-agent": "maillard",
          ...headers,
          ...(isOwn && hub.token ? { authorization: `Bearer ${hub.token}` } : {}),
        },
        ...(guarded ? { lookup: publicLookup } : {}),
      },
      resolve,
    );
    made.setTimeout(idleMs, () => made.destroy(new Error(`it was silent for ${idleMs / 1_000} s`)));
    made.on("error", (error) => {
      if (signal?.aborted) reject(signal.reason);
      else reject(error instanceof PrivateAddress ? refused() : unreachable(reasonOf(error)));
    });
    made.end();
  });
}

/** Resolves a name as Node does, and refuses when any of its addresses is private. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookupHost(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, "", 0);
    if (addresses.length === 0 || addresses.some(({ address }) => isPrivate(address)))
      return callback(new PrivateAddress("private address"), "", 0);
    if (options.all) return callback(null, addresses);
    callback(null, addresses[0].address, addresses[0].family);
  });
};

/** The system's message, without addresses and paths. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "its name is not known here";
  if (code === "ECONNREFUSED") return "nothing listens there";
  if (code && /^(ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE)$/.test(code)) return "the connection broke";
  if (code && /CERT|SSL|TLS/.test(code)) return `its certificate is not accepted (${code})`;
  return code ?? message;
}

/** The whole body as text; more than `limit` bytes are HUB_PROTOCOL. */
export async function readText(body: IncomingMessage, limit: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > limit) throw protocolError(`it is longer than ${limit} bytes`);
      parts.push(part);
    }
  } catch (error) {
    throw error instanceof MaillardError ? error : unreachable(reasonOf(error));
  } finally {
    body.destroy();
  }
  return Buffer.concat(parts).toString("utf8");
}
