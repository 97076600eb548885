/**
 * A hub in this process, in the layout of huggingface.co, with the faults of a real one on demand. Large files (the
 * weights) are delivered by a second server on another port, to which the first redirects, as the real one does.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { FIXTURES } from "../api.js";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
export const REPOSITORY = "seyonec/tiny-bert";

interface Asked {
  /** "hub" or "store": which of the two servers. */
  at: "hub" | "store";
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
}

export interface Faults {
  /** Statuses of error answers, one per request, for requests whose path ends with the key. */
  statuses?: Record<string, (number | { status: number; headers: Record<string, string> })[]>;
  /** The connection breaks after this many bytes of a body, one entry a request of the file. */
  drops?: Record<string, number[]>;
  /** After this many bytes nothing more comes, one entry a request of the file. */
  stalls?: Record<string, number[]>;
  /** This many times, the first byte of the file is wrong. */
  wrong?: Record<string, number>;
  /** Without it every request to the hub is 401. */
  token?: string;
  /** The list of files is given without the token, as of a gated repository. */
  gated?: boolean;
  /** Where large files are, instead of the second server. */
  location?: string;
  /** The list says names only, as some mirrors do. */
  bare?: boolean;
  /** Range is not understood. */
  noRange?: boolean;
  /** Named as the encoding of every file. */
  encoding?: string;
  /** Waited before every part of 16 KiB, in ms. */
  slowMs?: number;
}

export interface TestHub {
  endpoint: string;
  files: Map<string, Buffer>;
  faults: Faults;
  asked: Asked[];
  /** Requests for a file: at which server, and which range. */
  rangesOf(file: string): [at: string, range: string | undefined][];
  close(): Promise<void>;
}

