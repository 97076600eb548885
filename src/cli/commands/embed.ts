/** `maillard embed`: SMILES as vectors. */
import type { Command } from "commander";
import { EMBED } from "../documents/molecule.js";
import { layerOption, poolingOption } from "../flags/vector-options.js";
import type { EmbedQuery, Pooling } from "../generated/graphql.js";
import { answerMolecules } from "../output/molecules.js";
import type { Session } from "../session.js";

type Result = EmbedQuery["embed"][number];
type Embedded = Exclude<Result, { __typename: "SmilesError" }>;
/** Values shown to a person; --json has them all. */
const SHOWN = 6;

export function register(program: Command, session: Session): void {
  program
    .command("embed")
    .description("turn SMILES into vectors")
    .argument(
      "<smiles...>",
      'SMILES, InChIs, or names or InChIKeys of the library; "-" reads them from standard input, one a line',
    )
    .option("-m, --model <name>", "model", "base")
    .addOption(poolingOption())
    .addOption(layerOption())
    .option("--json", "answer as JSON, whole vectors")
    .action(async (given: string[], options: { model: string; pooling: Pooling; layer?: number; json?: boolean }) => {
      const { model, pooling, layer, json } = options;
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
