/**
 * Label sets that are named by patterns (datasets/names/patterns.ts): `NR-*` is every label set of the dataset that
 * matches, in the order in which the dataset lists them, by name. Written out before the run is ordered, so its input
 * holds names alone. A name that is there is itself, also where it has a star. The column of the split is never of a
 * pattern: it says who learns, not what.
 */
import { expand, isPattern, nearest } from "../../datasets/names/patterns.js";
import { MaillardError } from "../../errors.js";
import { findDataset, findLabelSet } from "../../store/find.js";
import type { Dataset, LabelSet } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import type { FinetuneInput } from "./input.js";

type Named = Pick<FinetuneInput, "dataset" | "target" | "targets" | "split">;

/** The input with the names of its label sets. UNKNOWN_TARGET for a pattern that matches none, naming the nearest. */
export async function withoutPatterns<Input extends Named>(store: Store, input: Input): Promise<Input> {
  const given = input.targets ?? (typeof input.target === "string" ? [input.target] : []);
  const areBoth = typeof input.target === "string" && input.targets;
  if (areBoth || !given.some(isPattern)) return input;
  const dataset = await findDataset(store, input.dataset);
  const param = input.targets ? "targets" : "target";
  const { names } = await matched(store, dataset, given, { column: input.split?.column, param });
  return names.length === 1
    ? { ...input, target: names[0], targets: null }
    : { ...input, target: null, targets: names };
}

interface MatchOptions {
  /** Of the split. */
  column?: string | null;
  /** Of the error. */
  param: string;
}

/** The label sets that these texts name, each once. UNKNOWN_TARGET. */
export async function matchedSets(
  store: Pick<Store, "prisma">,
  dataset: Dataset,
  texts: readonly string[],
  options: MatchOptions,
): Promise<LabelSet[]> {
  const { names, sets } = await matched(store, dataset, texts, options);
  const byName = new Map(sets.map((set) => [set.name, set]));
  const missing = names.find((name) => !byName.has(name));
  if (missing !== undefined) await findLabelSet(store, dataset, missing, options.param);
  return names.map((name) => byName.get(name) as LabelSet);
}

/** A name that is not there stays, and is refused by whoever looks for it. */
async function matched(
  { prisma }: Pick<Store, "prisma">,
  dataset: Dataset,
  texts: readonly string[],
  { column, param }: MatchOptions,
): Promise<{ names: string[]; sets: LabelSet[] }> {
  const sets = await prisma.labelSet.findMany({ where: { datasetId: dataset.id }, orderBy: { name: "asc" } });
  const existing = sets.map(({ name }) => name);
  const candidates = existing.filter((name) => name !== column);
  const names = texts.flatMap((text) => {
    if (!isPattern(text)) return [text];
    const found = expand(text, existing, candidates);
    if (found.length === 0) throw noMatch(dataset, text, candidates, param);
    return found;
  });
  return { names: [...new Set(names)], sets };
}

function noMatch(dataset: Dataset, text: string, names: readonly string[], param: string): MaillardError {
  const near = nearest(text, names);
  const pattern = text.slice(0, 100);
  return new MaillardError(
    "UNKNOWN_TARGET",
    `No label set of ${dataset.name} matches ${JSON.stringify(pattern)}. ` +
      (near.length === 0 ? "It has none." : `The nearest: ${near.join(", ")}.`),
    { param, details: { pattern, nearest: near, existing: [...names] } },
  );
}
