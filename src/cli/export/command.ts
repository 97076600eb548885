/** `maillard runs export`: what a run measured and answered, as a file. */

import type { Command } from "commander";
import { Option } from "commander";
import { amount } from "../../words.js";
import { usage } from "../failure.js";
import { findRun } from "../find-run.js";
import { splitOption } from "../flags/split-option.js";
import type { Split } from "../generated/graphql.js";
import { checkTarget, writeTable } from "../output/table-file.js";
import type { Session } from "../session.js";
import { RUN_TABLES, type RunTable, runTable } from "./run-tables.js";
import { writeEvents } from "./tensorboard.js";

interface Options {
  table: RunTable;
  split: Split;
  format?: string;
  out?: string;
}

const TENSORBOARD = "tensorboard";

export function addExport(runs: Command, session: Session): void {
  runs
    .command("export")
    .description("write the metrics, scores, classes or answers of a run to a file, or to standard output")
    .argument("<run>", "id or name of the run")
    .addOption(
      new Option(
        "--table <name>",
        "metrics; or of --split: scores, with intervals; classes (labels, targets), a row each; molecules, the truth " +
          "and the answer to each",
      )
        .default("metrics")
        .choices(RUN_TABLES),
    )
    .addOption(splitOption())
    .option("--format <name>", "csv, tsv, jsonl, parquet, or tensorboard (default: by the name of the file, else csv)")
    .option("-o, --out <path>", "file; of tensorboard a folder (default: standard output)")
    .action(async (idOrName: string, { table, split, out, format }: Options) => {
      if (format?.toLowerCase() === TENSORBOARD) {
        if (out === undefined) throw usage("--format tensorboard needs --out: the folder that gets the event file.");
        if (table !== "metrics") throw usage("--format tensorboard holds metrics: leave --table out.");
        const { id } = await findRun(session.client, idOrName);
        const { path, count } = await writeEvents(session, id, out);
        session.terminal.err(
          `wrote ${amount(count, "value")} to ${path}; look at them with: tensorboard --logdir ${out}`,
        );
        return;
      }
      const target = { out: out ?? null, format: format ?? null };
      checkTarget(target);
      const { id } = await findRun(session.client, idOrName);
      const { columns, rows } = await runTable(session, id, table, split);
      const count = await writeTable(session, target, columns, rows);
      if (out !== undefined) session.terminal.err(`wrote ${amount(count, "row")} to ${out}`);
    });
}
