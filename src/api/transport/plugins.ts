/**
 * What Fastify's plugins add to answers, registered in this order:
 *   @fastify/helmet    security headers, and a content-security policy that lets a page of ours load nothing
 *   (guard.ts)         refuses other hosts and origins; these answers have the security headers alone
 *   @fastify/cors      the headers by which a browser lets an allowed page read the answer; answers preflights
 *   @fastify/compress  brotli or gzip for answers of 1 KiB and more, for clients that accept it
 */
import compress from "@fastify/compress";
import cors, { type FastifyCorsOptions } from "@fastify/cors";
import helmet from "@fastify/helmet";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { REQUEST_ID_HEADER } from "../../observe/request-id.js";
import { POINTS_HEADERS } from "../access/points.js";
import type { Guard } from "./guard.js";

/** Answers shorter than this go out as they are, in bytes. */
const COMPRESS_FROM = 1_024;

/** For JSON and the other answers of this server, which load nothing. The explorer has a policy of its own. */
const STRICT_POLICY = {
  "default-src": ["'none'"],
  "base-uri": ["'none'"],
  "form-action": ["'none'"],
  "frame-ancestors": ["'none'"],
};

/** Before the guard, whose refusals have these headers too. */
export async function addSecurityHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: STRICT_POLICY },
    xFrameOptions: { action: "deny" },
    // The server speaks plain HTTP. A proxy that adds TLS decides about this header.
    strictTransportSecurity: false,
  });
}

/** After the guard. */
export async function addPlugins(app: FastifyInstance, guard: Guard): Promise<void> {
  await app.register(cors, {
    delegator: async ({ headers }: FastifyRequest): Promise<FastifyCorsOptions> =>
      guard.isForeignOrigin(headers) ? ALLOWED : { origin: false },
  });
  await app.register(compress, {
    threshold: COMPRESS_FROM,
    encodings: ["br", "gzip"],
    // Complete answers only. Streams of events, of progress and of rows would wait in the compressor.
    customTypes: /^application\/(graphql-response\+)?json\b|^text\/(?!event-stream|csv|tab-separated-values)/,
    // A compressed body would be measured before it grows: it is refused as it always was.
    globalDecompression: false,
  });
}

const ALLOWED: FastifyCorsOptions = {
  origin: true,
  methods: ["GET", "POST"],
  exposedHeaders: [...POINTS_HEADERS, REQUEST_ID_HEADER],
  allowedHeaders: ["authorization", "content-type", "x-maillard-client", "last-event-id", REQUEST_ID_HEADER],
  maxAge: 600,
  strictPreflight: false,
};
