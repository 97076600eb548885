/**
 * Every mutation has one entry in the audit log, whether it came by HTTP or by WebSocket: the resolvers of the schema's
 * mutations are wrapped, whatever answers them. This wrapper is the outermost one: a mutation that another one refuses
 * has its entry, too; what the role of a key forbids again within a minute is counted. The entry is written before the
 * answer goes out.
 *
 * Of the arguments only those listed here are kept, and of the answer the ids of its rows: names and ids, never a
 * molecule, a row of a table or a key.
 */
import type { FastifyRequest } from "fastify";
import { defaultFieldResolver, type GraphQLSchema } from "graphql";
import { MaillardError } from "../../errors.js";
import type { Context } from "../context.js";
import { globalId } from "../ids.js";
import type { Identity, Refusal } from "./access.js";

const limitsAt = (path: string): string[] =>
  ["pointsPerMinute", "maxRuns", "maxBytes"].map((name) => `${path}.${name}`);

/** By mutation: paths of the arguments that its entry keeps. A test finds a mutation that is missing. */
export const AUDITED_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  addModel: ["input.name", "input.folder", "input.hub", "input.revision", "input.target"],
  cancelModelDownload: ["id"],
  cancelRun: ["id"],
  cancelRunGroup: ["id"],
  cloneRun: ["id", "input.name"],
  collectGarbage: ["dryRun"],
  continueRun: ["id", "input.name", "input.epochs"],
  createApiKey: ["input.name", "input.role", "input.projects", "input.expiresAt", ...limitsAt("input.limits")],
  createEnsemble: ["input.name", "input.models"],
  deleteDataset: ["id", "cascade", "dryRun"],
  deleteModel: ["id", "cascade", "dryRun"],
  deleteRun: ["id", "cascade", "dryRun"],
  deleteRunGroup: ["id", "cascade", "dryRun"],
  importDataset: ["input.name", "input.continues", "input.rows.length"],
  limitApiKey: ["id", ...limitsAt("limits")],
  pauseRun: ["id"],
  pauseRunGroup: ["id"],
  quantizeModel: ["input.model", "input.name"],
  renameDataset: ["id", "name"],
  renameModel: ["id", "name"],
  renameRun: ["id", "name"],
  renameRunGroup: ["id", "name"],
  restoreShipped: [],
  resumeRun: ["id"],
  resumeRunGroup: ["id"],
  retryRun: ["id", "anew"],
  revokeApiKey: ["id"],
  rotateApiKey: ["id", "overlapMinutes", "expiresAt"],
  setRunPriority: ["id", "priority"],
  startEmbedding: ["input.model", "input.dataset"],
  startEvaluation: ["input.model", "input.dataset", "input.target", "input.targets"],
  startFinetune: ["input.name", "input.baseModel", "input.dataset", "input.target", "input.targets"],
  startPrediction: ["input.model", "input.dataset"],
  startPretraining: ["input.name", "input.baseModel", "input.dataset"],
  startProjection: ["input.model", "input.dataset", "input.method"],
  startProbe: ["input.name", "input.baseModel", "input.dataset", "input.target", "input.targets"],
  startRepeats: [
    "input.finetune.name",
    "input.finetune.baseModel",
    "input.finetune.dataset",
    "input.finetune.target",
    "input.finetune.targets",
    "input.seeds",
    "input.folds",
    "input.repeats",
    "input.ensemble",
  ],
  startSweep: [
    "input.finetune.name",
    "input.finetune.baseModel",
    "input.finetune.dataset",
    "input.finetune.target",
    "input.finetune.targets",
    "input.method",
    "input.trials",
    "input.search.length",
  ],
  updateRun: ["id", "input.tags"],
};

/** Rows of an answer by field, with their type. */
const ANSWERED: Readonly<Record<string, Parameters<typeof globalId>[0]>> = {
  apiKey: "ApiKey",
  run: "Run",
  group: "RunGroup",
  model: "Model",
  download: "ModelDownload",
  dataset: "Dataset",
};

export function auditMutations(schema: GraphQLSchema): GraphQLSchema {
  for (const [action, field] of Object.entries(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve ?? defaultFieldResolver;
    field.resolve = async (source, args: Record<string, unknown>, context: Context, info) => {
      let outcome = "OK";
      let answer: unknown;
      try {
        answer = await resolve(source, args, context, info);
        return answer;
      } catch (error) {
        outcome = MaillardError.from(error).code;
        throw error;
      } finally {
        const details = { ...givenTo(action, args), ...answeredIds(answer) };
        await record(context, action, outcome, details);
      }
    };
  }
  return schema;
}

/** Writes an entry about the client of this context, or counts it (FORBIDDEN). */
export function record(
  { application, principal, requestId, address }: Pick<Context, "application" | "principal" | "requestId" | "address">,
  action: string,
  outcome: string,
  details: Record<string, unknown>,
): Promise<void> {
  const { keyId, name } = principal;
  const event = { requestId, keyId, keyName: name, address, action, outcome, details };
  return outcome === "FORBIDDEN" ? application.audit.forbidden(event) : application.audit.record(event);
}

/** Actions of models as files, by address. */
const FILE_ACTIONS: Readonly<Record<string, string>> = {
  "GET /models/:model/export": "export",
  "POST /models": "upload",
};

/** For requests that are refused because of their key: it is not known, or (FORBIDDEN) of too low a role. */
export const auditRefusals =
  (application: Context["application"]) =>
  (request: FastifyRequest, { code }: Refusal, identity: Identity | null): void => {
    const { id: requestId, ip: address, method, routeOptions } = request;
    if (code === "UNAUTHENTICATED" || code === "RATE_LIMITED") application.audit.refusedKey(address, requestId);
    const { url = "" } = routeOptions;
    const upload = /^\/import\/(\w+)$/.exec(url)?.[1];
    const [action, details] = upload ? ["import", { format: upload }] : [FILE_ACTIONS[`${method} ${url}`], {}];
    if (identity && action)
      void record({ application, principal: identity.principal, requestId, address }, action, code, details);
  };

function givenTo(action: string, args: Record<string, unknown>): Record<string, unknown> {
  const found = (AUDITED_ARGUMENTS[action] ?? []).flatMap((path) => {
    const steps = path.split(".");
    const value = steps.reduce<unknown>((at, step) => (at as Record<string, unknown> | null | undefined)?.[step], args);
    const name = steps.at(-1) === "length" ? steps.at(-2) : steps.at(-1);
    return value === undefined || value === null ? [] : [[name, value]];
  });
  return Object.fromEntries(found);
}

/** Things that the entry of a deletion lists. */
const MOST_DELETED = 100;

/** { runId: "UnVu…", modelId: … }, what was deleted, and how many rows became new members. */
function answeredIds(answer: unknown): Record<string, unknown> {
  if (typeof answer !== "object" || answer === null) return {};
  const rows = Object.entries(ANSWERED).flatMap(([field, type]) => {
    const id = (answer as Record<string, { id?: unknown } | null | undefined>)[field]?.id;
    return typeof id === "string" ? [[`${field}Id`, globalId(type, id)]] : [];
  });
  const { deleted } = answer as { deleted?: readonly { kind: string; id: string; name: string }[] };
  const gone = deleted?.slice(0, MOST_DELETED).map(({ kind, id, name }) => `${kind} ${name} ${id}`);
  const { imported } = (answer as { report?: { imported?: number } }).report ?? {};
  const removed = gone ? { deleted: gone, deletedCount: deleted?.length } : {};
  return { ...Object.fromEntries(rows), ...removed, ...(imported === undefined ? {} : { imported }) };
}
