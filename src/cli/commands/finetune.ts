/**
 * `maillard finetune`: starts a finetune, and with --watch follows it to its scores.
 * Options have the names that Hugging Face's TrainingArguments made common; what is not given is left to the server, whose
 * defaults --help repeats. Without --name the run gets one from its target and dataset.
 */
import { createHash, randomBytes } from "node:crypto";
import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import { START_FINETUNE } from "../documents/run.js";
import { usage } from "../failure.js";
import type { SplitInput, SplitStrategy, StartFinetuneInput } from "../generated/graphql.js";
import { fractions, wholeNumber } from "../options.js";
import type { Session } from "../session.js";
import { addTrainingFlags, trainingInputOf } from "../training-flags.js";
import { watchRun } from "../watch-run.js";

type Split = { split?: SplitStrategy; column?: string; fractions?: number[] };
type Tuning = Omit<
  Parameters<typeof trainingInputOf>[0],
  "split" | "baseModel" | "dataset" | "target" | "targets" | "name"
>;
type Options = Split &
  Tuning & { base: string; dataset: string; target: string[]; name?: string; watch?: boolean; json?: boolean };

const LARGEST_INT = 2 ** 31 - 1;
const STRATEGIES: readonly SplitStrategy[] = ["SCAFFOLD", "RANDOM", "STRATIFIED", "COLUMN", "ROW"];

/** scaffold is taken as well as SCAFFOLD. */
function strategy(text: string): SplitStrategy {
  const found = STRATEGIES.find((name) => name === text.toUpperCase());
  if (found) return found;
  throw new InvalidArgumentError(`Give one of ${STRATEGIES.join(", ")}.`);
}

export function register(program: Command, session: Session): void {
  const command = program
    .command("finetune")
    .description("train a model on one or several label sets of a dataset, in the background")
    .option("-b, --base <model>", "model to start from", "base")
    .option("-d, --dataset <name>", "dataset to learn from", "sample")
    .requiredOption(
      "-t, --target <label set...>",
      "label set to learn, or several of numbers or of 0 and 1; npx maillard datasets lists them",
    )
    .option("-n, --name <name>", "name of the run and of its model (default: made from target and dataset)");
  addTrainingFlags(command)
    .addOption(
      new Option("--split <strategy>", "how molecules are dealt to training, validation and test (default: SCAFFOLD)")
        .choices(STRATEGIES)
        .argParser(strategy),
    )
    .option(
      "--column <label set>",
      "of --split COLUMN: label set that holds train, validation and test; of ROW: the one whose labels make rows",
    )
    .option("--fractions <shares>", "training, validation, test (default: 0.8,0.1,0.1)", fractions)
    .option("--seed <n>", "of splits, batches, dropout and new weights (default: 42)", wholeNumber(0, LARGEST_INT))
    .option("--min-class-size <n>", "smaller classes are left out (default: 10)", wholeNumber(1, LARGEST_INT))
    .option("--max-length <tokens>", "longer molecules are cut (default: the base model's limit)", wholeNumber(3))
    .option("--device <id>", "device to train on (default: the first that is READY)")
    .option("--random-initial-weights", "start from random weights: what is pretraining worth?")
    .option("--idempotency-key <key>", "the same key starts one run only, however often the command is given")
    .option("-w, --watch", "follow it: progress and metrics live, scores at the end")
    .option("--json", "answer as JSON; with --watch the finished run")
    .action(async (options: Options) => {
      const { run } = (await session.client.execute(START_FINETUNE, { input: inputOf(options) })).startFinetune;
      if (options.watch) return watchRun(session, run, { json: options.json });
      if (options.json) return session.json(run);
      session.terminal.out(`${run.name}  ${run.status}  ${run.id}`);
      session.terminal.err(`Follow it: npx maillard watch ${run.name}`);
    });
}

export function inputOf(options: Options): StartFinetuneInput {
  const { base, target, watch: _watch, json: _json, split, column, fractions: shares, ...rest } = options;
  const dealt = splitOf({ split, column, fractions: shares });
  return {
    ...trainingInputOf(rest),
    ...(target.length === 1 ? { target: target[0] } : { targets: target }),
    dataset: options.dataset,
    baseModel: base,
    name: options.name ?? madeUpName(options),
    ...(dealt ? { split: dealt } : {}),
  };
}

/** --column alone means COLUMN, --fractions alone the server's default strategy. */
function splitOf({ split, column, fractions: shares }: Split): SplitInput | null {
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

/** superclass-sample-3f9a1c; of an idempotency key always the same, or the second call would ask for something else. */
function madeUpName({ target, dataset, idempotencyKey }: Options): string {
  const suffix = idempotencyKey
    ? createHash("sha256").update(idempotencyKey).digest("hex").slice(0, 6)
    : randomBytes(3).toString("hex");
  const stem = `${target[0]}-${dataset}`.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  return `${stem.slice(0, 64 - 7) || "run"}-${suffix}`;
}
