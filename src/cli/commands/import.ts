/**
 * `maillard import`: a CSV, TSV or SMILES file (plain or gzip) becomes a dataset of the server, or more rows of one.
 * What the user does not name (encoding, separators, columns and their kinds) is found, and shown before it is used.
 * Rows are sent in batches, each a transaction, so an interrupted command can be repeated: existing rows are
 * merged, never duplicated. Bad rows are reported with line and reason, and the rest is imported.
 */
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { CONFLICT_RULES, type ConflictRule } from "../../datasets/conflicts/rules.js";
import type { TableOptions } from "../../datasets/files/choose-columns.js";
import { columnsOf } from "../../datasets/files/choose-columns.js";
import { EXIT, usage } from "../failure.js";
import { renderImport } from "../files/import-report.js";
import { names, wholeNumber } from "../flags/options.js";
import { addLayoutFlags, type LayoutFlags, layoutOf } from "../flags/table-flags.js";
import type { LabelKind } from "../generated/graphql.js";
import type { Session } from "../session.js";

interface Options extends LayoutFlags {
  smiles?: string;
  /** False: --no-labels. */
  labels?: string[] | false;
  dataset?: string;
  name?: string;
  kind: Record<string, LabelKind>;
  separator?: string;
  decimal?: "." | ",";
  missing?: string[];
  description?: string;
  source?: string;
  onConflict?: ConflictRule;
  problems: number;
  describe?: boolean;
  json?: boolean;
  background?: boolean;
}

const RULES = Object.keys(CONFLICT_RULES) as ConflictRule[];
const KINDS: readonly LabelKind[] = ["SINGLE_LABEL", "MULTI_LABEL", "NUMBER"];

export function register(program: Command, session: Session): void {
  const command = program
    .command("import")
    .description(
      "add the molecules of a file to a dataset; what is not named is found and shown; bad rows are reported",
    )
    .argument("<file>", 'CSV, TSV, SMILES, SDF or MOL file, plain or gzip; Parquet; Excel workbook (.xlsx); or "foodb"')
    .argument("[archive]", "of foodb: its CSV dump, archive (tar, plain or gzip) or unpacked folder")
    .option("-d, --dataset <name>", "dataset to create or to add to (foodb: foodb)")
    .option("--describe", "only show what is found in the file; nothing is imported")
    .option("-s, --smiles <column>", "column of the SMILES (default: the one that RDKit reads)")
    .option(
      "-l, --labels <columns>",
      "columns of labels, separated by commas, and no others; * and ? match names (default: all found to be)",
      names,
    )
    .option("--no-labels", "molecules alone")
    .option("-n, --name <column>", "column of the molecules' names (default: found)")
    .option(
      "-k, --kind <column=kind>",
      "kind of label columns, instead of what is found: SINGLE_LABEL, MULTI_LABEL or NUMBER; may be repeated",
      kindOf,
      {},
    )
    .option("--separator <text>", 'between the values of a MULTI_LABEL cell (default: found, else "|")')
    .option("--decimal <character>", 'before the fraction of a number, "." or "," (default: found)', decimalMark)
    .option(
      "--missing <texts>",
      'what means "not known" in columns of labels, separated by commas; "" for nothing (default: nan, NA, -, …)',
      names,
    )
    .option(
      "--on-conflict <rule>",
      "what a molecule has that rows give different classes or numbers: first, majority (of numbers the median) or " +
        "drop (default: first)",
      ruleOf,
    )
    .option("--description <text>", "what the dataset is")
    .option("--source <text>", "where it comes from, with its licence")
    .option("--background", "send the file, and let a run of the server import it; `watch` follows it")
    .option("--problems <n>", "bad rows to show", wholeNumber(0), 20)
    .option("--json", "answer as JSON, every problem listed");
  addLayoutFlags(command).action(async (file: string, archive: string | undefined, options: Options) => {
    if (file === "foodb") {
      const { importFoodb, pathMissing } = await import("../files/import-foodb.js");
      if (archive === undefined) throw pathMissing();
      const imported = await importFoodb(session, archive, { ...options, dataset: options.dataset ?? "foodb" });
      if (imported === null) return;
      const { dataset } = imported;
      if (!options.json)
        session.terminal.err(`Try: npx maillard finetune --dataset ${dataset.name} --target superclass --watch`);
      return;
    }
    if (archive !== undefined) throw usage(`One file at a time: ${archive} is one too many.`);
    if (options.dataset === undefined && !options.describe)
      throw usage("--dataset <name> is missing: the dataset to create or to add to.");
    await importTable(session, file, options);
  });
}

