/**
 * Flags of `maillard finetune` for how is trained: the names of Hugging Face's TrainingArguments, where it has them. What
 * is not given is left to the server, whose defaults --help repeats; what does not go together is the server's to refuse.
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { usage } from "../failure.js";
import type { LoraInput, LoraTarget, LrSchedulerType, StartFinetuneInput } from "../generated/graphql.js";
import { decimal, LARGEST_INT, names, wholeNumber } from "./options.js";

const SCHEDULES: readonly LrSchedulerType[] = ["LINEAR", "COSINE", "CONSTANT"];
const CLASS_WEIGHTS = ["NONE", "BALANCED"] as const;
const LORA_TARGETS: readonly LoraTarget[] = ["QUERY", "KEY", "VALUE", "ATTENTION_OUTPUT", "INTERMEDIATE", "OUTPUT"];

type Flags = Partial<Omit<StartFinetuneInput, "lora" | "gradientClip" | "logEvery" | "checkpointEvery">> & {
  maxGradNorm?: number;
  loggingSteps?: number;
  saveSteps?: number;
  loraRank?: number;
  loraAlpha?: number;
  loraTargets?: LoraTarget[];
};

/** In any case, with - or _: cosine, COSINE, attention-output. */
const oneOf =
  <T extends string>(values: readonly T[]) =>
  (text: string): T => {
    const found = values.find((value) => value === text.toUpperCase().replaceAll("-", "_"));
    if (found) return found;
    throw new InvalidArgumentError(`Give one of ${values.join(", ").toLowerCase().replaceAll("_", "-")}.`);
  };

const choice = (flags: string, what: string, values: readonly string[]) =>
  new Option(flags, `${what}: ${values.join(", ").toLowerCase()}`).argParser(oneOf(values));

export function addTrainingFlags(command: Command): Command {
  const steps = wholeNumber(1, LARGEST_INT);
  const share = decimal(0, 1);
  return command
    .option("--epochs <n>", "passes over the training split (default: 5)", decimal(0, 1_000, true))
    .option("--max-steps <n>", "updates in all, whatever --epochs says", steps)
    .option("--batch-size <n>", "molecules per batch (default: 16)", wholeNumber(1, 1_024))
    .option("--gradient-accumulation-steps <n>", "batches per update (default: 1)", steps)
    .option("--group-by-length", "batches of molecules of like length")
    .option("--learning-rate <rate>", "peak per update (default: 2e-5)", decimal(0, 1, true))
    .addOption(choice("--lr-scheduler-type <name>", "after the warm-up (default: linear)", SCHEDULES))
    .option("--warmup-steps <n>", "updates of rising learning rate (default: 0)", wholeNumber(0, LARGEST_INT))
    .option("--warmup-ratio <share>", "the same as a share of all updates (default: 0)", share)
    .option("--weight-decay <rate>", "AdamW's decoupled decay (default: 0.01)", decimal(0, 1))
    .option(
      "--layerwise-learning-rate-decay <factor>",
      "how much slower each layer learns than the one above (default: 1)",
      decimal(0, 1, true),
    )
    .option("--adam-beta1 <share>", "AdamW's memory of gradients (default: 0.9)", share)
    .option("--adam-beta2 <share>", "AdamW's memory of squared gradients (default: 0.999)", share)
    .option("--adam-epsilon <size>", "what AdamW adds to the divisor (default: 1e-8)", decimal(0, undefined, true))
    .option("--max-grad-norm <norm>", "largest norm of the gradient, 0: no clipping (default: 1)", decimal(0))
    .option("--label-smoothing-factor <share>", "share of each target spread over all classes (default: 0)", share)
    .addOption(choice("--class-weights <name>", "weight of each class in the loss (default: none)", CLASS_WEIGHTS))
    .option("--dropout <p>", "dropout probability (default: that of the base model)", share)
    .option("--hidden-dropout <p>", "of hidden layers (default: as --dropout)", share)
    .option("--attention-dropout <p>", "of attention (default: as --dropout)", share)
    .option("--classifier-dropout <p>", "of the head (default: as --dropout)", share)
    .option("--freeze-embeddings", "the embeddings keep their values")
    .option(
      "--frozen-layers <n>",
      "first layers that keep theirs, embeddings with them (default: 0)",
      wholeNumber(0, LARGEST_INT),
    )
    .option("--lora-rank <n>", "low-rank adaptation instead of full finetuning, of this rank", steps)
    .option("--lora-alpha <number>", "scaled by alpha / rank (default: 8)", decimal(0, undefined, true))
    .option("--lora-targets <names>", "dense layers adapted (default: query,value)", (text: string) =>
      names(text).map(oneOf(LORA_TARGETS)),
    )
    .option("--eval-steps <n>", "score the validation split every n updates (default: at each epoch's end)", steps)
    .option("--metric-for-best-model <name>", "what chooses the best checkpoint (default: macroF1, by task)")
    .option("--load-best-model-at-end", "the model is the best checkpoint, not the last")
    .option("--early-stopping-patience <n>", "stop after n scorings without gain (default: never)", steps)
    .option("--early-stopping-threshold <size>", "a gain has to be larger (default: 0)", decimal(0))
    .option("--temperature-scaling", "calibrate the saved model on the validation split")
    .option("--save-total-limit <n>", "last checkpoints kept, besides the best (default: 2)", steps)
    .option("--logging-steps <n>", "updates between training metrics (default: about ten an epoch)", steps)
    .option("--save-steps <n>", "updates between checkpoints (default: 200)", steps);
}

/** The flags as the API names them. */
export function trainingInputOf(flags: Flags): Partial<StartFinetuneInput> {
  const { maxGradNorm, loggingSteps, saveSteps, loraRank, loraAlpha, loraTargets, ...rest } = flags;
  const lora = loraOf({ loraRank, loraAlpha, loraTargets });
  return {
    ...rest,
    ...(maxGradNorm === undefined ? {} : { gradientClip: maxGradNorm }),
    ...(loggingSteps === undefined ? {} : { logEvery: loggingSteps }),
    ...(saveSteps === undefined ? {} : { checkpointEvery: saveSteps }),
    ...(lora ? { lora } : {}),
  };
}

function loraOf({ loraRank, loraAlpha, loraTargets }: Flags): LoraInput | null {
  if (loraRank === undefined) {
    if (loraAlpha === undefined && loraTargets === undefined) return null;
    throw usage("--lora-alpha and --lora-targets are for low-rank adaptation; give --lora-rank too, e.g. 8.");
  }
  return {
    rank: loraRank,
    ...(loraAlpha === undefined ? {} : { alpha: loraAlpha }),
    ...(loraTargets === undefined ? {} : { targets: loraTargets }),
  };
}
