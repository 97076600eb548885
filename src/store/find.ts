/**
 * Rows by the name or id that a caller gave, or NOT_FOUND (UNKNOWN_TARGET for a label set) with the names that exist.
 * A text that PostgreSQL cannot hold is not a name of anything. `param`: the input that the error names.
 */
import type { PoolClient } from "pg";
import { MaillardError } from "../errors.js";
import { isStorable } from "../text.js";
import { mayChange, namedIn, preferred } from "./access/principal.js";
import type { Dataset, LabelKind, LabelSet, Model } from "./generated/client.js";
import type { Store } from "./index.js";
import { isForeignKeyViolation, takeLock } from "./sql.js";

/** Names that an error lists. */
const MOST_NAMES = 50;

type Readable = Pick<Store, "prisma" | "principal">;

export async function findModel(store: Readable, name: string, param?: string): Promise<Model> {
  return (await modelOfName(store, name)) ?? (await refuseModel(store, name, param));
}

/** Null when there is none. */
async function modelOfName({ prisma, principal }: Readable, name: string): Promise<Model | null> {
  return isStorable(name) ? preferred(principal, await prisma.model.findMany({ where: { name } })) : null;
}

export async function findModelByNameOrId(store: Readable, nameOrId: string, param?: string): Promise<Model> {
  const where = { OR: [{ name: nameOrId }, { id: nameOrId }] };
  const rows = isStorable(nameOrId) ? await store.prisma.model.findMany({ where }) : [];
  const model = rows.find(({ id }) => id === nameOrId) ?? preferred(store.principal, rows);
  return model ?? (await refuseModel(store, nameOrId, param));
}

async function refuseModel({ prisma }: Pick<Store, "prisma">, given: string, param = "model"): Promise<never> {
  const rows = await prisma.model.findMany({ select: { name: true }, orderBy: { name: "asc" }, take: MOST_NAMES });
  const advice = "Register one with `maillard model add`, or finetune one.";
  throw notFound("model", given, { rows, advice, param });
}

/** Null when there is none. */
export async function datasetOfName({ prisma, principal }: Readable, name: string): Promise<Dataset | null> {
  return isStorable(name) ? preferred(principal, await prisma.dataset.findMany({ where: { name } })) : null;
}

export async function findDataset(store: Readable, name: string, param = "dataset"): Promise<Dataset> {
  const dataset = await datasetOfName(store, name);
  if (dataset) return dataset;
  const rows = await store.prisma.dataset.findMany({
    select: { name: true },
    orderBy: { name: "asc" },
    take: MOST_NAMES,
  });
  throw notFound("dataset", name, { rows, advice: "Import one with `maillard import`.", param });
}

/** Of any kind, or of `kind` alone. */
export async function findLabelSet(
  { prisma }: Pick<Store, "prisma">,
  dataset: Dataset,
  name: string,
  param: string,
  kind?: LabelKind,
): Promise<LabelSet> {
  const sets = await prisma.labelSet.findMany({ where: { datasetId: dataset.id }, orderBy: { name: "asc" } });
  const found = sets.find((set) => set.name === name);
  if (found && (kind === undefined || found.kind === kind)) return found;
  const existing = sets.filter((set) => kind === undefined || set.kind === kind).map((set) => set.name);
  const reason = found
    ? `The label set ${name} of ${dataset.name} is ${found.kind}; ${kind} is needed`
    : `The dataset ${dataset.name} has no label set ${quote(name)}`;
  throw new MaillardError("UNKNOWN_TARGET", `${reason}. Usable: ${existing.join(", ") || "none"}.`, {
    param,
    details: { existing },
  });
}

/** NOT_FOUND of an id that no run has. */
export const noRun = (param: string): MaillardError =>
  new MaillardError("NOT_FOUND", "There is no run of this id. List the existing ones with `runs(first: 10)`.", {
    param,
  });

/** NOT_FOUND of an id that no download of a model has. */
export const noDownload = (param: string): MaillardError =>
  new MaillardError("NOT_FOUND", "There is no download of this id. List them with `modelDownloads`.", { param });

