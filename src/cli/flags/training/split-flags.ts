/** Flags for the split into training, validation and test, and for which classes are learned. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { SPLIT_OPTIONS } from "../../../train/options/table.js";
import { usage } from "../../failure.js";
import type { SplitInput, SplitStrategy } from "../../generated/graphql.js";
import { fractions } from "../options.js";
import { addOptionFlags } from "./option-flags.js";
import { addClassFlags } from "./training-flags.js";

export interface Split {
  split?: SplitStrategy;
  column?: string;
  fractions?: number[];
}

export interface ClassRules {
  minClassSize?: number;
  maxClassSize?: number;
  topClasses?: number;
}

const STRATEGIES: readonly SplitStrategy[] = ["SCAFFOLD", "RANDOM", "STRATIFIED", "COLUMN", "ROW"];

/** Accepts scaffold and SCAFFOLD. */
function strategy(text: string): SplitStrategy {
  const found = STRATEGIES.find((name) => name === text.toUpperCase());
  if (found) return found;
  throw new InvalidArgumentError(`Give one of ${STRATEGIES.join(", ")}.`);
}

export const strategyOption = (): Option =>
  new Option("--split <strategy>", "how molecules are split into training, validation and test (default: SCAFFOLD)")
    .choices(STRATEGIES)
    .argParser(strategy);

/** `seed`: what the seed decides, where it decides less than in a finetune. */
export const addSplitFlags = (command: Command, seed?: string): Command =>
  addClassFlags(
    addOptionFlags(
      command
        .addOption(strategyOption())
        .option(
          "--column <label set>",
          "of --split COLUMN: label set that holds train, validation and test; of ROW: the one whose labels make rows",
        )
        .option("--fractions <shares>", "training, validation, test (default: 0.8,0.1,0.1)", fractions),
      [...SPLIT_OPTIONS, "seed"],
      { seed },
    ),
  );

/** --column alone means COLUMN, --fractions alone the server's default strategy. */
export function splitOf({ split, column, fractions: shares }: Split): SplitInput | null {
  if (split === undefined && column === undefined && shares === undefined) return null;
  const chosen = split ?? (column === undefined ? "SCAFFOLD" : "COLUMN");
  if (chosen === "COLUMN" && column === undefined) {
    throw usage("--split COLUMN needs --column <label set>: the one whose values are train, validation and test.");
  }
  if (chosen !== "COLUMN" && chosen !== "ROW" && column !== undefined) {
    throw usage(`--column ${column} is for --split COLUMN; --split is ${chosen}. Leave one of them out.`);
  }
  return { strategy: chosen, ...(column ? { column } : {}), ...(shares ? { fractions: shares } : {}) };
}
