/** `maillard embed`: SMILES as vectors. */
import type { Command } from "commander";
import { EMBED } from "../documents/molecule.js";
import { usage } from "../failure.js";
import { addLayoutFlags, type LayoutFlags, layoutOf } from "../flags/table-flags.js";
import { layerOption, poolingOption } from "../flags/vector-options.js";
import type { EmbedQuery, Pooling } from "../generated/graphql.js";
import { FORCE } from "../output/free-path.js";
import { answerMolecules } from "../output/molecules.js";
import type { Session } from "../session.js";

type Result = EmbedQuery["embed"][number];
type Embedded = Exclude<Result, { __typename: "SmilesError" }>;
/** Values shown to a person; --json has them all. */
const SHOWN = 6;

interface Options extends LayoutFlags {
  model: string;
  pooling: Pooling;
  layer?: number;
  json?: boolean;
  file?: string;
  out?: string;
  format?: string;
  smiles?: string;
  force?: boolean;
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
    .option("--force", FORCE)
    .option("--format <name>", "of --out: csv, tsv, jsonl or parquet (default: by its name, else csv)")
    .option("-s, --smiles <column>", "of a file: column of the SMILES (default: the one that RDKit reads)");
  addLayoutFlags(command).action(async (given: string[], options: Options) => {
    const { model, pooling, layer, json, file, smiles: column } = options;
    if ((file === undefined) === (given.length === 0)) throw usage("Give SMILES, or --file <path>.");
    if (file !== undefined) {
      const { embedFile } = await import("../answers/embed-file.js");
      const table = { ...layoutOf(options), smiles: column };
      const { out, format, force = false } = options;
      return embedFile(session, file, { model, pooling, layer, out, format, force, table });
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
