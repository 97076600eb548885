/**
 * Cross-validation: every molecule is in one of k folds, under the rules of a split (splits.ts): rows of one key share
 * a fold, and under SCAFFOLD rows of one group do. A function of the set of rows, the strategy and the seed.
 *
 *   RANDOM      Keys in text order, shuffled, distributed in turn.
 *   STRATIFIED  The same inside each class, the largest class first; each continues at the fold after the last one.
 *   SCAFFOLD    Groups of more than 1 % of the molecules first, largest first, then the others in the order of
 *               sha256(seed, group): each to the fold with the fewest molecules.
 */
import { createHash } from "node:crypto";
import { MaillardError } from "../../errors.js";
import { Philox } from "../../model/philox-stream.js";
import type { SplitName } from "../../scores/types.js";
import {
  classMembers,
  hashWords,
  joinedGroups,
  LARGE_GROUP,
  SPLIT_STREAM,
  type SplitItem,
  type SplitStrategy,
  textOrder,
} from "./splits.js";

export interface FoldOptions {
  strategy: SplitStrategy;
  /** At least 3: one is the test part, the next one is for validation, the others for training. */
  folds: number;
  seed: number;
}

/** The fold of each item, from 0, in the order of the items. INVALID_CONFIG for too few molecules or folds. */
export function foldMolecules(items: readonly SplitItem[], { strategy, folds, seed }: FoldOptions): number[] {
  const molecules = new Set(items.map(({ key }) => key)).size;
  if (!Number.isInteger(folds) || folds < 3 || folds > molecules)
    throw new MaillardError(
      "INVALID_CONFIG",
      `\`folds\` is ${folds}: it must be a whole number from 3 to the ${molecules} molecules that there are.`,
      { param: "folds" },
    );
  const fold = new Map<string, number>();
  if (strategy === "SCAFFOLD") {
    const sizes = new Array<number>(folds).fill(0);
    for (const keys of scaffoldsInOrder(items, molecules, seed)) {
      const least = sizes.indexOf(Math.min(...sizes));
      sizes[least] += keys.length;
      for (const key of keys) fold.set(key, least);
    }
  } else {
    let next = 0;
    for (const keys of strategy === "RANDOM" ? [shuffledKeys(items, seed)] : shuffledClasses(items, seed))
      for (const key of keys) fold.set(key, next++ % folds);
  }
  return items.map(({ key }) => fold.get(key)!);
}

/** Fold `index` is the test part, the next one is for validation, the others for training. */
export function splitsOfFold(
  folds: readonly number[],
  { index, count }: { index: number; count: number },
): SplitName[] {
  return folds.map((fold) => (fold === index ? "TEST" : fold === (index + 1) % count ? "VALIDATION" : "TRAIN"));
}

const shuffledKeys = (items: readonly SplitItem[], seed: number): string[] =>
  new Philox(seed, SPLIT_STREAM).shuffle([...new Set(items.map(({ key }) => key))].sort());

function shuffledClasses(items: readonly SplitItem[], seed: number): string[][] {
  const classes = [...classMembers(items)].sort(([a, x], [b, y]) => y.length - x.length || textOrder(a, b));
  return classes.map(([label, keys]) => {
    const [a, b] = hashWords(label);
    return new Philox(seed, SPLIT_STREAM, a, b).shuffle(keys);
  });
}

function scaffoldsInOrder(items: readonly SplitItem[], molecules: number, seed: number): string[][] {
  const groups = [...joinedGroups(items)]
    .map(([name, keys]) => ({ keys, order: createHash("sha256").update(`${seed}\n${name}`).digest("hex") }))
    .sort((a, b) => textOrder(a.order, b.order));
  const isLarge = ({ keys }: { keys: string[] }) => keys.length > Math.max(1, LARGE_GROUP * molecules);
  const largest = groups.filter(isLarge).sort((a, b) => b.keys.length - a.keys.length);
  return [...largest, ...groups.filter((group) => !isLarge(group))].map(({ keys }) => keys);
}
