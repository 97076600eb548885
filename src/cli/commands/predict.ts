/** `maillard predict`: classes, labels or values of some SMILES by one model. */
import type { Command } from "commander";
import { PREDICT } from "../documents/molecule.js";
import { usage } from "../failure.js";
import { wholeNumber } from "../flags/options.js";
import { type AnnotationOptions, addAnnotationFlags, refuseAnnotations } from "../flags/runs/annotation-flags.js";
import { addLayoutFlags, type LayoutFlags, layoutOf } from "../flags/table-flags.js";
import type { PredictQuery } from "../generated/graphql.js";
import { FORCE } from "../output/free-path.js";
import { answerMolecules, type Paint } from "../output/molecules.js";
import { bar, plain } from "../output/table.js";
import type { Session } from "../session.js";

type Result = PredictQuery["predict"][number];
type Prediction = Exclude<Result, { __typename: "SmilesError" }>;

interface Options extends LayoutFlags, AnnotationOptions {
  model: string;
  topK?: number;
  averageOver: number;
  json?: boolean;
  file?: string;
  dataset?: string;
  run?: string;
  out?: string;
  format?: string;
  probabilities?: boolean;
  spreadsheet?: boolean;
  again?: boolean;
  force?: boolean;
  piece: number;
  smiles?: string;
  name?: string;
}

export function register(program: Command, session: Session): void {
  const command = program
    .command("predict")
    .description(
      "classify SMILES, or predict their labels or values; of a few molecules, or of every row of a file or dataset",
    )
    .argument(
      "[smiles...]",
      'SMILES, InChIs, or names or InChIKeys of the library; "-" reads them from standard input, one a line',
    )
    .option("-m, --model <name>", "model with a head", "superclass-ensemble")
    .option(
      "-k, --top-k <n>",
      "classes to show, most probable first; by default 3, or all when there are fewer; all labels",
      wholeNumber(1),
    )
    .option("--average-over <n>", "ways of writing each molecule whose answers are averaged", wholeNumber(1, 32), 1)
    .option("--json", "answer as JSON")
    .option("-f, --file <path>", 'CSV, TSV, SMILES, SDF, Parquet or .xlsx; "-": standard input')
    .option("-d, --dataset <name>", "every molecule of a dataset, as a run of the server")
    .option("-r, --run <run>", "the table of such a run, by name or id; waits for its end")
    .option(
      "-o, --out <path>",
      'of a file, dataset or run: where its rows go, .gz packed; "-" or without it: standard output',
    )
    .option("--format <name>", "of --out: csv, tsv, jsonl, parquet, smiles or sdf (default: by its name, else csv)")
    .option("--probabilities", "of these: the probability of every class")
    .option("--spreadsheet", "csv and tsv: no text that a spreadsheet program computes, and a byte-order mark")
    .option("--again", "begin again where a part of --out is there already, instead of going on")
    .option("--force", FORCE)
    .option("-s, --smiles <column>", "of a file: column of the SMILES (default: the one that RDKit reads)")
    .option("-n, --name <column>", "of a file: column of the molecules' names (default: found)")
    .option(
      "--piece <rows>",
      "rows that are sent at once at most, and done again after an interruption",
      wholeNumber(1),
      2_048,
    );
  addAnnotationFlags(addLayoutFlags(command), "of --dataset: ").action(async (given: string[], options: Options) => {
    const { model, topK = null, averageOver, json, file } = options;
    const { dataset, run } = options;
    const subjects = [given[0], file, dataset, run].filter((subject) => subject !== undefined);
    if (subjects.length !== 1) throw usage("Give one of: SMILES, --file <path>, --dataset <name>, --run <run>.");
    if (dataset === undefined) refuseAnnotations(options, "--dataset");
    if (file !== undefined) return predictRows(session, file, options);
    if (dataset !== undefined || run !== undefined) return predictMembers(session, dataset, run ?? "", options);
    const ask = async (smiles: string[]): Promise<Result[]> =>
      (await session.client.execute(PREDICT, { smiles, model, topK, averageOver })).predict;
    await answerMolecules(session, given, json, ask, linesOf);
  });
}

async function predictMembers(session: Session, dataset: string | undefined, run: string, options: Options) {
  const { predictDataset } = await import("../answers/predict-dataset.js");
  const { probabilities = false, spreadsheet = false, force = false } = options;
  const of = dataset === undefined ? { run } : { dataset };
  await predictDataset(session, of, { ...options, probabilities, spreadsheet, force });
}

async function predictRows(session: Session, file: string, options: Options): Promise<void> {
  const { smiles, name, ...rest } = options;
  const { predictFile } = await import("../answers/predict-file.js");
  const { probabilities = false, spreadsheet = false, again = false, force = false } = rest;
  const table = { ...layoutOf(options), smiles, name };
  await predictFile(session, file, { ...rest, probabilities, spreadsheet, again, force, table });
}

function linesOf({ compound, labels, values, note }: Prediction, head: string, paint: Paint): string[] {
  const width = Math.max(...labels.map(({ label }) => label.length), ...values.map(({ target }) => target.length));
  return [
    [head, compound.name ? plain(compound.name) : "", compound.formula].filter(Boolean).join("  "),
    ...(note ? [`  ${paint("yellow", plain(note))}`] : []),
    ...labels.map(({ label, score }) =>
      `  ${plain(label).padEnd(width)}  ${score.toFixed(3)}  ${paint("cyan", bar(score, 20))}`.trimEnd(),
    ),
    ...values.map(({ target, value }) => `  ${plain(target).padEnd(width)}  ${Number(value.toPrecision(4))}`),
  ];
}
