/**
 * The command line: `maillard <command>`. Commands that use a running server know only its API. Those that work in this
 * process (serve, worker, doctor, pretrain, backup, restore) load the layers below only when they run, so that the
 * others start fast.
 * `runCommandLine` returns the exit code and never throws: failure.ts explains the codes.
 */
import { Command, CommanderError } from "commander";
import { DEFAULT_URL } from "./client.js";
import { register as again } from "./commands/again.js";
import { register as audit } from "./commands/audit.js";
import { register as backup } from "./commands/backup.js";
import { register as cancel } from "./commands/cancel.js";
import { register as clusters } from "./commands/clusters.js";
import { register as compare } from "./commands/compare.js";
import { register as compounds } from "./commands/compounds.js";
import { register as datasets } from "./commands/datasets.js";
import { register as deleteThing } from "./commands/delete.js";
import { register as demo } from "./commands/demo.js";
import { register as doctor } from "./commands/doctor.js";
import { register as embed } from "./commands/embed.js";
import { register as ensemble } from "./commands/ensemble.js";
import { register as evaluate } from "./commands/evaluate.js";
import { register as experiment } from "./commands/experiment.js";
import { register as finetune } from "./commands/finetune.js";
import { register as gc } from "./commands/gc.js";
import { register as importDataset } from "./commands/import.js";
import { register as key } from "./commands/key.js";
import { register as model } from "./commands/model.js";
import { register as models } from "./commands/models.js";
import { register as neighbours } from "./commands/neighbours.js";
import { register as note } from "./commands/note.js";
import { register as outliers } from "./commands/outliers.js";
import { register as predict } from "./commands/predict.js";
import { register as pretrain } from "./commands/pretrain.js";
import { register as probe } from "./commands/probe.js";
import { register as project } from "./commands/project.js";
import { register as rename } from "./commands/rename.js";
import { register as report } from "./commands/report.js";
import { register as restore } from "./commands/restore.js";
import { register as runs } from "./commands/runs.js";
import { register as separation } from "./commands/separation.js";
import { register as serve } from "./commands/serve.js";
import { register as steer } from "./commands/steer.js";
import { register as sweep } from "./commands/sweep.js";
import { register as watch } from "./commands/watch.js";
import { register as worker } from "./commands/worker.js";
import { describeFailure, EXIT } from "./failure.js";
import { Session } from "./session.js";
import { painter, type Terminal } from "./terminal.js";

const COMMANDS = [
  serve,
  worker,
  doctor,
  demo,
  predict,
  embed,
  importDataset,
  finetune,
  sweep,
  probe,
  ensemble,
  evaluate,
  watch,
  cancel,
  steer,
  again,
  note,
  report,
  compare,
  project,
  clusters,
  neighbours,
  outliers,
  separation,
  models,
  model,
  datasets,
  compounds,
  runs,
  rename,
  deleteThing,
  gc,
  audit,
  pretrain,
  experiment,
  key,
  backup,
  restore,
];

/** Names of the commands that work in this process: they go on when nobody reads their output. */
export const WORK_HERE: readonly string[] = ["serve", "worker", "demo", "experiment", "pretrain"];

export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = new Command("maillard");
  const session = new Session(terminal, () => program.opts<{ url?: string }>().url);
  program
    .description("Finetune and serve SMILES transformers over GraphQL.")
    .option(
      "--url <address>",
      `GraphQL endpoint (default: MAILLARD_URL, else that of MAILLARD_HOME's server, else ${DEFAULT_URL})`,
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .showHelpAfterError("Run the command with --help to see its options.");
  for (const register of COMMANDS) register(program, session);
  try {
    await program.parseAsync([...args], { from: "user" });
    return session.endsWith(session.exitCode);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.failed;
    const { code, message, exitCode } = describeFailure(error);
    terminal.err(`${painter(terminal, "err")("red", code)}  ${message}`);
    return session.endsWith(exitCode);
  }
}
