/**
 * Training, validation and test split by molecule: rows of one key always share a split, and under SCAFFOLD rows of one
 * group do. The answer is a function of the set of rows, the options and the seed, never of the rows' order.
 * Fractions are of molecules (distinct keys), not of rows; targets are whole numbers by largest remainder.
 *
 *   RANDOM      Keys in text order, shuffled by the seed: the first are TRAIN, then VALIDATION, then TEST.
 *   STRATIFIED  The same inside each class, so that each class is divided by the fractions. If two splits could take a
 *               class's last molecule, the one that is furthest behind over all classes gets it; every class has a
 *               molecule in TRAIN. A key with several labels counts for the most frequent one.
 *   SCAFFOLD    Whole groups (groups that share a key are one). Groups of more than 1 % of the molecules first, largest
 *               first: to TRAIN while they fit, else to the split with the most space left. Then the others in the
 *               order of sha256(seed, group): to VALIDATION while the group fits, else to TEST, else to TRAIN. With
 *               groups of at most 1 % every split is within 1 % of its target.
 */
import { createHash } from "node:crypto";
import { MaillardError } from "../../errors.js";
import { Philox } from "../../model/philox-stream.js";
import { SPLITS, type SplitName } from "../../scores/types.js";

export type SplitStrategy = "RANDOM" | "STRATIFIED" | "SCAFFOLD";

export interface SplitItem {
  /** Identity of the molecule. */
  key: string;
  /** Its scaffold; an acyclic molecule has a group of its own. */
  group: string;
  label: string;
}

export interface SplitOptions {
  strategy: SplitStrategy;
  /** Shares of TRAIN, VALIDATION and TEST; they add up to 1. */
  fractions: readonly [number, number, number];
  seed: number;
}

type Counts = [train: number, validation: number, test: number];

const [TRAIN, VALIDATION, TEST] = [0, 1, 2];
export const SPLIT_STREAM = 0x73706c74;
/** Groups above this share of the molecules go to TRAIN first. */
export const LARGE_GROUP = 0.01;

/** One split per item, in the order of the items. */
export function splitMolecules(items: readonly SplitItem[], options: SplitOptions): SplitName[] {
  checkFractions(options.fractions);
  const split = strategies[options.strategy](items, options);
  return items.map(({ key }) => SPLITS[split.get(key)!]);
}

type Strategy = (items: readonly SplitItem[], options: SplitOptions) => Map<string, number>;

const strategies: Record<SplitStrategy, Strategy> = {
  RANDOM(items, { fractions, seed }) {
    const keys = [...new Set(items.map(({ key }) => key))].sort();
    return deal(new Philox(seed, SPLIT_STREAM).shuffle(keys), wholeNumbers(keys.length, fractions));
  },

  STRATIFIED(items, { fractions, seed }) {
    const split = new Map<string, number>();
    const behind: Counts = [0, 0, 0];
    const classes = [...classMembers(items)].sort(
      ([a, x], [b, y]) => y.length - x.length || textOrder(a, b), // the largest settle how far each split is behind
    );
    for (const [label, keys] of classes) {
      const counts = wholeNumbers(keys.length, fractions, behind);
      if (counts[TRAIN] === 0) {
        counts[counts.indexOf(Math.max(...counts))]--;
        counts[TRAIN]++;
      }
      counts.forEach((count, index) => {
        behind[index] += fractions[index] * keys.length - count;
      });
      const [a, b] = hashWords(label);
      for (const [key, index] of deal(new Philox(seed, SPLIT_STREAM, a, b).shuffle(keys), counts)) {
        split.set(key, index);
      }
    }
    return split;
  },

  SCAFFOLD(items, { fractions, seed }) {
    const groups = [...joinedGroups(items)].map(([name, keys]) => ({
      keys,
      order: createHash("sha256").update(`${seed}\n${name}`).digest("hex"),
    }));
    const molecules = groups.reduce((sum, { keys }) => sum + keys.length, 0);
    const space = wholeNumbers(molecules, fractions);
    const isLarge = ({ keys }: { keys: string[] }) => keys.length > Math.max(1, LARGE_GROUP * molecules);
    const split = new Map<string, number>();
    const assign = (keys: string[], index: number) => {
      space[index] -= keys.length;
      for (const key of keys) split.set(key, index);
    };
    const byHash = groups.sort((a, b) => textOrder(a.order, b.order));
    const largestFirst = byHash.filter(isLarge).sort((a, b) => b.keys.length - a.keys.length);
    for (const { keys } of largestFirst) {
      assign(keys, keys.length <= space[TRAIN] ? TRAIN : space.indexOf(Math.max(...space)));
    }
    for (const { keys } of byHash.filter((group) => !isLarge(group))) {
      assign(keys, [VALIDATION, TEST].find((index) => keys.length <= space[index]) ?? TRAIN);
    }
    return split;
  },
};

