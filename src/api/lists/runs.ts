/** Runs by conditions: those of the query `runs`, and those that the subscription `runsUpdated` tells of. */
import { findDataset, findModel } from "../../store/find.js";
import type { Prisma, Run } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { isStorable } from "../../text.js";
import type { KeysetSource } from "../connections.js";
import type { RunFilter, RunListArguments } from "../types/inputs/list-filters.js";
import { containing, equal, type ListQuery, listed, NOTHING, oneOf, within } from "./list.js";
import { configured, scored, tagged } from "./run-conditions.js";
import { byScore } from "./run-scores.js";

type Seen = Pick<Store, "prisma" | "principal">;

/** NOT_FOUND for a dataset or model that does not exist, BAD_INPUT. */
export async function runConditions(store: Seen, filter: RunFilter): Promise<Prisma.RunWhereInput> {
  const { text, kind, status, dataset, baseModel, target, tags, options, score, createdAt } = filter;
  const [on, from] = await Promise.all([
    dataset === null || dataset === undefined ? null : findDataset(store, dataset, "filter.dataset"),
    baseModel === null || baseModel === undefined ? null : findModel(store, baseModel, "filter.baseModel"),
  ]);
  return {
    AND: [
      containing(text, ["name"]),
      oneOf("kind", kind),
      oneOf("status", status),
      equal("datasetId", on?.id),
      equal("baseModelId", from?.id),
      learning(target),
      tagged(tags),
      configured(options),
      score ? scored(score) : {},
      createdAt ? { createdAt: within(createdAt) } : {},
    ],
  };
}

/** Runs of earlier versions have no list of their label sets. */
function learning(target: string | null | undefined): Prisma.RunWhereInput {
  if (target === null || target === undefined) return {};
  if (!isStorable(target)) return NOTHING;
  return {
    OR: [{ input: { path: ["target"], equals: target } }, { input: { path: ["targets"], array_contains: [target] } }],
  };
}

export async function runList(
  store: Seen,
  { filter, orderBy, status, score }: RunListArguments,
): Promise<KeysetSource<Run, (string | number)[]>> {
  const conditions = { AND: [await runConditions(store, filter ?? {}), status ? { status } : {}] };
  if (orderBy === "SCORE_ASC" || orderBy === "SCORE_DESC") return byScore(store, conditions, orderBy, score ?? null);
  return listed(
    orderBy,
    ({ where, ...query }: ListQuery) => store.prisma.run.findMany({ where: { AND: [where, conditions] }, ...query }),
    () => store.prisma.run.count({ where: conditions }),
  );
}
