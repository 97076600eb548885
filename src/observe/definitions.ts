/**
 * Every metric of /metrics: one table, of which the exposition, the recorder and docs/observing.md are made. A label
 * has values of the program alone (fields, codes, routes, kinds of processes): never a SMILES, a name or a key.
 * Times are seconds, sizes bytes. A counter starts at 0 with its process.
 */

/** Upper bounds of histograms. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const STATEMENT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface Definition {
  type: "counter" | "gauge" | "histogram";
  labels: readonly string[];
  /** One sentence, without a line break. */
  help: string;
  /** Of histograms that this layer records; others bring theirs. */
  bounds?: readonly number[];
}

export const METRICS = {
  maillard_build_info: { type: "gauge", labels: ["version"], help: "1, with the version that runs." },

  maillard_operations_total: {
    type: "counter",
    labels: ["kind", "field", "code"],
    help:
      "GraphQL operations by kind, root field (other: several, or none that is valid) and code: OK, or that of the " +
      "first error.",
  },
  maillard_operation_seconds: {
    type: "histogram",
    labels: ["kind", "field"],
    help: "Time of a query or mutation, from its request to its answer.",
    bounds: SECONDS,
  },
  maillard_operation_points_total: {
    type: "counter",
    labels: ["kind", "field"],
    help: "Cost points that operations were charged; 0 for clients without a limit of points.",
  },
  maillard_http_requests_total: {
    type: "counter",
    labels: ["method", "route", "status"],
    help: "HTTP requests by method, route and status; route other: no address of this server.",
  },
  maillard_http_request_seconds: {
    type: "histogram",
    labels: ["route"],
    help: "Time of an HTTP request, until its answer was sent; streams of events as long as they last.",
    bounds: SECONDS,
  },
  maillard_computing_operations: {
    type: "gauge",
    labels: ["kind"],
    help: "Operations under way that compute, and those of them that analyse.",
  },
  maillard_streams: { type: "gauge", labels: [], help: "WebSockets and streams over HTTP that are open." },

  maillard_stage_seconds: {
    type: "histogram",
    labels: ["stage"],
    help: "Time of one call of a stage: tokenize (a list of texts), chemistry (a list of SMILES, waiting included).",
    bounds: SECONDS,
  },
  maillard_stage_running: {
    type: "gauge",
    labels: ["stage"],
    help: "Calls of a stage that wait or run now.",
  },
  maillard_database_statement_seconds: {
    type: "histogram",
    labels: [],
    help: "Time of one SQL statement of the pool, from its sending to its last row.",
    bounds: STATEMENT_SECONDS,
  },
  maillard_database_statement_errors_total: {
    type: "counter",
    labels: [],
    help: "SQL statements of the pool that failed, unique violations included.",
  },
  maillard_database_up: { type: "gauge", labels: [], help: "1 when the database answered at this scrape, else 0." },
  maillard_database_connections: {
    type: "gauge",
    labels: ["state"],
    help: "Connections of the pool: busy or idle.",
  },
  maillard_database_waiting: { type: "gauge", labels: [], help: "Requests that wait for a connection of the pool." },

  maillard_compute_queue_items: {
    type: "gauge",
    labels: ["priority"],
    help: "Molecules that wait for a compute process, by priority, and analyses.",
  },
  maillard_compute_running_items: {
    type: "gauge",
    labels: [],
    help: "Molecules and analyses that a compute process works on.",
  },
  maillard_compute_training_processes: {
    type: "gauge",
    labels: [],
    help: "Training processes and fits of probes under way.",
  },
  maillard_compute_queue_seconds: {
    type: "histogram",
    labels: [],
    help: "Of each molecule, from its admission to the start of its batch.",
  },
  maillard_compute_inference_seconds: { type: "histogram", labels: [], help: "Of each batch, inside the model." },
  maillard_compute_load_seconds: { type: "histogram", labels: [], help: "Of each load of a model." },
  maillard_compute_batch_items: { type: "histogram", labels: [], help: "Molecules of a batch." },
  maillard_compute_batch_tokens: { type: "histogram", labels: [], help: "Tokens of a batch, padding not counted." },
  maillard_compute_failed_items_total: {
    type: "counter",
    labels: [],
    help: "Molecules that failed inside a batch that was answered.",
  },
  maillard_compute_device_up: {
    type: "gauge",
    labels: ["device"],
    help: "1 when the device of MAILLARD_DEVICES is READY, else 0.",
  },
  maillard_compute_device_crashes_total: {
    type: "counter",
    labels: ["device"],
    help: "Compute processes of a device that ended by themselves, or were killed for their time limit.",
  },
  maillard_compute_device_recycled_total: {
    type: "counter",
    labels: ["device"],
    help: "Compute processes of a device that were replaced after many model loads.",
  },

  maillard_cache_requests_total: {
    type: "counter",
    labels: ["cache", "result"],
    help: "Look-ups by result, hit or miss: stored predictions and embeddings, tokenizers, sessions (one each batch).",
  },

  maillard_processes: { type: "gauge", labels: ["process"], help: "Living processes by kind; server: this one." },
  maillard_process_starts_total: {
    type: "counter",
    labels: ["process"],
    help: "Child processes that were started.",
  },
  maillard_process_ends_total: {
    type: "counter",
    labels: ["process", "reason"],
    help: "Child processes that ended: done (exit code 0), stopped (by this process), crashed (anything else).",
  },
  maillard_resident_bytes: {
    type: "gauge",
    labels: ["process"],
    help: "Resident memory of living processes, the sum of each kind; children on Linux only.",
  },

  maillard_runs: {
    type: "gauge",
    labels: ["status", "lane"],
    help: "Runs of the database by status and lane of the queue, the same from every server and worker.",
  },
  maillard_run_events_total: {
    type: "counter",
    labels: ["event"],
    help: "What happened to runs in this process: claimed, taken_over, succeeded, failed, fault, requeued, …",
  },
} as const satisfies Record<string, Definition>;

export type MetricName = keyof typeof METRICS;

export const definitionOf = (name: MetricName): Definition => METRICS[name];
