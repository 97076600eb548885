/**
 * `maillard finetune`: starts a finetune, and with --watch follows it to its scores. Options have the names that
 * Hugging Face's TrainingArguments made common; what is not given is left to the server, whose defaults --help repeats.
 * Without --name the run gets one from its target and dataset.
 */
import type { Command } from "commander";
import { START_FINETUNE, START_REPEATS } from "../documents/run.js";
import { usage } from "../failure.js";
import { addOverlapFlag, type OverlapOptions, withOverlapFile } from "../files/overlap-file.js";
import { parseOption } from "../flags/option-flags.js";
import { names, wholeNumber } from "../flags/options.js";
import { madeUpName } from "../flags/run-name.js";
import { type AnnotationOptions, addAnnotationFlags, annotationsOf } from "../flags/runs/annotation-flags.js";
import {
  addFinetuneFlags,
  type FinetuneOptions,
  finetuneInputOf,
  LONGEST_GROUP_NAME,
} from "../flags/runs/finetune-flags.js";
import { estimateLine, recipeLine } from "../follow/recipe-line.js";
import { watchGroup } from "../follow/watch-group.js";
import { watchRun } from "../follow/watch-run.js";
import type { StartFinetuneInput } from "../generated/graphql.js";
import type { Session } from "../session.js";

type Options = FinetuneOptions &
  AnnotationOptions &
  OverlapOptions & {
    watch?: boolean;
    json?: boolean;
    seeds?: number[];
    folds?: number;
    repeats?: number;
    ensemble?: boolean;
  };

export function register(program: Command, session: Session): void {
  const command = program
    .command("finetune")
    .description("train a model on one or several label sets of a dataset, in the background");
  addAnnotationFlags(addOverlapFlag(addFinetuneFlags(command)))
    .option("--idempotency-key <key>", "the same key starts one run only, however often the command is given")
    .option("--seeds <numbers>", "do it once for each of these seeds, on one split: 1,2,3", seedsOf)
    .option("--folds <n>", "do it n times, so that each molecule is tested once", wholeNumber(3, 32))
    .option("--repeats <n>", "of --folds: n times, each with molecules dealt anew", wholeNumber(1, 33))
    .option("--ensemble", "of --seeds or --folds: the mean of all models becomes a model of this name")
    .option("-w, --watch", "follow it: progress and metrics live, scores at the end")
    .option("--json", "answer as JSON; with --watch the finished run")
    .action(async (options: Options) => {
      if (options.seeds || options.folds) return repeat(session, options);
      if (options.repeats) throw usage("--repeats is for cross-validation: give --folds 5 too.");
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
  const { seeds, folds, repeats, ensemble, idempotencyKey, ...finetune } = options;
  const input = {
    finetune: inputOf({ ...finetune, name: options.name ?? madeUpName(options, { most: LONGEST_GROUP_NAME }) }),
    ...(seeds ? { seeds } : {}),
    ...(folds ? { folds } : {}),
    ...(repeats ? { repeats } : {}),
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

const seedsOf = (text: string): unknown[] => names(text).map(parseOption("seed"));

function inputOf(options: Options): StartFinetuneInput {
  const { watch: _watch, json: _json, seeds: _seeds, folds: _folds, repeats: _repeats, ...others } = options;
  const { ensemble: _ensemble, overlapOut: _overlapOut, priority, description, tag, ...finetune } = others;
  return { ...finetuneInputOf(finetune), ...annotationsOf({ priority, description, tag }) };
}
