/**
 * Splits that are so small that their scores say little, said before the run: a model that is right five times of five
 * has 1.000 on its test split, as one that is right five hundred times.
 */
import type { SequenceTask } from "../../../model/types.js";
import type { SplitName } from "../../../scores/types.js";
import { wilsonInterval } from "../../../scores/wilson.js";
import { amount } from "../../../words.js";
import type { Warning } from "../types.js";

/** Below these many molecules a share of one half is uncertain by 0.17 and more. */
const FEW = 30;

const CODES = { TEST: "TEST_SMALL", VALIDATION: "VALIDATION_SMALL" } as const;

interface Subject {
  task: SequenceTask;
  /** Molecules of a split (rows, under ROW). */
  sizeOf(split: SplitName): number;
  /** "molecule" or "row". */
  what: string;
  /** Whether a choice is made by the scores of the validation split. */
  validationDecides: boolean;
}

/** An empty split has a warning of its own. Without a test split the validation split is the one that is reported. */
export function smallSplits({ task, sizeOf, what, validationDecides }: Subject): Warning[] {
  const read = { TEST: true, VALIDATION: validationDecides || sizeOf("TEST") === 0 };
  return (["TEST", "VALIDATION"] as const).flatMap((split) => {
    const count = sizeOf(split);
    if (!read[split] || count === 0 || count >= FEW) return [];
    const { says, details } = uncertaintyOf(task, count, what);
    return [
      {
        code: CODES[split],
        message:
          `The ${split} split has ${amount(count, what)}, and scores of fewer than ${FEW} say little: ${says}. ` +
          `${ADVICE[split]}`,
        details: { split, count, limit: FEW, ...details },
      },
    ];
  });
}

const ADVICE = {
  TEST: "Test by folds (startRepeats with `folds`, --folds), give the test a larger share, or import more molecules.",
  VALIDATION:
    "What is chosen by them may be chosen by chance: give the validation a larger share, or import more molecules.",
};

function uncertaintyOf(
  task: SequenceTask,
  count: number,
  what: string,
): { says: string; details: Record<string, number> } {
  if (task === "REGRESSION") {
    // Of errors that are normally distributed.
    const relativeError = 1 / Math.sqrt(2 * count);
    const percent = Math.round(100 * relativeError);
    return { says: `the standard error of their RMSE is ${percent} % of it`, details: { relativeError } };
  }
  const { low, high } = wilsonInterval(count, count);
  const all = task === "SINGLE_LABEL" ? "" : " of a label";
  return {
    says:
      `${count} right answers${all} to ${amount(count, what)} leave a true share of right answers between ` +
      `${low.toFixed(2)} and ${high.toFixed(2)} (95 % interval of Wilson)`,
    details: { low, high },
  };
}
