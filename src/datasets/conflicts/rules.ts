/**
 * Which label a molecule has when rows give it different ones in a SINGLE_LABEL or NUMBER set. The API's enum and the
 * values of `onConflict` and --on-conflict are made from the table.
 */
import { MaillardError } from "../../errors.js";
import { groupBy } from "../group-by.js";

export const CONFLICT_RULES = {
  FIRST: "The label of the first row stays; the others are left out.",
  MAJORITY:
    "The class that most rows give; of several, the one whose first row comes first. Of numbers the median, which is " +
    "one of them: of an even number of rows, the lower of the two in the middle. Rows of several files that have the " +
    "same line and label count as one: put replicates into one file.",
  DROP: "None: the molecule stays without a label of this set.",
} as const;
export type ConflictRule = keyof typeof CONFLICT_RULES;

/** BAD_INPUT for a text that is no rule; in any case. */
export function conflictRule(text: string): ConflictRule {
  const name = text.toUpperCase();
  if (Object.hasOwn(CONFLICT_RULES, name)) return name as ConflictRule;
  const rules = Object.keys(CONFLICT_RULES).join(", ");
  throw new MaillardError("BAD_INPUT", `onConflict is ${JSON.stringify(text.slice(0, 40))}: give one of ${rules}.`, {
    param: "onConflict",
  });
}

/** What one row says. */
export interface Claim {
  /** Of the source file; 0: not recorded, of an import of an earlier version. */
  line: number;
  /** As it is written. */
  value: string;
  /** Null: a class. */
  number: number | null;
}

/** Whether two rows say the same: 1 and 1.0 do. */
export const agree = (one: Claim, other: Claim): boolean =>
  one.number === null ? one.value === other.value : one.number === other.number;

/** The claim that comes first in the file. */
export const firstOf = (claims: readonly Claim[]): Claim =>
  claims.reduce((first, claim) => (claim.line < first.line ? claim : first));

/** The claim whose label the molecule has; null: none. `claims`: at least one, each row's once. */
export function decide(claims: readonly Claim[], rule: Exclude<ConflictRule, "FIRST">): Claim | null {
  const first = firstOf(claims);
  if (claims.every((claim) => agree(claim, first))) return first;
  if (rule === "DROP") return null;
  if (first.number !== null) {
    const sorted = [...claims].sort((a, b) => (a.number as number) - (b.number as number) || a.line - b.line);
    const median = sorted[Math.ceil(sorted.length / 2) - 1];
    return firstOf(claims.filter((claim) => agree(claim, median)));
  }
  const byClass = [...groupBy(claims, ({ value }) => value).values()];
  const [best] = byClass.sort((a, b) => b.length - a.length || firstOf(a).line - firstOf(b).line);
  return firstOf(best);
}
