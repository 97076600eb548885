/**
 * The small server of `maillard worker`: /livez, /readyz and /metrics, where MAILLARD_WORKER_PORT is set. It listens on
 * HOST. Hosts and origins are checked as by the server; /metrics needs a key where the server would need one, or
 * MAILLARD_METRICS_KEY. Nothing else is answered, and no body is read.
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Application } from "../../service/application.js";
import { Access, isRefusal } from "../access/access.js";
import { isLoopback } from "../access/address.js";
import { forbidden } from "../access/enforce.js";
import { isAtLeast, ROUTE_RULES } from "../access/roles.js";
import { ADDRESSES, METRICS_PATH, metricsKeyCheck, type Reply } from "../observe/addresses.js";
import { Guard, hostInUrl } from "./guard.js";
import { refusalBody } from "./malformed.js";
import { listenError } from "./refused-address.js";

export interface WorkerServerOptions {
  application: Application;
  host: string;
  /** 0 takes a free one. */
  port: number;
  apiKeys: readonly string[];
  allowedHosts: readonly string[];
  metricsKey?: string;
}

const REQUEST_TIMEOUT_MS = 10_000;
const MOST_CONNECTIONS = 50;

/** STARTUP when the address cannot be listened on, or other machines could reach it and there are no keys. */
export async function startWorkerServer(
  options: WorkerServerOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const { application, host, port, apiKeys, allowedHosts, metricsKey } = options;
  // The key of the metrics is a key: another machine that has none reads nothing.
  const keys = metricsKey && !isLoopback(host) ? [...apiKeys, metricsKey] : apiKeys;
  const access = new Access({ keys: application.keys, apiKeys: keys, host });
  const guard = new Guard({ host, allowedHosts, allowedOrigins: [] });
  const readsMetrics = metricsKeyCheck(metricsKey);
  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const refusal = guard.checkPlace(request.headers);
    if (refusal) return refused(refusal.status, refusal.code, refusal.message);
    const path = (request.url ?? "").split("?")[0];
    if (!Object.hasOwn(ADDRESSES, path) || !["GET", "HEAD"].includes(request.method ?? ""))
      return refused(404, "NOT_FOUND", "A worker answers GET of /livez, /readyz and /metrics.");
    const { authorization } = request.headers;
    if (path === METRICS_PATH && !readsMetrics(authorization)) {
      const identity = await access.identify(authorization, request.socket.remoteAddress);
      if (isRefusal(identity)) return refused(identity.status, identity.code, identity.message);
      const { name, role } = identity.principal;
      const least = ROUTE_RULES[`GET ${path}`].role;
      if (least && !isAtLeast(role, least))
        return refused(403, "FORBIDDEN", forbidden(name, role, least, `GET ${path}`));
    }
    return ADDRESSES[path](application);
  };
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    request.resume();
    void answer(request)
      .catch((error: unknown) => {
        application.log.error("A request of the worker's port failed unexpectedly.", { error: String(error) });
        return refused(500, "INTERNAL", "The worker failed at this; its log has the reason.");
      })
      .then(({ status, contentType, body }) => {
        const headers = {
          "content-type": contentType,
          "content-length": Buffer.byteLength(body),
          "cache-control": "no-store",
          "x-content-type-options": "nosniff",
          ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
        };
        response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : body);
      });
  });
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, host, port, "MAILLARD_WORKER_PORT")));
    server.listen(port, host, resolve);
  });
  return {
    url: `http://${hostInUrl(host)}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const refused = (status: number, code: string, message: string): Reply => ({
  status,
  contentType: "application/json; charset=utf-8",
  body: refusalBody(code, message),
});