/** FORBIDDEN for a row that is seen and belongs to no project of the principal: a shared one. */
export function checkMayChange(
  { principal }: Pick<Store, "principal">,
  noun: string,
  row: { projectId: string },
): void {
  if (mayChange(principal, row)) return;
  throw new MaillardError(
    "FORBIDDEN",
    `This ${noun} is shared by all projects, and only administrators change what is shared.`,
    { param: "id" },
  );
}

/**
 * CONFLICT for a row that is seen and belongs to a third project: what is made of it would be seen by keys that do not
 * see the row.
 */
export function checkSameProject(
  { principal }: Pick<Store, "principal">,
  noun: string,
  row: { name: string; projectId: string },
  param: string,
): void {
  if (namedIn(principal).includes(row.projectId)) return;
  throw new MaillardError(
    "CONFLICT",
    `The ${noun} ${row.name} belongs to another project than what this key makes. Use a key whose first project is ` +
      "that of the " +
      noun +
      ".",
    { param },
  );
}

interface Named {
  id: string;
  name: string;
}

/**
 * Models and datasets that something is made of stay until the transaction that makes it ends: whoever deletes one
 * waits for it, and then sees what uses it. What was deleted before is NOT_FOUND. OVERLOADED after a wait of
 * LOCK_WAIT_MS (sql.ts), because whoever waits holds a connection.
 */
export async function holdUsed(
  client: PoolClient,
  { models, datasets = [] }: { models: readonly Named[]; datasets?: readonly Named[] },
): Promise<void> {
  const [first] = [...datasets, ...models];
  const there = await takeLock<{ id: string }>(client, {
    text: `WITH d AS (SELECT id FROM "Dataset" WHERE id = ANY($1) ORDER BY id FOR KEY SHARE),
       m AS (SELECT id FROM "Model" WHERE id = ANY($2) ORDER BY id FOR KEY SHARE)
     SELECT id FROM d UNION ALL SELECT id FROM m`,
    values: [datasets.map(({ id }) => id), models.map(({ id }) => id)],
    what: `${first.name}, which is being written or deleted`,
  });
  const isGone = ({ id }: Named): boolean => there.every((row) => row.id !== id);
  for (const [noun, rows] of [["dataset", datasets] as const, ["model", models] as const]) {
    const missing = rows.find(isGone);
    if (missing) throw wasDeleted(noun, missing.name, noun);
  }
}

const wasDeleted = (noun: string, name: string, param: string): MaillardError =>
  new MaillardError("NOT_FOUND", `The ${noun} ${name} was deleted meanwhile.`, { param });

/**
 * Work with a model that may be deleted meanwhile. Its files may be gone before its session is loaded, and its row
 * before the answers are stored: either is NOT_FOUND, and nothing else. A compound that nothing used may have been
 * removed between its row and that of the answer: then the work is done once more.
 */
export async function unlessDeleted<T>(
  { prisma }: Pick<Store, "prisma">,
  { id, name }: Named,
  work: () => Promise<T>,
): Promise<T> {
  for (let again = false; ; again = true) {
    try {
      return await work();
    } catch (error) {
      const there = await prisma.model.findUnique({ where: { id }, select: { id: true } }).catch(() => true);
      if (there === null) throw wasDeleted("model", name, "model");
      if (again || !isForeignKeyViolation(error)) throw error;
    }
  }
}

function notFound(
  noun: string,
  name: string,
  { rows, advice, param }: { rows: readonly { name: string }[]; advice: string; param: string },
): MaillardError {
  const existing = rows.map((row) => row.name);
  const list = existing.length > 0 ? `Existing: ${existing.join(", ")}.` : advice;
  return new MaillardError("NOT_FOUND", `There is no ${noun} ${quote(name)}. ${list}`, {
    param,
    details: { existing },
  });
}

const quote = (text: string): string => JSON.stringify(text.slice(0, 100));
