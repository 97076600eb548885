/**
 * What a principal sees of each table: one rule for each, added to every statement of Prisma's that reads it.
 * `storeFor` answers the store as someone sees it. A table or an operation without a rule is refused, so a new one is
 * seen by nobody but administrators until it has a rule. Plain SQL (src/store/sql.ts) does not pass through here: it
 * takes ids that a read through here gave, or `projectsSeen`.
 */
import { LRUCache } from "lru-cache";
import { Prisma, type PrismaClient } from "../generated/client.js";
import type { Store } from "../store.js";
import { type Principal, projectsSeen } from "./principal.js";

type Where = Record<string, unknown>;
/** The condition on rows of some projects, whatever else is asked (`where`). */
type Rule = (projects: readonly string[], where: Where) => Where;

const own: Rule = (projects) => ({ projectId: { in: projects } });
const ofDataset: Rule = (projects) => ({ dataset: { projectId: { in: projects } } });
const ofRun: Rule = (projects) => ({ run: { projectId: { in: projects } } });
/** Kept by the content of a request, which nobody can state without having read the molecules and the model. */
const ofContent: Rule = () => ({});
/**
 * A structure is nobody's, and its id cannot be guessed: whoever has the id got it with an answer. Found by anything
 * else is only what a dataset has that is seen.
 */
const compound: Rule = (projects, where) =>
  isById(where) ? {} : { members: { some: { dataset: { projectId: { in: projects } } } } };

/** Read by its id alone: a client's own key (`viewer`). Its projects come with it. */
const byId: Rule = (_projects, where) => (isById(where) ? {} : { id: { in: [] } });

/** null: not read on behalf of a client that does not see all projects. */
export const VISIBLE: Record<Prisma.ModelName, Rule | null> = {
  Dataset: own,
  DatasetCompound: ofDataset,
  BroughtMolecules: null,
  LabelSet: ofDataset,
  Label: (projects) => ({ labelSet: { dataset: { projectId: { in: projects } } } }),
  LabelClaim: null,
  Model: own,
  ModelDownload: own,
  Prediction: own,
  Embedding: own,
  Run: own,
  RunGroup: own,
  RunAssignment: ofRun,
  TrackedRun: null,
  Metric: ofRun,
  RunAttempt: ofRun,
  RunEvent: ofRun,
  RunScore: ofRun,
  Checkpoint: ofRun,
  Evaluation: ofRun,
  EvaluationOutput: (projects) => ({ evaluation: { run: { projectId: { in: projects } } } }),
  Compound: compound,
  Fingerprint: null,
  Projection: ofContent,
  Analysis: ofContent,
  Removal: null,
  LeftOut: null,
  Project: (projects) => ({ id: { in: projects } }),
  ApiKey: byId,
  ApiKeyProject: null,
  AuditEntry: null,
};

/** Relations that `include` and `select` may follow: from a row that is seen to rows that are seen with it. */
const EDGES: Partial<Record<Prisma.ModelName, Record<string, Prisma.ModelName>>> = {
  DatasetCompound: { compound: "Compound", dataset: "Dataset" },
  LabelSet: { dataset: "Dataset" },
  Label: { labelSet: "LabelSet", member: "DatasetCompound" },
  ApiKey: { projects: "ApiKeyProject" },
  ApiKeyProject: { project: "Project" },
  Run: { dataset: "Dataset", baseModel: "Model", model: "Model", group: "RunGroup" },
  RunGroup: { runs: "Run" },
  RunScore: { run: "Run" },
};

const READS = "findUnique findUniqueOrThrow findFirst findFirstOrThrow findMany count aggregate groupBy".split(" ");
const CHANGES = "update updateMany updateManyAndReturn delete deleteMany".split(" ");
const CREATES = "create createMany createManyAndReturn".split(" ");

/** Clients by the projects that they see. */
const clients = new WeakMap<PrismaClient, LRUCache<string, PrismaClient>>();
const MOST_CLIENTS = 100;

/** The store as the principal sees it, who owns what is made through it. */
export function storeFor(store: Store, principal: Principal): Store {
  const seen = projectsSeen(principal);
  if (seen === null) return { ...store, principal };
  const known = clients.get(store.prisma) ?? new LRUCache<string, PrismaClient>({ max: MOST_CLIENTS });
  clients.set(store.prisma, known);
  const key = JSON.stringify(principal.projects);
  const prisma = known.get(key) ?? clientFor(store.prisma, seen, principal.projects as readonly string[]);
  known.set(key, prisma);
  return { ...store, prisma, principal };
}

function clientFor(prisma: PrismaClient, seen: readonly string[], changed: readonly string[]): PrismaClient {
  const client = prisma.$extends({
    name: "visible",
    query: {
      $allOperations: ({ model, operation, args, query }) =>
        query(restrict(model as Prisma.ModelName | undefined, operation, (args ?? {}) as Args, { seen, changed })),
    },
  });
  // The same methods: the extension adds conditions, and changes no type.
  return client as unknown as PrismaClient;
}

interface Args {
  where?: Where;
  data?: unknown;
  include?: Record<string, unknown>;
  select?: Record<string, unknown>;
}

function restrict(
  model: Prisma.ModelName | undefined,
  operation: string,
  args: Args,
  { seen, changed }: { seen: readonly string[]; changed: readonly string[] },
): Args {
  const rule = model === undefined ? null : VISIBLE[model];
  if (!model || !rule) throw refused(model, operation);
  checkEdges(model, operation, args);
  if (READS.includes(operation)) return { ...args, where: both(args.where, rule(seen, args.where ?? {})) };
  // What is shared is seen by all and changed by none of them.
  if (CHANGES.includes(operation)) return { ...args, where: both(args.where, rule(changed, {})) };
  if (CREATES.includes(operation) && isOwned(args.data, rule, changed)) return args;
  throw refused(model, operation);
}

const both = ({ AND = [], ...where }: Where = {}, rule: Where): Where => ({
  ...where,
  AND: [...(Array.isArray(AND) ? AND : [AND]), rule],
});

function isOwned(data: unknown, rule: Rule, projects: readonly string[]): boolean {
  if (rule === ofContent) return true;
  if (rule !== own) return false;
  return [data].flat().every((row) => projects.includes((row as { projectId: string }).projectId));
}

function checkEdges(model: Prisma.ModelName, operation: string, { include = {}, select = {} }: Args): void {
  const scalars = Prisma[`${model}ScalarFieldEnum`] as Record<string, string>;
  for (const [name, asked] of Object.entries({ ...include, ...select })) {
    if (!asked || name in scalars || operation === "count") continue;
    const target = EDGES[model]?.[name];
    if (!target) throw refused(model, `${operation} with ${name}`);
    if (typeof asked === "object") checkEdges(target, operation, asked as Args);
  }
}

const isById = ({ id }: Where): boolean =>
  typeof id === "string" || Array.isArray((id as { in?: unknown } | undefined)?.in);

const refused = (model: string | undefined, operation: string): Error =>
  new Error(`${model ?? "SQL"}.${operation} has no rule of who sees it: src/store/access/visible.ts.`);
