/**
 * The labels that colour the points of a drawing, one per molecule: of several, the first in text order; of a label set
 * of numbers, the numbers. Rules may choose the values by their number of molecules; a molecule without a chosen one is
 * drawn without colour.
 */
import { countsOf, selectCounts } from "../../datasets/label-counts.js";
import { MaillardError } from "../../errors.js";
import type { LabelSet } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import type { ColorRules } from "./types.js";

export interface LabelColors {
  /** By member id. */
  labels: Map<string, string>;
  /** Of a label set of numbers, by member id; null of any other. */
  numbers: Map<string, number> | null;
  /** Most frequent first; of numbers empty. */
  classes: string[];
}

export async function colorsOf(
  { store }: { store: Store },
  labelSet: LabelSet | null,
  rules: ColorRules | null,
): Promise<LabelColors> {
  if (rules && labelSet?.kind !== "SINGLE_LABEL" && labelSet?.kind !== "MULTI_LABEL")
    throw new MaillardError("BAD_INPUT", "`colorRules` needs `colorBy` with a label set of classes or labels.", {
      param: "colorRules",
    });
  if (!labelSet) return { labels: new Map(), numbers: null, classes: [] };
  const { first = null, minCount = null, maxCount = null } = rules ?? {};
  const classes = selectCounts(countsOf(labelSet), { first, minCount, maxCount }, "colorRules.").map(
    ({ value }) => value,
  );
  const rows = await store.prisma.label.findMany({
    where: { labelSetId: labelSet.id, ...(rules ? { value: { in: classes } } : {}) },
    select: { memberId: true, value: true, number: true },
    orderBy: { value: "desc" },
  });
  const numbers = rows.flatMap(({ memberId, number }) => (number === null ? [] : [[memberId, number] as const]));
  return {
    labels: new Map(rows.map((row) => [row.memberId, row.value])),
    numbers: labelSet.kind === "NUMBER" ? new Map(numbers) : null,
    classes,
  };
}
