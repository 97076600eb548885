/**
 * The in-browser explorer: GraphiQL as one HTML document that asks no other host for anything, kept gzipped.
 * It is 9 MB of text; a worker thread renders it on the first request, so that the server never holds it as text.
 */
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";

const require = createRequire(import.meta.url);

const DEFAULT_QUERY = `# Maillard: press the play button, or Ctrl-Enter.
query Classify {
  predict(smiles: ["CC(=O)OCCC1=CC=CC=C1", "C1CC"], model: "superclass-ensemble", topK: 3) {
    ... on Prediction { compound { name smiles inchiKey formula molecularWeight } label score labels { label score } }
    ... on SmilesError { smiles code message }
  }
}

query WhatIsHere {
  models(first: 10) { edges { node { name task labels parameterCount } } }
  datasets(first: 10) { edges { node { name size labelSets { name kind } } } }
  runs(first: 10) { edges { node { id name status } } }
}
`;

/**
 * The content-security policy of the page, by directive. It names no address but this server's, so that the page cannot
 * call out even if a library of it tried. GraphiQL needs inline scripts and styles, workers from blobs, and `eval`.
 * `host` is the Host header.
 */
export function explorerPolicy(host: string): Record<string, string[]> {
  // Not every browser counts WebSockets of the same address to 'self'.
  const isName = /^[\w.-]+(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i.test(host);
  return {
    "default-src": ["'none'"],
    "script-src": ["'self'", "'unsafe-inline'", "'unsafe-eval'", "blob:"],
    "worker-src": ["blob:"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'", "data:"],
    "connect-src": ["'self'", ...(isName ? [`ws://${host}`, `wss://${host}`] : [])],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'none'"],
  };
}

const SCRIPT = `
const { parentPort, workerData } = require("node:worker_threads");
const { renderGraphiQL } = require(workerData.module);
const html = Buffer.from(renderGraphiQL(workerData.options), "utf8");
const page = require("node:zlib").gzipSync(html, { level: 6 });
parentPort.postMessage(page);
`;

export interface ExplorerPage {
  /** The document, gzipped (about 2 MB); one buffer for all answers. */
  page: Buffer;
  etag: string;
}

let page: Promise<ExplorerPage> | undefined;

/** Made once. */
export function explorerPage(): Promise<ExplorerPage> {
  page ??= new Promise<ExplorerPage>((resolve, reject) => {
    const options = {
      title: "Maillard",
      endpoint: "/graphql",
      defaultQuery: DEFAULT_QUERY,
      subscriptionsProtocol: "WS",
      headers: "{}",
    };
    const module = require.resolve("@graphql-yoga/render-graphiql");
    const worker = new Worker(SCRIPT, { eval: true, workerData: { module, options } });
    worker.once("message", (bytes: Uint8Array) => {
      const html = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      resolve({ page: html, etag: `W/"${createHash("sha256").update(html).digest("base64url")}"` });
    });
    worker.once("error", reject);
  }).catch((error) => {
    page = undefined;
    throw error;
  });
  return page;
}
