/**
 * Which split a cell of a split column means, whatever the case:
 *   TRAIN       train, training
 *   VALIDATION  validation, valid, val, dev, development
 *   TEST        test, testing; holdout, hold-out, held-out where no other value of the column says TEST: beside one it
 *               may as well be meant for validation
 *   0, 1, 2     TRAIN, VALIDATION, TEST, where the column holds these three alone and 0 is more than half of it.
 *               Otherwise they may number the folds of a cross-validation
 * One meaning for the whole column: `readSplits` is given how often each value occurs.
 */
import type { SplitName } from "../../scores/types.js";

const NAMES: Readonly<Record<string, SplitName>> = {
  train: "TRAIN",
  training: "TRAIN",
  validation: "VALIDATION",
  valid: "VALIDATION",
  val: "VALIDATION",
  dev: "VALIDATION",
  development: "VALIDATION",
  test: "TEST",
  testing: "TEST",
};
const HELD_OUT = /^(holdout|hold[-_ ]out|held[-_ ]?out)$/;
const NUMBERED: readonly SplitName[] = ["TRAIN", "VALIDATION", "TEST"];

/** The rule in words, to follow "a label set whose values are". */
export const SPLIT_NAMES =
  "train, validation (or valid, val, dev) and test (or holdout, where nothing is called test), or 0, 1 and 2 where " +
  "more than half are 0";

/** What the values of one column mean; `unknown` is the first that means no split, null: there is none. */
export interface SplitReading {
  splitOf: ReadonlyMap<string, SplitName>;
  unknown: string | null;
  /** Whether 0, 1 and 2 were read. */
  numbered: boolean;
}

/** `counts`: how often each value occurs, as it is written. */
export function readSplits(counts: ReadonlyMap<string, number>): SplitReading {
  const values = [...counts.keys()].map((value) => ({ value, word: value.trim().toLowerCase() }));
  if (areNumbered(counts)) {
    const splitOf = new Map(values.map(({ value, word }) => [value, NUMBERED[Number(word)]]));
    return { splitOf, unknown: null, numbered: true };
  }
  const namesTest = values.some(({ word }) => nameOf(word) === "TEST");
  const splitOf = new Map<string, SplitName>();
  let unknown: string | null = null;
  for (const { value, word } of values) {
    const split = nameOf(word) ?? (HELD_OUT.test(word) && !namesTest ? "TEST" : undefined);
    if (split) splitOf.set(value, split);
    else unknown ??= value;
  }
  return { splitOf, unknown, numbered: false };
}

/** Whether a column holds splits: training and another one, and nothing else. */
export function holdsSplits(counts: ReadonlyMap<string, number>): boolean {
  const { splitOf, unknown } = readSplits(counts);
  const splits = new Set(splitOf.values());
  return unknown === null && splits.has("TRAIN") && splits.size > 1;
}

const nameOf = (word: string): SplitName | undefined => (Object.hasOwn(NAMES, word) ? NAMES[word] : undefined);

function areNumbered(counts: ReadonlyMap<string, number>): boolean {
  const sizes = [0, 0, 0];
  for (const [value, count] of counts) {
    const place = ["0", "1", "2"].indexOf(value.trim());
    if (place < 0) return false;
    sizes[place] += count;
  }
  const [first, second, third] = sizes;
  return second > 0 && third > 0 && first > second + third;
}
