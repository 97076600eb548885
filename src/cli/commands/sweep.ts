/**
 * `maillard sweep`: finetunes with many combinations of options, and `sweep show`: their table and figure. Flags of
 * `maillard finetune` say what all of them have in common.
 */
import { type Command, Option } from "commander";
import { START_SWEEP, SWEEP_FIGURE } from "../documents/sweep.js";
import { usage } from "../failure.js";
import { findRunOrGroup } from "../find-run.js";
import { parseOption } from "../flags/option-flags.js";
import { wholeNumber } from "../flags/options.js";
import { madeUpName } from "../flags/run-name.js";
import {
  addFinetuneFlags,
  type FinetuneOptions,
  finetuneInputOf,
  LONGEST_GROUP_NAME,
} from "../flags/runs/finetune-flags.js";
import { searchOf } from "../flags/runs/search-flags.js";
import { watchGroup } from "../follow/watch-group.js";
import type { SweepMethod, SweepSearchInput } from "../generated/graphql.js";
import { checkFigureName, writeFigure } from "../output/figure-file.js";
import { readSweep, sweepLines } from "../reports/sweep-table.js";
import type { Session } from "../session.js";

interface SweepOptions {
  search: SweepSearchInput[];
  method: string;
  trials?: number;
  drawSeed?: number;
  objective?: string;
  factor?: number;
  minEpochs?: number;
  idempotencyKey?: string;
  watch?: boolean;
  json?: boolean;
}

export function register(program: Command, session: Session): void {
  const sweep = program.command("sweep").description("try many combinations of options, and show which is best");
  addFinetuneFlags(
    sweep.command("start", { isDefault: true }).description("start a finetune for each combination of options"),
  )
    .requiredOption(
      "--search <option=values>",
      "batchSize=8,16,32, or a range: dropout=0..0.3, learningRate=1e-5..1e-3:log, in a grid with a number of " +
        "values: learningRate=1e-5..1e-3:log:3; repeat for several options",
      searchOf,
    )
    .addOption(
      new Option("--method <name>", "halving stops trials early; grid and random train all of them to the end")
        .choices(["halving", "grid", "random"])
        .default("halving"),
    )
    .option("--trials <n>", "combinations drawn at random (default: all of them)", wholeNumber(1, 256))
    .option("--draw-seed <n>", "of the random combinations (default: 42)", parseOption("seed"))
    .option("--objective <metric>", "score of the validation split that compares (default: as --metric-for-best-model)")
    .option("--factor <n>", "of halving: 1 / n of the trials go on (default: 3)", wholeNumber(2, 10))
    .option("--min-epochs <n>", "of halving: fewest epochs before a comparison (default: 1)", wholeNumber(1, 1_000))
    .option("--idempotency-key <key>", "the same key starts one sweep only, however often the command is given")
    .option("-w, --watch", "follow it: its table at the end")
    .option("--json", "answer as JSON")
    .action((options: FinetuneOptions & SweepOptions) => start(session, options));
  sweep
    .command("show")
    .description("trials of a sweep, the best first, and its scores on the test split")
    .argument("<sweep>", "id or name of the sweep")
    .option("-o, --out <file>", "receives the figure: a line for each trial, .svg or .png", checkFigureName)
    .option("--json", "answer as JSON")
    .action((idOrName: string, options: { out?: string; json?: boolean }) => show(session, idOrName, options));
}

async function start(session: Session, options: FinetuneOptions & SweepOptions): Promise<void> {
  const { search, method, trials, drawSeed, objective, factor, minEpochs, ...others } = options;
  const { idempotencyKey, watch, json, ...finetune } = others;
  const name = options.name ?? madeUpName(options, { most: LONGEST_GROUP_NAME });
  const halving = { ...(factor ? { factor } : {}), ...(minEpochs ? { minEpochs } : {}) };
  const input = {
    finetune: finetuneInputOf({ ...finetune, name }),
    search,
    method: method.toUpperCase() as SweepMethod,
    ...(trials ? { trials } : {}),
    ...(drawSeed === undefined ? {} : { seed: drawSeed }),
    ...(objective ? { objective: { metric: objective } } : {}),
    halving,
    ...(idempotencyKey ? { idempotencyKey } : {}),
  };
  const { group } = (await session.client.execute(START_SWEEP, { input })).startSweep;
  if (watch) return watchGroup(session, group, { json });
  if (json) return session.json(group);
  const { rungs, sizes } = group.sweep ?? { rungs: [], sizes: [] };
  const plan = rungs.map((epochs, rung) => `${sizes[rung]} to epoch ${epochs}`).join(", ");
  session.terminal.out(`${group.name}  ${group.runs.length} trials${plan ? `: ${plan}` : ""}  ${group.id}`);
  session.terminal.err(`See it: npx maillard sweep show ${group.name}`);
}

async function show(session: Session, idOrName: string, options: { out?: string; json?: boolean }): Promise<void> {
  const found = await findRunOrGroup(session.client, idOrName);
  if (!("group" in found)) throw usage(`${idOrName} is a run: npx maillard report ${idOrName}`);
  const group = await readSweep(session, found.group.id, found.group.name);
  if (options.json) session.json(group);
  else session.lines(sweepLines(group));
  if (options.out === undefined) return;
  const { runGroup } = await session.client.execute(SWEEP_FIGURE, { id: group.id });
  await writeFigure(options.out, runGroup?.sweep?.figure ?? "");
  session.terminal.err(`wrote ${options.out}`);
}
