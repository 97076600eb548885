/**
 * Label sets that are named by patterns (datasets/names/patterns.ts): `NR-*` is every label set of the dataset that
 * matches, in the order in which the dataset lists them, by name. Written out before the run is ordered, so its input
 * holds names alone. An idempotency key finds its run again also when label sets came or went meanwhile: the run keeps
 * the texts that it was asked with. A name that is there is itself, also where it has a star. The column of the split
 * is never of a pattern: it says who learns, not what.
 */
import { expand, isPattern, nearest } from "../../datasets/names/patterns.js";
import { Turns } from "../../datasets/turns.js";
import { MaillardError } from "../../errors.js";
import { findDataset, findLabelSet } from "../../store/find.js";
import type { Dataset, LabelSet } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { checkIdempotencyKey, type FinetuneInput, invalid, MOST_TARGETS, wrongTargets } from "./input.js";
import type { RepeatsOrder } from "./repeats.js";

/** Patterns in one request. */
const MOST_PATTERNS = 100;

type Named = Pick<FinetuneInput, "dataset" | "target" | "targets" | "split" | "patterns">;

/** What was asked under a key: the input of its run, or of the finetune of its group. Null: nothing. */
type Asked = (key: string) => Promise<{ targets?: string[]; patterns?: string[] } | null>;

/**
 * The input with the names of its label sets, and with the texts as they were given. UNKNOWN_TARGET for a pattern that
 * matches none, naming the nearest; INVALID_CONFIG.
 */
export async function withoutPatterns<Input extends Named>(
  store: Store,
  input: Input,
  idempotencyKey: string | null | undefined,
  asked: Asked,
): Promise<Input> {
  const given = input.targets ?? (typeof input.target === "string" ? [input.target] : []);
  const areBoth = typeof input.target === "string" && input.targets;
  if (areBoth || !given.some(isPattern)) return input;
  checkTexts(given);
  const key = checkIdempotencyKey(idempotencyKey);
  const earlier = key === null ? null : await asked(key);
  const isSame = JSON.stringify(earlier?.patterns) === JSON.stringify(given);
  const names = isSame && earlier?.targets ? earlier.targets : await namesOf(store, input, given);
  const targets = names.length === 1 ? { target: names[0], targets: null } : { target: null, targets: names };
  return { ...input, ...targets, patterns: [...given] };
}

/** The order with the texts that it was given, to be stored. */
export const withPatterns = <Order extends object>(order: Order, { patterns }: Pick<Named, "patterns">): Order =>
  patterns ? { ...order, patterns } : order;

export function groupWithPatterns(order: RepeatsOrder, finetune: Named): RepeatsOrder {
  const { said, runs } = order;
  const known = { ...said, finetune: withPatterns(said.finetune, finetune) };
  return { ...order, said: known, runs: runs.map((run) => withPatterns(run, finetune)) };
}

async function namesOf(store: Store, { dataset, targets, split }: Named, given: readonly string[]): Promise<string[]> {
  const options = { column: split?.column, param: targets ? "targets" : "target" };
  return (await matched(store, await findDataset(store, dataset), given, options)).names;
}

/** INVALID_CONFIG, before anything is looked for. */
function checkTexts(texts: readonly string[]): void {
  if (texts.length > MOST_TARGETS) throw wrongTargets(texts);
  const patterns = texts.filter(isPattern);
  if (patterns.length > MOST_PATTERNS)
    throw invalid(
      "targets",
      `${patterns.length} patterns`,
      `names of label sets, at most ${MOST_PATTERNS} of them patterns`,
    );
}

interface MatchOptions {
  /** Of the split. */
  column?: string | null;
  /** Of the error. */
  param: string;
}

/** The label sets that these texts name, each once. UNKNOWN_TARGET, INVALID_CONFIG. */
export async function matchedSets(
  store: Pick<Store, "prisma">,
  dataset: Dataset,
  texts: readonly string[],
  options: MatchOptions,
): Promise<LabelSet[]> {
  checkTexts(texts);
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
  const existing = new Set(sets.map(({ name }) => name));
  const candidates = [...existing].filter((name) => name !== column);
  const names = new Set<string>();
  const turns = new Turns();
  for (const text of texts) {
    await turns.next();
    const found = isPattern(text) ? expand(text, existing, candidates) : [text];
    if (found.length === 0) throw noMatch(dataset, text, candidates, param);
    for (const name of found) names.add(name);
    if (names.size > MOST_TARGETS) throw wrongTargets([...names]);
  }
  return { names: [...names], sets };
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
