/** The settings of observing, from the environment; `problems` names each variable that is wrong. */

const LOG_LEVELS = ["error", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Which requests have a line of the log: each, those that failed, none (src/api/observe/request-log.ts). */
export const REQUEST_LOGS = ["all", "failed", "none"] as const;
export type RequestLogChoice = (typeof REQUEST_LOGS)[number];
export const DEFAULT_REQUEST_LOG: RequestLogChoice = "failed";

export interface ObserveSettings {
  /** MAILLARD_LOG_LEVEL, default info. */
  logLevel: LogLevel;
  /** MAILLARD_LOG_REQUESTS, default failed. */
  logRequests: RequestLogChoice;
  /** MAILLARD_METRICS_KEY: reads /metrics and nothing else. */
  metricsKey: string | undefined;
  /** MAILLARD_WORKER_PORT: where a worker answers /livez, /readyz and /metrics; 0 takes a free one. */
  workerPort: number | undefined;
  /** OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set: traces are made. */
  traces: boolean;
}

/** As of the operator's keys. */
const SHORTEST_KEY = 16;

export function readObserving(environment: Readonly<Record<string, string | undefined>>): {
  observing: ObserveSettings;
  problems: { param: string; message: string }[];
} {
  const problems: { param: string; message: string }[] = [];
  const choice = <One extends string>(param: string, choices: readonly One[], usual: One): One => {
    const given = environment[param] || usual;
    if (choices.includes(given as One)) return given as One;
    problems.push({ param, message: `${param} is one of ${choices.join(", ")}; got ${JSON.stringify(given)}.` });
    return usual;
  };
  const logLevel = choice("MAILLARD_LOG_LEVEL", LOG_LEVELS, "info");
  const logRequests = choice("MAILLARD_LOG_REQUESTS", REQUEST_LOGS, DEFAULT_REQUEST_LOG);
  const metricsKey = environment.MAILLARD_METRICS_KEY || undefined;
  if (metricsKey !== undefined && !/^\S{16,}$/.test(metricsKey)) {
    const message = `MAILLARD_METRICS_KEY has at least ${SHORTEST_KEY} characters, and no space.`;
    problems.push({ param: "MAILLARD_METRICS_KEY", message });
  }
  const given = environment.MAILLARD_WORKER_PORT;
  const workerPort = given ? Number(given) : undefined;
  if (workerPort !== undefined && !(Number.isInteger(workerPort) && workerPort >= 0 && workerPort <= 65_535)) {
    const shown = JSON.stringify(given);
    const message = `MAILLARD_WORKER_PORT is a whole number from 0 (any free port) to 65535; got ${shown}.`;
    problems.push({ param: "MAILLARD_WORKER_PORT", message });
  }
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT } = environment;
  const traces = Boolean(OTEL_EXPORTER_OTLP_ENDPOINT || OTEL_EXPORTER_OTLP_TRACES_ENDPOINT);
  return { observing: { logLevel, logRequests, metricsKey, workerPort, traces }, problems };
}
