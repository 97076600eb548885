/** `maillard embed`: SMILES as vectors. */
import type { Command } from "commander";
import { EMBED } from "../documents/molecule.js";
import { usage } from "../failure.js";
import { addLayoutFlags } from "../flags/table-flags.js";
import { layerOption, poolingOption } from "../flags/vector-options.js";
import type { EmbedQuery, Pooling } from "../generated/graphql.js";
import { answerMolecules } from "../output/molecules.js";
import type { Session } from "../session.js";

type Result = EmbedQuery["embed"][number];
type Embedded = Exclude<Result, { __typename: "SmilesError" }>;
/** Values shown to a person; --json has them all. */
const SHOWN = 6;

interface Options {
  model: string;
  pooling: Pooling;
  layer?: number;
  json?: boolean;
  file?: string;
  out?: string;
  format?: string;
  smiles?: string;
  delimiter?: string;
  encoding?: string;
  header?: boolean;
  readAs?: "CSV" | "SMILES";
}

export function register(program: Command, session: Session): void {
  const command = program
    .command("embed")
    .description("turn SMILES into vectors; of a few molecules, or of every row of a file")
    .argument(
      "[smiles...]",
      'SMILES, InChIs, or names or InChIKeys of the library; "-" reads them from standard input, one a line',
    )
    .option("-m, --model <name>", "model", "base")
    .addOption(poolingOption())
    .addOption(layerOption())
    .option("--json", "answer as JSON, whole vectors")
    .option("-f, --file <path>", "a table of molecules, plain or gzip")
    .option("-o, --out <path>", "of a file: where its rows and vectors go, .gz packed (default: standard output)")
    .option("--format <name>", "of --out: csv, tsv, jsonl or parquet (default: by its name, else csv)")
    .option("-s, --smiles <column>", "of a file: column of the SMILES (default: the one that RDKit reads)");
  addLayoutFlags(command).action(async (given: string[], { readAs: format, ...options }: Options) => {
    const { model, pooling, layer, json, file, smiles: column, encoding, header, delimiter: between } = options;
    if ((file === undefined) === (given.length === 0)) throw usage("Give SMILES, or --file <path>.");
    if (file !== undefined) {
      const { embedFile } = await import("../files/embed-file.js");
      const table = { smiles: column, encoding, header, format, delimiter: between };
      const { out, format: written } = options;
      return embedFile(session, file, { model, pooling, layer, out, format: written, table });
    }
    const ask = async (smiles: string[]): Promise<Result[]> =>
      (await session.client.execute(EMBED, { smiles, model, pooling, layer })).embed;
    await answerMolecules(session, given, json, ask, linesOf);
  });
}

function linesOf({ vector, dimension, pooling, model }: Embedded, head: string): string[] {
  const norm = Math.hypot(...vector);
  const first = vector.slice(0, SHOWN).map((value) => value.toFixed(4));
  const more = dimension > SHOWN ? ", …" : "";
  return [
    head,
    `  ${model.name}, ${pooling}, ${dimension} values, norm ${norm.toFixed(3)}: [${first.join(", ")}${more}]`,
  ];
}
