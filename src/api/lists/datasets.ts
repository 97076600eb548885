/** Datasets by conditions. */
import type { Dataset, Prisma } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { isStorable } from "../../text.js";
import type { KeysetSource } from "../connections.js";
import type { DatasetFilter, DatasetListArguments } from "../types/inputs/list-filters.js";
import { between, containing, type ListQuery, listed, NOTHING, within } from "./list.js";

type Seen = Pick<Store, "prisma">;

export function datasetList(
  { prisma }: Seen,
  { filter, orderBy }: DatasetListArguments,
): KeysetSource<Dataset, (string | number)[]> {
  const conditions = conditionsOf(filter ?? {});
  return listed(
    orderBy,
    ({ where, ...query }: ListQuery) => prisma.dataset.findMany({ where: { AND: [where, conditions] }, ...query }),
    () => prisma.dataset.count({ where: conditions }),
  );
}

function conditionsOf({ text, size, labelSet, createdAt }: DatasetFilter): Prisma.DatasetWhereInput {
  return {
    AND: [
      containing(text, ["name", "description"]),
      size ? { size: between(size, "size") } : {},
      labelSet === null || labelSet === undefined
        ? {}
        : isStorable(labelSet)
          ? { labelSets: { some: { name: labelSet } } }
          : NOTHING,
      createdAt ? { createdAt: within(createdAt) } : {},
    ],
  };
}
