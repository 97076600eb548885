/** Models by conditions. */
import { findModel } from "../../store/find.js";
import { type Model, Prisma } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import type { KeysetSource } from "../connections.js";
import type { ModelKind } from "../types/enums.js";
import type { ModelFilter, ModelListArguments } from "../types/inputs/list-filters.js";
import { containing, equal, type ListQuery, listed, oneOf, within } from "./list.js";

type Seen = Pick<Store, "prisma" | "principal">;

/** What `composition` holds of a model of each kind (src/store/composition.ts). */
const KINDS: Record<ModelKind, Prisma.ModelWhereInput> = {
  CHECKPOINT: { composition: { equals: Prisma.AnyNull } },
  ENSEMBLE: { composition: { path: ["kind"], equals: "ENSEMBLE" } },
  PROBE: {
    OR: ["PROBE", "FINGERPRINT_PROBE"].map((kind) => ({ composition: { path: ["kind"], equals: kind } })),
  },
};

/** NOT_FOUND for a base model that does not exist, BAD_INPUT. */
export async function modelList(
  store: Seen,
  { filter, orderBy }: ModelListArguments,
): Promise<KeysetSource<Model, (string | number)[]>> {
  const conditions = await conditionsOf(store, filter ?? {});
  return listed(
    orderBy,
    ({ where, ...query }: ListQuery) => store.prisma.model.findMany({ where: { AND: [where, conditions] }, ...query }),
    () => store.prisma.model.count({ where: conditions }),
  );
}

async function conditionsOf(store: Seen, filter: ModelFilter): Promise<Prisma.ModelWhereInput> {
  const { text, kind, task, family, target, baseModel, createdAt } = filter;
  const from =
    baseModel === null || baseModel === undefined ? null : await findModel(store, baseModel, "filter.baseModel");
  return {
    AND: [
      containing(text, ["name"]),
      kind ? { OR: kind.map((one) => KINDS[one]) } : {},
      oneOf("task", task),
      oneOf("family", family),
      equal("target", target),
      equal("baseModelId", from?.id),
      createdAt ? { createdAt: within(createdAt) } : {},
    ],
  };
}
