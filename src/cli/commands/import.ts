/**
 * `maillard import`: a CSV file (plain or gzip) becomes a dataset of the server, or more rows of one.
 * Rows are sent in batches, each taken whole or not at all, so a command that was interrupted is simply given again: rows
 * already there are merged, never doubled. Bad rows are reported with line and reason, and the rest is imported.
 */
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { CsvColumns } from "../../datasets/csv.js";
import { EXIT, usage } from "../failure.js";
import type { LabelKind } from "../generated/graphql.js";
import { renderImport } from "../import-report.js";
import { names, wholeNumber } from "../options.js";
import type { Session } from "../session.js";

interface Options {
  smiles: string;
  labels: string[];
  dataset?: string;
  name?: string;
  kind: Record<string, LabelKind>;
  delimiter: string;
  separator: string;
  description?: string;
  source?: string;
  problems: number;
  json?: boolean;
}

const KINDS: readonly LabelKind[] = ["SINGLE_LABEL", "MULTI_LABEL", "NUMBER"];

export function register(program: Command, session: Session): void {
  program
    .command("import")
    .description("add the molecules of a CSV file to a dataset; bad rows are reported, the rest imported")
    .argument("<file>", 'CSV file with a header line, plain or gzip; or "foodb"')
    .argument("[archive]", "of foodb: its CSV dump, archive (tar, plain or gzip) or unpacked folder")
    .option("-d, --dataset <name>", "dataset to create or to add to (foodb: foodb)")
    .option("-s, --smiles <column>", "column of the SMILES", "smiles")
    .option("-l, --labels <columns>", "columns of labels, separated by commas", names, [])
    .option("-n, --name <column>", "column of the molecules' names")
    .option(
      "-k, --kind <column=kind>",
      "kind of a label column: SINGLE_LABEL (default), MULTI_LABEL or NUMBER; may be repeated",
      kindOf,
      {},
    )
    .option("--delimiter <character>", 'between the cells of a row; "tab" is taken too', delimiter, ",")
    .option("--separator <text>", "between the values of a MULTI_LABEL cell", "|")
    .option("--description <text>", "what the dataset is")
    .option("--source <text>", "where it comes from, with its licence")
    .option("--problems <n>", "bad rows to show", wholeNumber(0), 20)
    .option("--json", "answer as JSON, every problem listed")
    .action(async (file: string, archive: string | undefined, options: Options) => {
      if (file === "foodb") {
        const { importFoodb, pathMissing } = await import("../import-foodb.js");
        if (archive === undefined) throw pathMissing();
        const { dataset } = await importFoodb(session, archive, { ...options, dataset: options.dataset ?? "foodb" });
        if (!options.json)
          session.terminal.err(`Try: npx maillard finetune --dataset ${dataset.name} --target superclass --watch`);
        return;
      }
      if (archive !== undefined) throw usage(`One file at a time: ${archive} is one too many.`);
      if (options.dataset === undefined)
        throw usage("--dataset <name> is missing: the dataset to create or to add to.");
      const { importFile } = await import("../import-file.js");
      const columns = columnsOf(options);
      const { dataset, report, interrupted } = await importFile(session, file, columns, {
        name: options.dataset,
        description: options.description,
        source: options.source,
      });
      if (interrupted) session.exitCode = EXIT.interrupted;
      else if (report.imported + report.merged === 0) session.exitCode = EXIT.failed;
      if (options.json) return session.json({ dataset, report });
      session.lines(renderImport(dataset, report, options.problems, session.terminal));
      if (interrupted) {
        session.terminal.err("Interrupted: give the same command again for the rest; nothing is doubled.");
        return;
      }
      const target = columns.labels?.[0];
      if (target && session.exitCode === EXIT.ok) {
        const shown = /^[\w.-]+$/.test(target) ? target : JSON.stringify(target);
        session.terminal.err(`Try: npx maillard finetune --dataset ${dataset.name} --target ${shown} --watch`);
      }
    });
}

/** A column given by --kind alone is a label column too. */
function columnsOf({ smiles, name, labels, kind, separator, delimiter: between }: Options): CsvColumns {
  const sets = [...new Set([...labels, ...Object.keys(kind)])];
  const ofKind = (wanted: LabelKind): string[] => sets.filter((set) => (kind[set] ?? "SINGLE_LABEL") === wanted);
  return {
    ...{ smiles, name, separator, delimiter: between },
    labels: ofKind("SINGLE_LABEL"),
    multiLabels: ofKind("MULTI_LABEL"),
    numbers: ofKind("NUMBER"),
  };
}

function kindOf(text: string, before: Record<string, LabelKind>): Record<string, LabelKind> {
  const at = text.lastIndexOf("=");
  const kind = KINDS.find((name) => name === text.slice(at + 1).toUpperCase());
  if (at > 0 && kind) return { ...before, [text.slice(0, at)]: kind };
  throw new InvalidArgumentError(`Give a column and one of ${KINDS.join(", ")}, such as flavors=MULTI_LABEL.`);
}

function delimiter(text: string): string {
  if (text === "tab" || text === "\\t") return "\t";
  if ([...text].length === 1 && text !== '"') return text;
  throw new InvalidArgumentError('Give one character, or "tab".');
}
