/** `maillard evaluate`: the scores of a model, a probe or an ensemble on labelled data, as a run of the server. */
import type { Command } from "commander";
import { START_EVALUATION } from "../documents/run.js";
import { wholeNumber } from "../flags/options.js";
import { type AnnotationOptions, addAnnotationFlags, annotationsOf } from "../flags/runs/annotation-flags.js";
import { partOption } from "../flags/split-option.js";
import { watchRun } from "../follow/watch-run.js";
import type { Split } from "../generated/graphql.js";
import type { Session } from "../session.js";

interface Options extends AnnotationOptions {
  dataset: string;
  target?: string[];
  column?: string;
  split: Split;
  averageOver: number;
  idempotencyKey?: string;
  /** False: --no-watch. */
  watch: boolean;
  json?: boolean;
}

export function register(program: Command, session: Session): void {
  const command = program
    .command("evaluate")
    .description("score a model, a probe or an ensemble on a labelled dataset, such as a file that was kept aside")
    .argument("<model>", "model with a head")
    .requiredOption("-d, --dataset <name>", "labelled dataset: maillard import makes one of a file")
    .option(
      "-t, --target <label set...>",
      "label set that is the truth, or several of numbers or of 0 and 1 (default: those that the model was trained on)",
    )
    .option("--column <label set>", "score only one part: the label set whose values are train, validation and test")
    .addOption(partOption())
    .option("--average-over <n>", "ways of writing each molecule whose answers are averaged", wholeNumber(1, 32), 1);
  addAnnotationFlags(command)
    .option("--idempotency-key <key>", "the same key starts one run only")
    .option("--no-watch", "answer when it is started; maillard watch shows its scores")
    .option("--json", "answer as JSON: the finished run; with --no-watch the run as it was started")
    .action(async (model: string, options: Options) => {
      const { dataset, target, column, split, averageOver, idempotencyKey, watch, json } = options;
      const input = {
        ...{ model, dataset, averageOver, idempotencyKey },
        ...annotationsOf(options),
        ...(target === undefined ? {} : target.length === 1 ? { target: target[0] } : { targets: target }),
        ...(column === undefined ? {} : { part: { column, split } }),
      };
      const { run } = (await session.client.execute(START_EVALUATION, { input })).startEvaluation;
      if (watch) return watchRun(session, run, { json });
      if (json) return session.json(run);
      session.terminal.out(`${run.name}  ${run.status}  ${run.id}`);
      session.terminal.err(`Follow it: npx maillard watch ${run.name}`);
    });
}
