/** Flags that say what is trained: of one finetune, of several, and of a sweep. */
import type { Command } from "commander";
import type { StartFinetuneInput } from "../../generated/graphql.js";
import { madeUpName } from "../run-name.js";
import { addSplitFlags, type Split, splitOf } from "../split-flags.js";
import { addInputFlags, addTrainingFlags, trainingInputOf } from "../training-flags.js";

type Tuning = Omit<Partial<StartFinetuneInput>, "split" | "baseModel" | "dataset" | "target" | "targets" | "name">;
export type FinetuneOptions = Split & Tuning & { base: string; dataset: string; target: string[]; name?: string };

/** Of a group, whose runs are called name-1, name-2, … */
export const LONGEST_GROUP_NAME = 60;

export function addFinetuneFlags(command: Command): Command {
  command
    .option("-b, --base <model>", "model to start from", "base")
    .option("-d, --dataset <name>", "dataset to learn from", "sample")
    .requiredOption(
      "-t, --target <label set...>",
      'label set to learn, or several of numbers or of 0 and 1: also "NR-*"; npx maillard datasets lists them',
    )
    .option("-n, --name <name>", "name of the run and of its model (default: made from target and dataset)");
  return addInputFlags(addSplitFlags(addTrainingFlags(command)));
}

/** Without flags of other things. */
export function finetuneInputOf(options: FinetuneOptions): StartFinetuneInput {
  const { base, target, split, column, fractions: shares, ...others } = options;
  const splitInput = splitOf({ split, column, fractions: shares });
  return {
    ...trainingInputOf(others),
    ...(target.length === 1 ? { target: target[0] } : { targets: target }),
    dataset: options.dataset,
    baseModel: base,
    name: options.name ?? madeUpName(options),
    ...(splitInput ? { split: splitInput } : {}),
  };
}
