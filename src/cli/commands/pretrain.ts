/**
 * `maillard pretrain`: a base model from a file of SMILES, by recovering masked tokens. Works without a server, in this
 * process: between two steps it handles signals and the progress bar (pretraining.ts). The options that decide the
 * numbers belong to the run: with other ones an output folder is refused, not overwritten.
 */
import { resolve } from "node:path";
import type { Command } from "commander";
import { LARGEST_INT } from "../../train/options/table.js";
import { PRETRAIN_DEFAULTS as DEFAULTS, type PretrainOptions } from "../../train/pretrain/pretrain-options.js";
import { usage } from "../failure.js";
import { alsoCalled } from "../flags/alias.js";
import { decimal, wholeNumber } from "../flags/options.js";
import type { Session } from "../session.js";

type Flags = Omit<PretrainOptions, "shape" | "logEvery" | "base" | "output" | "warmup"> &
  PretrainOptions["shape"] & { out: string; warmupRatio: number; base?: string; json?: boolean };

/** Steps between two states of the bar; it decides nothing. */
const LOG_EVERY = 5;
const SHAPE = ["width", "layers", "heads", "maxLength"] as const;

export function register(program: Command, session: Session): void {
  const { shape } = DEFAULTS;
  const command = program
    .command("pretrain")
    .description("make a base model from a file of SMILES, without a server; resumes after any interruption")
    .requiredOption("-c, --corpus <file>", "SMILES, one a line (.smi, .smi.gz); what follows white space is left out")
    .requiredOption("-o, --out <folder>", "receives the model, its vocabulary and the state to go on from")
    .option("--width <n>", "width of the hidden layers, a multiple of --heads", wholeNumber(1, 8_192), shape.width)
    .option("--layers <n>", "transformer layers", wholeNumber(1, 96), shape.layers)
    .option("--heads <n>", "attention heads", wholeNumber(1, 128), shape.heads)
    .option("--max-length <tokens>", "longer molecules are cut", wholeNumber(3, 8_192), shape.maxLength)
    .option(
      "--tokens <n>",
      "tokens to learn from; the learning rate falls to 0 over them",
      wholeNumber(1),
      DEFAULTS.tokens,
    )
    .option("--batch-size <n>", "molecules per step", wholeNumber(1, 65_536), DEFAULTS.batchSize)
    .option("--learning-rate <rate>", "after the warm-up, per step", decimal(0, 1, true), DEFAULTS.learningRate)
    .option(
      "--warmup-ratio <share>",
      "share of the tokens of rising learning rate",
      decimal(0, 0.9, true),
      DEFAULTS.warmup,
    )
    .option("--weight-decay <rate>", "AdamW's decoupled decay", decimal(0, 1), DEFAULTS.weightDecay)
    .option("--mask-probability <p>", "share of the tokens masked", decimal(0, 0.9, true), DEFAULTS.maskProbability)
    .option("--dropout <p>", "dropout probability", decimal(0, 0.9), DEFAULTS.dropout)
    .option("--validation-molecules <n>", "kept aside to measure on", wholeNumber(1), DEFAULTS.validationMolecules)
    .option(
      "--properties <weight>",
      "of a second loss beside the masked tokens': descriptors, MACCS keys and Morgan bits from the pooled " +
        "output; 0: off",
      decimal(0, 1_000),
      DEFAULTS.properties,
    )
    .option(
      "--property-share <share>",
      "share of the molecules that the second loss is taken from; RDKit needs 3 ms for each in the first pass",
      decimal(0, 1, true),
      DEFAULTS.propertyShare,
    )
    .option(
      "--random-smiles <share>",
      "share of the molecules written in a random atom order, another one in each pass",
      decimal(0, 1),
      DEFAULTS.randomSmiles,
    )
    .option("--base <folder>", "model to continue, Hugging Face layout; vocabulary and shape are then its own")
    .option("--seed <n>", "of weights, order and masks", wholeNumber(0, LARGEST_INT), DEFAULTS.seed)
    .option("--threads <n>", "threads to multiply with", wholeNumber(1, 1_024), DEFAULTS.threads)
    .option("--checkpoint-every <steps>", "steps between two states written", wholeNumber(1), DEFAULTS.checkpointEvery)
    .option("--json", "answer as JSON")
    .action(async (flags: Flags) => {
      const given = SHAPE.find((name) => command.getOptionValueSource(name) === "cli");
      if (flags.base !== undefined && given !== undefined)
        throw usage(`--base brings its own shape: leave --${given === "maxLength" ? "max-length" : given} out.`);
      if (flags.width % flags.heads !== 0) {
        throw usage(
          `--width ${flags.width} is not a multiple of --heads ${flags.heads}: every head has an equal share.`,
        );
      }
      const { runPretraining } = await import("../pretraining.js");
      await runPretraining(session, optionsOf(flags), { json: flags.json });
    });
  alsoCalled(command, "--output <folder>", "out");
  alsoCalled(command, "--warmup <share>", "warmupRatio");
}

/** Keys in the order of PRETRAIN_DEFAULTS, then corpus and output: the order is part of the run's identity. */
function optionsOf({
  width,
  layers,
  heads,
  maxLength,
  corpus,
  out,
  warmupRatio: warmup,
  json: _json,
  ...rest
}: Flags): PretrainOptions {
  const files = { corpus: resolve(corpus), output: resolve(out) };
  const base = rest.base === undefined ? null : resolve(rest.base);
  const shape = { width, layers, heads, maxLength };
  return { ...DEFAULTS, ...files, ...rest, warmup, shape, logEvery: LOG_EVERY, base };
}
