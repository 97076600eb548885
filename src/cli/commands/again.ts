/** `maillard clone` and `maillard continue`: a new run that is made of another one. */
import type { Command } from "commander";
import { INPUT_OPTIONS, SETTING_NAMES } from "../../train/options/table.js";
import { CLONE_RUN, CONTINUE_RUN } from "../documents/run.js";
import { findRun } from "../find-run.js";
import { decimal } from "../flags/options.js";
import { nameOfAgain } from "../flags/run-name.js";
import { addOptionFlags } from "../flags/training/option-flags.js";
import { addSplitFlags, type Split, splitOf } from "../flags/training/split-flags.js";
import { addInputFlags, addTrainingFlags, trainingInputOf } from "../flags/training/training-flags.js";
import { watchRun } from "../follow/watch-run.js";
import type { CloneRunInput, CloneRunMutation, ContinueRunInput, RunKind } from "../generated/graphql.js";
import type { Session } from "../session.js";

type Again = CloneRunMutation["cloneRun"];
interface Common {
  name?: string;
  watch?: boolean;
  json?: boolean;
  idempotencyKey?: string;
}
type CloneOptions = Common & Split & { base?: string; dataset?: string; target?: string[] };

/** Kinds whose runs have the name of the model that they make. */
const LEARNING: readonly RunKind[] = ["FINETUNE", "PROBE"];

export function register(program: Command, session: Session): void {
  const clone = program
    .command("clone")
    .description("start a run of the same input as another one, with changes: what is not named stays as it was")
    .argument("<run>", "id or name of the run")
    .option("-n, --name <name>", "name of the new run and of its model (default: made from that of the run)")
    .option("-b, --base <model>", "another model to start from, or to ask")
    .option("-d, --dataset <name>", "another dataset")
    .option("-t, --target <label set...>", "other label sets to learn");
  addCommon(addInputFlags(addSplitFlags(addTrainingFlags(clone)))).action(
    async (idOrName: string, { base, target, name, watch, json, ...options }: CloneOptions) => {
      const { id, name: before, kind } = await findRun(session.client, idOrName);
      const { split, column, fractions, ...rest } = options;
      const splitInput = splitOf({ split, column, fractions });
      const isNamed = name !== undefined || LEARNING.includes(kind);
      const input: CloneRunInput = {
        ...trainingInputOf(rest),
        ...(isNamed ? { name: name ?? nameOfAgain(before, "clone", rest.idempotencyKey) } : {}),
        ...(base ? { baseModel: base } : {}),
        ...(target ? (target.length === 1 ? { target: target[0] } : { targets: target }) : {}),
        ...(splitInput ? { split: splitInput } : {}),
      };
      await tell(session, (await session.client.execute(CLONE_RUN, { id, input })).cloneRun, { watch, json });
    },
  );

  const more = program
    .command("continue")
    .description("train the model of a finetune further, on the same molecules in the same splits")
    .argument("<run>", "id or name of a finetune that has SUCCEEDED")
    .requiredOption("--epochs <n>", "epochs that are added", decimal(0, undefined, true))
    .option("-n, --name <name>", "name of the new run and of its model (default: made from that of the run)");
  const settings = SETTING_NAMES.filter((name) => name !== "epochs");
  addCommon(addOptionFlags(more, ["recipe", ...settings, ...INPUT_OPTIONS])).action(
    async (idOrName: string, { name, watch, json, ...options }: Common & { epochs: number }) => {
      const { id, name: before } = await findRun(session.client, idOrName);
      const input: ContinueRunInput = {
        ...trainingInputOf(options),
        epochs: options.epochs,
        name: name ?? nameOfAgain(before, "more", options.idempotencyKey),
      };
      await tell(session, (await session.client.execute(CONTINUE_RUN, { id, input })).continueRun, { watch, json });
    },
  );
}

const addCommon = (command: Command): Command =>
  command
    .option("--idempotency-key <key>", "the same key starts one run only, however often the command is given")
    .option("-w, --watch", "follow it: progress and metrics live, scores at the end")
    .option("--json", "answer as JSON; with --watch the finished run");

async function tell(session: Session, { run, changed, kept }: Again, { watch, json }: Common): Promise<void> {
  if (changed.length > 0) session.terminal.err(`Changed: ${changed.join(", ")}.`);
  if (kept.length > 0) session.terminal.err(`As the recipe had decided: ${kept.join(", ")}.`);
  if (watch) return watchRun(session, run, { json });
  if (json) return session.json({ ...run, changed, kept });
  session.terminal.out(`${run.name}  ${run.status}  ${run.id}`);
  session.terminal.err(`Follow it: npx maillard watch ${run.name}`);
}
