/**
 * What each split has of a class, label or target. What training lacks cannot be learned and refuses the run; what
 * validation or test lacks is a warning, because it limits what their scores say.
 */
import { MaillardError } from "../../../errors.js";
import type { SplitName } from "../../../scores/types.js";
import { listed, type Warning } from "../types.js";

/** One split: its molecules, and how many of them have each class, label or target. */
export interface SplitContent {
  size: number;
  counts: ReadonlyMap<string, number>;
}

/**
 * EMPTY_DATASET without a training molecule, CLASS_MISSING_FROM_TRAINING without one of a name. `what` is missing:
 * "molecule" or "value"; `advice`: how to get all names into training.
 */
export function checkPresence(
  contentOf: (split: SplitName) => SplitContent,
  { names, what, advice }: { names: readonly string[]; what: string; advice: string },
  warnings: Warning[],
): void {
  const absent = ({ counts }: SplitContent): string[] => names.filter((name) => (counts.get(name) ?? 0) === 0);
  const training = contentOf("TRAIN");
  if (training.size === 0)
    throw new MaillardError(
      "EMPTY_DATASET",
      "No molecule is in the training split. Change the split's fractions or column.",
      { param: "split" },
    );
  const missing = absent(training);
  if (missing.length > 0)
    throw new MaillardError(
      "CLASS_MISSING_FROM_TRAINING",
      `No ${what} of ${listed(missing)} is in the training split, so it cannot be learned. ${advice}`,
      { param: "split", details: { classes: missing } },
    );
  for (const split of ["VALIDATION", "TEST"] as const) {
    const content = contentOf(split);
    const classes = absent(content);
    if (content.size === 0)
      warnings.push({
        code: "SPLIT_EMPTY",
        message: `No molecule is in the ${split} split: it has no scores.`,
        details: { split },
      });
    else if (classes.length > 0)
      warnings.push({
        code: "CLASS_MISSING",
        message:
          `No ${what} of ${listed(classes)} is in the ${split} split: ` +
          `its scores say nothing about ${classes.length === 1 ? "it" : "them"}.`,
        details: { split, classes },
      });
  }
}
