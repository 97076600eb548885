/**
 * The least role of every root field and every address of the server: one table, from which the checks (enforce.ts,
 * routes.ts) and docs/access.md come. A field or an address without a row does not start.
 *   READER  predicts and looks
 *   MEMBER  also imports, trains, and ends, renames and deletes what its own key made
 *   ADMIN   everything, in every project
 */
import type { KeyRole } from "../../store/generated/enums.js";

/** What a key can own; its row says which key made it. */
export type Owned = "Run" | "RunGroup" | "ModelDownload" | "Model" | "Dataset";

export interface Rule {
  /** Null: no key is needed. */
  role: KeyRole | null;
  /** Only of what the key itself made, unless it is an administrator's: the node of the argument `id`. */
  own?: Owned;
  /** Arguments that need a higher role. */
  unless?: { when: string; role: KeyRole; holds(args: Record<string, unknown>): boolean };
}

const ANYONE: Rule = { role: null };
const READER: Rule = { role: "READER" };
const MEMBER: Rule = { role: "MEMBER" };
const ADMIN: Rule = { role: "ADMIN" };

/** By "Type.field" of the root types. */
export const FIELD_RULES: Readonly<Record<string, Rule>> = {
  "Query.apiKeys": ADMIN,
  "Query.auditLog": ADMIN,
  "Query.clusters": READER,
  "Query.compareRuns": READER,
  "Query.compound": READER,
  "Query.compounds": READER,
  "Query.dataset": READER,
  "Query.datasets": READER,
  "Query.devices": READER,
  "Query.diskUsage": ADMIN,
  "Query.embed": READER,
  "Query.health": READER,
  "Query.model": READER,
  "Query.modelDownload": READER,
  "Query.modelDownloads": READER,
  "Query.models": READER,
  "Query.neighbours": READER,
  "Query.node": READER,
  "Query.nodes": READER,
  "Query.outliers": READER,
  "Query.predict": READER,
  "Query.projection": READER,
  "Query.quota": READER,
  "Query.rateLimit": READER,
  "Query.run": READER,
  "Query.runCurves": READER,
  "Query.runGroup": READER,
  "Query.runGroups": READER,
  "Query.runs": READER,
  "Query.separation": READER,
  "Query.viewer": READER,

  "Mutation.addModel": {
    role: "MEMBER",
    // It reads the disk of the server's machine.
    unless: { when: "`input.folder` is given", role: "ADMIN", holds: ({ input }) => isGiven(input, "folder") },
  },
  "Mutation.cancelModelDownload": { role: "MEMBER", own: "ModelDownload" },
  "Mutation.cancelRun": { role: "MEMBER", own: "Run" },
  "Mutation.cancelRunGroup": { role: "MEMBER", own: "RunGroup" },
  "Mutation.cloneRun": MEMBER,
  "Mutation.collectGarbage": ADMIN,
  "Mutation.continueRun": MEMBER,
  "Mutation.createApiKey": ADMIN,
  "Mutation.createEnsemble": MEMBER,
  "Mutation.deleteDataset": { role: "MEMBER", own: "Dataset" },
  "Mutation.deleteModel": { role: "MEMBER", own: "Model" },
  "Mutation.deleteRun": { role: "MEMBER", own: "Run" },
  "Mutation.deleteRunGroup": { role: "MEMBER", own: "RunGroup" },
  "Mutation.importDataset": MEMBER,
  "Mutation.limitApiKey": ADMIN,
  "Mutation.pauseRun": { role: "MEMBER", own: "Run" },
  "Mutation.pauseRunGroup": { role: "MEMBER", own: "RunGroup" },
  "Mutation.quantizeModel": MEMBER,
  "Mutation.renameDataset": { role: "MEMBER", own: "Dataset" },
  "Mutation.renameModel": { role: "MEMBER", own: "Model" },
  "Mutation.renameRun": { role: "MEMBER", own: "Run" },
  "Mutation.renameRunGroup": { role: "MEMBER", own: "RunGroup" },
  "Mutation.restoreShipped": ADMIN,
  "Mutation.resumeRun": { role: "MEMBER", own: "Run" },
  "Mutation.resumeRunGroup": { role: "MEMBER", own: "RunGroup" },
  "Mutation.retryRun": { role: "MEMBER", own: "Run" },
  "Mutation.revokeApiKey": ADMIN,
  "Mutation.rotateApiKey": ADMIN,
  "Mutation.setRunPriority": { role: "MEMBER", own: "Run" },
  "Mutation.startEmbedding": MEMBER,
  "Mutation.startEvaluation": MEMBER,
  "Mutation.startFinetune": MEMBER,
  "Mutation.startPrediction": MEMBER,
  "Mutation.startPretraining": MEMBER,
  "Mutation.startProjection": MEMBER,
  "Mutation.startProbe": MEMBER,
  "Mutation.startRepeats": MEMBER,
  "Mutation.startSweep": MEMBER,
  "Mutation.updateRun": { role: "MEMBER", own: "Run" },

  "Subscription.modelDownloadUpdated": READER,
  "Subscription.runEvents": READER,
  "Subscription.runMetrics": READER,
  "Subscription.runMetricLists": READER,
  "Subscription.runUpdated": READER,
  "Subscription.runsUpdated": READER,
};

/** The page that a browser shows at /graphql: what it asks needs a key. */
export const PAGE = "GET /graphql (text/html)";
export const WEB_SOCKET = "WebSocket /graphql";

/** Addresses of the server, by method and path as Fastify has them. Of HEAD those of GET; OPTIONS carries no key. */
export const ROUTE_RULES: Readonly<Record<string, Rule>> = {
  "GET /": ANYONE,
  "GET /health": ANYONE,
  "GET /livez": ANYONE,
  "GET /readyz": ANYONE,
  // Or with the key of MAILLARD_METRICS_KEY, which reads nothing else.
  "GET /metrics": ADMIN,
  [PAGE]: ANYONE,
  "GET /graphql": READER,
  "POST /graphql": READER,
  [WEB_SOCKET]: READER,
  // Whoever may only predict does not take the weights away.
  "GET /models/:model/export": MEMBER,
  "POST /models": MEMBER,
  "POST /import/csv": MEMBER,
  "POST /import/foodb": MEMBER,
  "POST /predict": READER,
  "GET /runs/:id/predictions": READER,
};

/** Requests that may take hours: a key that ends meanwhile ends them. `url`: of the route. */
export const isTransfer = (url: string): boolean => isUpload(url) || url.startsWith("/models/") || url === PREDICTIONS;
const PREDICTIONS = "/runs/:id/predictions";
/** Requests whose body may take as long as its pace is held. `url`: of the request, with its query. */
export const isUpload = (url: string): boolean => /^\/(import\/|(predict|models)(\?|$))/.test(url);

const RANKS: Record<KeyRole, number> = { READER: 0, MEMBER: 1, ADMIN: 2 };
export const isAtLeast = (role: KeyRole, least: KeyRole): boolean => RANKS[role] >= RANKS[least];

const isGiven = (input: unknown, field: string): boolean =>
  typeof input === "object" && input !== null && ((input as Record<string, unknown>)[field] ?? null) !== null;