function checkFractions(fractions: readonly number[]): void {
  const sum = fractions.reduce((total, fraction) => total + fraction, 0);
  const sound = fractions.length === 3 && fractions.every((fraction) => fraction >= 0) && fractions[TRAIN] > 0;
  if (sound && Math.abs(sum - 1) <= 1e-6) return;
  throw new MaillardError(
    "INVALID_CONFIG",
    `split.fractions must be three numbers from 0 that add up to 1, the first above 0, not [${fractions.join(", ")}].`,
    { param: "split.fractions" },
  );
}

/**
 * Shares of `count` as whole numbers by largest remainder. Ties: the split further behind, then TRAIN, VALIDATION,
 * TEST.
 */
function wholeNumbers(count: number, fractions: readonly number[], behind: readonly number[] = [0, 0, 0]): Counts {
  // 1e-9 compensates the rounding of products such as 0.1 * 30.
  const counts = fractions.map((fraction) => Math.floor(fraction * count + 1e-9));
  const remainder = fractions.map((fraction, index) => fraction * count - counts[index]);
  const order = [TRAIN, VALIDATION, TEST].sort((a, b) => {
    const difference = remainder[b] - remainder[a];
    return Math.abs(difference) > 1e-9 ? difference : behind[b] - behind[a] || a - b;
  });
  const left = count - counts.reduce((sum, value) => sum + value, 0);
  for (const index of order.slice(0, left)) counts[index]++;
  return counts as Counts;
}

/** The first counts[0] keys to split 0, the next counts[1] to split 1, ... */
function deal(keys: readonly string[], counts: Counts): Map<string, number> {
  return new Map(
    keys.map((key, place) => [key, place < counts[0] ? TRAIN : place < counts[0] + counts[1] ? VALIDATION : TEST]),
  );
}

/** Keys of each class, in text order. */
export function classMembers(items: readonly SplitItem[]): Map<string, string[]> {
  const votes = new Map<string, Map<string, number>>();
  for (const { key, label } of items) {
    const labels = votes.get(key) ?? votes.set(key, new Map()).get(key)!;
    labels.set(label, (labels.get(label) ?? 0) + 1);
  }
  const members = new Map<string, string[]>();
  for (const [key, labels] of [...votes].sort(([a], [b]) => textOrder(a, b))) {
    const [label] = [...labels].reduce((best, next) =>
      next[1] > best[1] || (next[1] === best[1] && next[0] < best[0]) ? next : best,
    );
    const keys = members.get(label) ?? members.set(label, []).get(label)!;
    keys.push(key);
  }
  return members;
}

/**
 * Keys of each group, in text order, under the first name of the group in text order. One key can come with two groups
 * (tautomers that share a key have different scaffolds): then these groups are one.
 */
export function joinedGroups(items: readonly SplitItem[]): Map<string, string[]> {
  const parent = new Map<string, string>();
  const root = (group: string): string => {
    let top = group;
    while (parent.get(top)! !== top) top = parent.get(top)!;
    for (let next = group; next !== top; ) {
      const above = parent.get(next)!;
      parent.set(next, top);
      next = above;
    }
    return top;
  };
  const groupOf = new Map<string, string>();
  for (const { key, group } of items) {
    if (!parent.has(group)) parent.set(group, group);
    const known = groupOf.get(key);
    if (known === undefined) {
      groupOf.set(key, group);
      continue;
    }
    const [a, b] = [root(known), root(group)].sort();
    parent.set(b, a);
  }
  const groups = new Map<string, string[]>();
  for (const [key, group] of [...groupOf].sort(([a], [b]) => textOrder(a, b))) {
    const name = root(group);
    const keys = groups.get(name) ?? groups.set(name, []).get(name)!;
    keys.push(key);
  }
  return groups;
}

export const textOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function hashWords(text: string): [number, number] {
  const digest = createHash("sha256").update(text).digest();
  return [digest.readUInt32LE(0), digest.readUInt32LE(4)];
}