async function importTable(session: Session, path: string, options: Options): Promise<void> {
  const { describeFile, renderDescription } = await import("../files/describe-file.js");
  const { file, description } = await describeFile(session, path, tableOptionsOf(options), { late: true });
  if (options.describe) {
    if (options.json) session.json(description);
    else session.lines(renderDescription(path, description, session.terminal, "out"));
    // Prints the open questions, and ends as the import would.
    columnsOf(description, path);
    return;
  }
  if (options.smiles === undefined || (options.labels === undefined && Object.keys(options.kind).length === 0))
    for (const line of renderDescription(path, description, session.terminal, "err")) session.terminal.err(line);
  const columns = columnsOf(description, path);
  if (options.background) {
    const { importTableInBackground } = await import("../files/import-background.js");
    const { dataset = "", description: said, source, onConflict, json } = options;
    const table = { columns, options: tableOptionsOf(options) };
    const target = { dataset, description: said, source, onConflict, json };
    return importTableInBackground(session, path, table, target);
  }
  const { importFile } = await import("../files/import-file.js");
  const { dataset, report, interrupted } = await importFile(session, file, columns, {
    name: options.dataset as string,
    description: options.description,
    source: options.source,
    onConflict: options.onConflict,
  });
  if (interrupted) session.exitCode = EXIT.interrupted;
  else if (report.imported + report.merged === 0) session.exitCode = EXIT.failed;
  if (options.json) return session.json({ dataset, report, description });
  session.lines(renderImport(dataset, report, options.problems, session.terminal));
  if (interrupted) {
    session.terminal.err("Interrupted: give the same command again for the rest; nothing is doubled.");
    return;
  }
  const labels = [...(columns.labels ?? []), ...(columns.multiLabels ?? []), ...(columns.numbers ?? [])];
  const splits = description.columns.filter(({ use, holdsSplits }) => use === "SINGLE_LABEL" && holdsSplits)[0]?.name;
  const target = labels.find((name) => name !== splits);
  if (target && session.exitCode === EXIT.ok) {
    const by = splits === undefined ? "" : ` --column ${shown(splits)}`;
    session.terminal.err(`Try: npx maillard finetune --dataset ${dataset.name} --target ${shown(target)}${by} --watch`);
  }
}

/** As a word of a shell. */
const shown = (name: string): string => (/^[\w.-]+$/.test(name) ? name : JSON.stringify(name));

function tableOptionsOf({ labels, kind, smiles, name, ...options }: Options): TableOptions {
  const { separator, decimal, missing } = options;
  return {
    ...layoutOf(options),
    smiles,
    name,
    kinds: kind,
    labels: labels === false ? [] : labels,
    separator,
    decimal,
    missing,
  };
}

function kindOf(text: string, before: Record<string, LabelKind>): Record<string, LabelKind> {
  const at = text.lastIndexOf("=");
  const kind = KINDS.find((name) => name === text.slice(at + 1).toUpperCase());
  if (at > 0 && kind) return { ...before, [text.slice(0, at)]: kind };
  throw new InvalidArgumentError(`Give a column and one of ${KINDS.join(", ")}, such as flavors=MULTI_LABEL.`);
}

function ruleOf(text: string): ConflictRule {
  const rule = RULES.find((name) => name === text.toUpperCase());
  if (rule) return rule;
  throw new InvalidArgumentError(`Give one of ${RULES.join(", ").toLowerCase()}.`);
}

function decimalMark(text: string): "." | "," {
  if (text === "." || text === ",") return text;
  throw new InvalidArgumentError('Give "." or ",".');
}
