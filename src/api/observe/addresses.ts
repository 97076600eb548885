/**
 * Addresses for monitoring.
 *   /livez    200: the process answers
 *   /readyz   200, or 503 with what is missing: { ready, database, devices }; 503 too of a server that is closing
 *   /metrics  the metrics in Prometheus' format, for administrators and for the key of MAILLARD_METRICS_KEY
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Exposition } from "../../observe/exposition.js";
import { type HealthParts, readiness } from "../../service/health.js";

export const METRICS_PATH = "/metrics";

export interface MonitoredParts extends HealthParts {
  metrics: Exposition;
  /** True once the server takes no more requests. Absent: it is not known. */
  isClosing?(): boolean;
}

export interface Reply {
  status: number;
  contentType: string;
  body: string;
}

const JSON_TYPE = "application/json; charset=utf-8";

export const ADDRESSES: Readonly<Record<string, (parts: MonitoredParts) => Promise<Reply>>> = {
  "/livez": async () => ({ status: 200, contentType: JSON_TYPE, body: `{"live":true}` }),
  "/readyz": async (parts) => {
    const state = await readiness(parts);
    const ready = state.ready && !parts.isClosing?.();
    return { status: ready ? 200 : 503, contentType: JSON_TYPE, body: JSON.stringify({ ...state, ready }) };
  },
  [METRICS_PATH]: async ({ metrics }) => {
    const { text, contentType } = await metrics.text();
    return { status: 200, contentType, body: text };
  },
};

export function serveAddresses(app: FastifyInstance, parts: MonitoredParts): void {
  for (const [path, answer] of Object.entries(ADDRESSES))
    app.get(path, async (_request, reply) => {
      const { status, contentType, body } = await answer(parts);
      return reply.code(status).header("cache-control", "no-store").type(contentType).send(body);
    });
}

/** Whether the header has the key that reads the metrics and nothing else. Always false without such a key. */
export function metricsKeyCheck(metricsKey: string | undefined): (authorization: unknown) => boolean {
  if (!metricsKey) return () => false;
  const wanted = hashOf(metricsKey);
  return (authorization) => {
    const secret = /^Bearer +(\S+)$/i.exec(typeof authorization === "string" ? authorization : "")?.[1];
    return secret !== undefined && timingSafeEqual(hashOf(secret), wanted);
  };
}

const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest();