export async function startHub(faults: Faults = {}, folder = "tiny-bert"): Promise<TestHub> {
  const files = new Map<string, Buffer>();
  for (const name of await readdir(join(FIXTURES, folder)))
    files.set(name, await readFile(join(FIXTURES, folder, name)));
  const asked: Asked[] = [];
  const hub: TestHub = {
    endpoint: "",
    files,
    faults,
    asked,
    rangesOf: (file) =>
      asked
        .filter(({ path, method }) => path.endsWith(`/${file}`) && method === "GET")
        .map(({ at, headers }) => [at, headers.range]),
    close: async () => {
      for (const server of [front, store]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
  const front = createServer((request, response) => {
    note("hub", request);
    const isListed = hub.faults.gated && request.url?.startsWith("/api/");
    if (hub.faults.token && !isListed && request.headers.authorization !== `Bearer ${hub.faults.token}`)
      return void response.writeHead(401, { "x-error-code": "RepoNotFound" }).end();
    if (hinder(hub, request, response)) return;
    const path = (request.url ?? "").split("?")[0];
    if (path.startsWith(`/api/models/${REPOSITORY}/revision/`)) {
      if (!/\/(main|v1|0123456789abcdef0123456789abcdef01234567)$/.test(path))
        return void response.writeHead(404, { "x-error-code": "RevisionNotFound" }).end();
      const list = Buffer.from(JSON.stringify(listing(hub)));
      response.setHeader("content-length", list.length);
      const drop = hub.faults.drops?.["/revision/main"]?.shift();
      if (drop === undefined) return void response.end(list);
      return void response.write(list.subarray(0, drop), () => response.socket?.destroy());
    }
    const name = path.startsWith(`/${REPOSITORY}/resolve/${COMMIT}/`) ? path.split("/").at(-1) : undefined;
    const content = hub.files.get(name ?? "");
    if (name === undefined || content === undefined) return void response.writeHead(404).end();
    if (!isLarge(name)) return deliver(hub, name, content, `"${gitSha(content)}"`, request, response);
    const location = hub.faults.location ?? `${address(store)}/signed/${name}`;
    const linked = { "x-linked-etag": `"${sha256(content)}"`, "x-linked-size": String(content.length) };
    response.writeHead(302, { location, ...linked }).end();
  });
  const store = createServer((request, response) => {
    note("store", request);
    if (hinder(hub, request, response)) return;
    const name = (request.url ?? "").split("/").at(-1) as string;
    deliver(hub, name, hub.files.get(name) as Buffer, `"of-the-store-${name}"`, request, response);
  });
  const note = (at: Asked["at"], { method = "", url = "", headers }: IncomingMessage) =>
    void asked.push({ at, method, path: url.split("?")[0], headers });
  await Promise.all([front, store].map((server) => new Promise<void>((done) => server.listen(0, "127.0.0.1", done))));
  hub.endpoint = address(front);
  return hub;
}

const address = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const isLarge = (name: string): boolean => /\.(safetensors|bin)$/.test(name);
export const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");
export const gitSha = (content: Buffer): string =>
  createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");

function listing({ files, faults }: TestHub): object {
  const siblings = [...files].map(([rfilename, content]) => ({
    rfilename,
    ...(faults.bare
      ? {}
      : { size: content.length, blobId: gitSha(isLarge(rfilename) ? Buffer.from("pointer") : content) }),
    ...(isLarge(rfilename) && !faults.bare ? { lfs: { sha256: sha256(content), size: content.length } } : {}),
  }));
  return { id: REPOSITORY, sha: COMMIT, siblings };
}

function hinder({ faults }: TestHub, { url = "" }: IncomingMessage, response: ServerResponse): boolean {
  const path = url.split("?")[0];
  const queue = Object.entries(faults.statuses ?? {}).find(([ending]) => path.endsWith(ending))?.[1];
  const next = queue?.shift();
  if (next === undefined) return false;
  const { status, headers } = typeof next === "number" ? { status: next, headers: {} } : next;
  response.writeHead(status, headers).end("an error page");
  return true;
}

/**
 * Data that Node buffers is lost when the connection breaks, so the reader gets time to take it: turns of the event
 * loop, in each of which a reader of this process is served. A busy machine makes turns longer, not fewer.
 */
function afterTurns(turns: number, action: () => void): void {
  if (turns === 0) action();
  else setTimeout(() => afterTurns(turns - 1, action), 5);
}

function deliver(
  { faults }: TestHub,
  name: string,
  whole: Buffer,
  etag: string,
  { method, headers }: IncomingMessage,
  response: ServerResponse,
): void {
  const range = /^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1];
  const stale = headers["if-range"] !== undefined && headers["if-range"] !== etag;
  const from = range === undefined || faults.noRange || stale ? null : Number(range);
  if (from !== null && from >= whole.length) return void response.writeHead(416).end();
  const body = Buffer.from(whole.subarray(from ?? 0));
  if ((faults.wrong?.[name] ?? 0) > 0) {
    (faults.wrong as Record<string, number>)[name]--;
    body[0] ^= 0xff;
  }
  response.writeHead(from === null ? 200 : 206, {
    etag,
    "content-length": String(body.length),
    ...(faults.encoding ? { "content-encoding": faults.encoding } : {}),
    ...(from === null ? {} : { "content-range": `bytes ${from}-${whole.length - 1}/${whole.length}` }),
  });
  if (method === "HEAD") return void response.end();
  const drop = faults.drops?.[name]?.shift();
  if (drop !== undefined)
    return void response.write(body.subarray(0, drop), () => afterTurns(20, () => response.socket?.destroy()));
  const stall = faults.stalls?.[name]?.shift();
  if (stall !== undefined) return void response.write(body.subarray(0, stall));
  if (!faults.slowMs) return void response.end(body);
  let at = 0;
  const next = () => {
    response.write(body.subarray(at, at + 16_384));
    at += 16_384;
    if (at >= body.length) response.end();
    else setTimeout(next, faults.slowMs);
  };
  next();
}
