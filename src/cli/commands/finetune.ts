/**
 * `maillard finetune`: starts a finetune, and with --watch follows it to its scores. Options have the names that
 * Hugging Face's TrainingArguments made common; what is not given is left to the server, whose defaults --help repeats.
 * Without --name the run gets one from its target and dataset.
 */
import type { Command } from "commander";
import { START_FINETUNE, START_REPEATS } from "../documents/run.js";
import { usage } from "../failure.js";
import { addOverlapFlag, type OverlapOptions, withOverlapFile } from "../files/overlap-file.js";
import { type AnnotationOptions, addAnnotationFlags, annotationsOf } from "../flags/annotation-flags.js";
import { parseOption } from "../flags/option-flags.js";
import { names, wholeNumber } from "../flags/options.js";
import { madeUpName } from "../flags/run-name.js";
import { addSplitFlags, type Split, splitOf } from "../flags/split-flags.js";
import { addInputFlags, addTrainingFlags, trainingInputOf } from "../flags/training-flags.js";
import { estimateLine, recipeLine } from "../follow/recipe-line.js";
import { watchGroup } from "../follow/watch-group.js";
import { watchRun } from "../follow/watch-run.js";
import type { StartFinetuneInput } from "../generated/graphql.js";
import type { Session } from "../session.js";

type Tuning = Omit<Partial<StartFinetuneInput>, "split" | "baseModel" | "dataset" | "target" | "targets" | "name">;
type Options = Split &
  AnnotationOptions &
  OverlapOptions &
  Tuning & { base: string; dataset: string; target: string[]; name?: string; watch?: boolean; json?: boolean } & {
    seeds?: number[];
    folds?: number;
    ensemble?: boolean;
  };

export function register(program: Command, session: Session): void {
  const command = program
    .command("finetune")
    .description("train a model on one or several label sets of a dataset, in the background")
    .option("-b, --base <model>", "model to start from", "base")
    .option("-d, --dataset <name>", "dataset to learn from", "sample")
    .requiredOption(
      "-t, --target <label set...>",
      'label set to learn, or several of numbers or of 0 and 1: also "NR-*"; npx maillard datasets lists them',
    )
    .option("-n, --name <name>", "name of the run and of its model (default: made from target and dataset)");
  addAnnotationFlags(addInputFlags(addOverlapFlag(addSplitFlags(addTrainingFlags(command)))))
    .option("--idempotency-key <key>", "the same key starts one run only, however often the command is given")
    .option("--seeds <numbers>", "do it once for each of these seeds, on one split: 1,2,3", seedsOf)
    .option("--folds <n>", "do it n times, so that each molecule is tested once", wholeNumber(3, 32))
    .option("--ensemble", "of --seeds or --folds: the mean of all models becomes a model of this name")
    .option("-w, --watch", "follow it: progress and metrics live, scores at the end")
    .option("--json", "answer as JSON; with --watch the finished run")
    .action(async (options: Options) => {
      if (options.seeds || options.folds) return repeat(session, options);
      if (options.ensemble) throw usage("--ensemble is for several finetunes: give --seeds 1,2,3 or --folds 5 too.");
      const { run } = await withOverlapFile(session, options, async () => {
        const input = inputOf(options);
        return (await session.client.execute(START_FINETUNE, { input })).startFinetune;
      });
      session.terminal.err(recipeLine(run.input));
      if (run.estimate) session.terminal.err(estimateLine(run.estimate));
      if (options.watch) return watchRun(session, run, { json: options.json });
      if (options.json) return session.json(run);
      session.terminal.out(`${run.name}  ${run.status}  ${run.id}`);
      session.terminal.err(`Follow it: npx maillard watch ${run.name}`);
    });
}

async function repeat(session: Session, options: Options): Promise<void> {
  const { seeds, folds, ensemble, idempotencyKey, ...finetune } = options;
  const input = {
    finetune: inputOf({ ...finetune, name: options.name ?? madeUpName(options, { most: LONGEST_GROUP_NAME }) }),
    ...(seeds ? { seeds } : {}),
    ...(folds ? { folds } : {}),
    ...(idempotencyKey ? { idempotencyKey } : {}),
    ensemble: ensemble ?? false,
  };
  const { group } = await withOverlapFile(session, options, async () => {
    return (await session.client.execute(START_REPEATS, { input })).startRepeats;
  });
  session.terminal.err(recipeLine(group.runs[0].input));
  const [{ estimate }] = group.runs;
  if (estimate) session.terminal.err(estimateLine(estimate, group.runs.length));
  if (options.watch) return watchGroup(session, group, { json: options.json });
  if (options.json) return session.json(group);
  for (const { name, id } of group.runs) session.terminal.out(`${name}  ${id}`);
  session.terminal.err(`Follow them: npx maillard watch ${group.name}`);
}

/** Of a group, whose runs are called name-1 to name-32. */
const LONGEST_GROUP_NAME = 60;
const seedsOf = (text: string): unknown[] => names(text).map(parseOption("seed"));

function inputOf(options: Options): StartFinetuneInput {
  const { base, target, watch: _watch, json: _json, split, column, fractions: shares, ...others } = options;
  const {
    seeds: _seeds,
    folds: _folds,
    ensemble: _ensemble,
    overlapOut: _overlapOut,
    priority,
    description,
    tag,
    ...rest
  } = others;
  const splitInput = splitOf({ split, column, fractions: shares });
  return {
    ...trainingInputOf(rest),
    ...annotationsOf({ priority, description, tag }),
    ...(target.length === 1 ? { target: target[0] } : { targets: target }),
    dataset: options.dataset,
    baseModel: base,
    name: options.name ?? madeUpName(options),
    ...(splitInput ? { split: splitInput } : {}),
  };
}
