/**
 * `maillard experiment`: the whole published experiment on a dataset, as a report in Markdown and HTML with its
 * figures. A server that answers is used; else one is started in this process and closed at the end, as the demo does.
 * The same command continues where it was interrupted.
 */
import { statSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { Command } from "commander";
import { OPTIONS, SPLIT_OPTIONS } from "../../train/options/table.js";
import { FOODB, PUBLISHED_TARGETS } from "../experiment/published.js";
import type { ExperimentOptions } from "../experiment/types.js";
import { usage } from "../failure.js";
import { alsoCalled } from "../flags/alias.js";
import { names } from "../flags/options.js";
import { addOptionFlags, parseOption } from "../flags/training/option-flags.js";
import { type ClassRules, type Split, strategyOption } from "../flags/training/split-flags.js";
import { addClassFlags } from "../flags/training/training-flags.js";
import type { OnOverlap } from "../generated/graphql.js";
import { PNG_FLAG } from "../output/figure-file.js";
import { renderTable, score } from "../output/table.js";
import { Session } from "../session.js";

interface Flags extends Omit<Split, "fractions">, ClassRules {
  target?: string[];
  data?: string;
  base: string;
  out?: string;
  dataset?: string;
  smiles?: string;
  kind: string[];
  separator?: string;
  seed: number;
  epochs?: number;
  rowSplit: boolean;
  png?: boolean;
  onOverlap?: OnOverlap;
}

type TargetFlags = Flags & { target: string[] };

export function register(program: Command, session: Session): void {
  const command = program
    .command("experiment")
    .description("embed a library, draw it, finetune on its labels, test, draw again: a report with figures")
    .argument(
      "<data>",
      'CSV file (imported first, as a dataset of its name), name of a dataset on the server, or "foodb"',
    )
    .option("--data <archive>", "of foodb: its CSV dump, archive or folder, imported first")
    .option(
      "-t, --target <label sets>",
      'one or several, separated by commas: a chapter each; also "NR-*" (foodb: the published five)',
      names,
    )
    .option("-b, --base <model>", "model to start from", "base")
    .option("-o, --out <folder>", "receives report.html, report.md and the figures (default: experiment-<dataset>)")
    .option("-d, --dataset <name>", "name of the dataset made from a file (default: the file's)")
    .option("-s, --smiles <column>", "of a file: column of the SMILES (default: the one that RDKit reads)")
    .option(
      "-k, --kind <columns>",
      "of a file: columns of several labels a cell, e.g. odors (default: found)",
      names,
      [],
    )
    .option("--separator <text>", "between the values of such a cell (default: found)")
    .addOption(strategyOption())
    .option("--column <label set>", "of --split COLUMN: it holds train, validation and test")
    .option(
      "--seed <n>",
      "of splits, batches, dropout and the new head",
      parseOption("seed"),
      OPTIONS.seed.engine.default,
    )
    .option("--epochs <n>", "instead of the recipe's", parseOption("epochs"));
  command.option(...PNG_FLAG);
  command.option("--no-row-split", "leave out the second finetune of each target, on the published split of rows");
  alsoCalled(command, "--targets <label sets>", "target");
  alsoCalled(command, "--output <folder>", "out");
  addOptionFlags(addClassFlags(command), SPLIT_OPTIONS).action(async (data: string, flags: Flags) => {
    const { reachServer } = await import("../demo/server.js");
    const server = await reachServer(session);
    const own = new Session(session.terminal, () => server.url);
    try {
      const given = { ...flags, target: flags.target ?? (data === FOODB ? PUBLISHED_TARGETS : []) };
      given.target = [...new Set(given.target)];
      if (given.target.length === 0) throw usage("--target <label sets> is missing: what is to be learned.");
      await report(own, optionsOf(await datasetOf(own, data, given), given));
    } finally {
      session.exitCode = own.exitCode;
      await server.close();
    }
  });
}

/** Imports the data if needed, and returns the name of the dataset. */
async function datasetOf(session: Session, data: string, flags: TargetFlags): Promise<string> {
  if (flags.data !== undefined) {
    if (data !== FOODB) throw usage(`--data is for foodb, not for ${data}.`);
    if (flags.dataset !== undefined)
      throw usage("--dataset names the dataset of a CSV file; a FooDB dump becomes the dataset foodb.");
    const { importFoodb } = await import("../files/import-foodb.js");
    await importFoodb(session, flags.data, { dataset: FOODB, problems: 5 });
    return FOODB;
  }
  // A folder may have the name of a dataset.
  return statSync(data, { throwIfNoEntry: false })?.isFile() ? importData(session, data, flags) : data;
}

function optionsOf(dataset: string, flags: TargetFlags): ExperimentOptions {
  const { target: targets, base, seed, epochs, rowSplit, png, minClassSize, maxClassSize, topClasses, column } = flags;
  const { onOverlap } = flags;
  const strategy = flags.split ?? (column ? "COLUMN" : "SCAFFOLD");
  if ((strategy === "COLUMN") !== (column !== undefined))
    throw usage("--split COLUMN and --column <label set> go together: it holds train, validation and test.");
  if (strategy === "ROW")
    throw usage(
      "The experiment tests on molecules that it was not trained on; the split ROW is made beside it, to compare.",
    );
  return {
    dataset,
    targets,
    base,
    seed,
    epochs,
    rowSplit,
    png,
    rules: { minClassSize, maxClassSize, topClasses },
    onOverlap,
    output: resolve(flags.out ?? `experiment-${dataset}`),
    split: { strategy, ...(column ? { column } : {}) },
  };
}

/** The dataset's name. Importing again changes nothing. */
async function importData(session: Session, file: string, flags: TargetFlags): Promise<string> {
  const { describeFile, renderDescription } = await import("../files/describe-file.js");
  const { importFile } = await import("../files/import-file.js");
  const { columnsOf } = await import("../../datasets/files/choose-columns.js");
  const { renderImport } = await import("../files/import-report.js");
  const name =
    flags.dataset ??
    (basename(file)
      .replace(/\.(csv|tsv|txt|smi)?(\.gz)?$/i, "")
      .replace(/[^\w.-]+/g, "-") ||
      "data");
  const sets = [...new Set([...flags.target, ...(flags.column ? [flags.column] : [])])];
  const kinds = Object.fromEntries(
    sets.filter((set) => flags.kind.includes(set)).map((set) => [set, "MULTI_LABEL" as const]),
  );
  const { smiles, separator } = flags;
  const table = { smiles, labels: sets, kinds, separator };
  const { file: text, description } = await describeFile(session, file, table, { late: true });
  for (const line of renderDescription(file, description, session.terminal, "err")) session.terminal.err(line);
  const columns = columnsOf(description, file);
  const { dataset, report: result, interrupted } = await importFile(session, text, columns, { name });
  session.lines(renderImport(dataset, result, 5, session.terminal));
  if (interrupted) throw usage("Interrupted: give the same command again; nothing is doubled.");
  return dataset.name;
}

async function report(session: Session, options: ExperimentOptions): Promise<void> {
  const [{ conduct, writtenFiles }, { headNumbers, testOf }] = await Promise.all([
    import("../experiment/conduct.js"),
    import("../experiment/baseline.js"),
  ]);
  const experiment = await conduct(session, options);
  if (!experiment) return;
  const of = (scores: readonly { name: string; value: number | null }[] | undefined, name: string) =>
    score(scores?.find((entry) => entry.name === name)?.value);
  session.terminal.out("");
  session.lines(
    renderTable(
      [
        { title: "target", value: ({ target }) => target },
        { title: "accuracy", value: ({ test }) => of(test?.scores, "accuracy"), align: "right" },
        { title: "macro-F1", value: ({ test }) => of(test?.scores, "macroF1"), align: "right" },
        { title: "ROC-AUC", value: ({ test }) => of(test?.scores, "rocAuc"), align: "right" },
        { title: "RMSE", value: ({ test }) => of(test?.scores, "rmse"), align: "right" },
        {
          title: "fingerprints",
          value: ({ baseline }) => headNumbers(testOf(baseline)),
          align: "right",
        },
        { title: "test molecules", value: ({ test }) => String(test?.count ?? 0), align: "right" },
      ],
      experiment.chapters,
    ),
  );
  session.terminal.out(`\nThe report: ${writtenFiles(options.output).join(", ")}`);
}
