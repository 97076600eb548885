/** `maillard embed`: SMILES as vectors. */
import type { Command } from "commander";
import { EMBED } from "../documents/molecule.js";
import { EXIT } from "../failure.js";
import { inBatches, smilesFrom } from "../flags/smiles.js";
import { layerOption, poolingOption } from "../flags/vector-options.js";
import type { EmbedQuery, Pooling } from "../generated/graphql.js";
import { plain } from "../output/table.js";
import type { Session } from "../session.js";
import { painter } from "../terminal.js";

type Result = EmbedQuery["embed"][number];
/** Values shown to a person; --json has them all. */
const SHOWN = 6;

export function register(program: Command, session: Session): void {
  program
    .command("embed")
    .description("turn SMILES into vectors")
    .argument("<smiles...>", 'one or more SMILES; "-" reads them from standard input, one a line')
    .option("-m, --model <name>", "model", "base")
    .addOption(poolingOption())
    .addOption(layerOption())
    .option("--json", "answer as JSON, whole vectors")
    .action(async (given: string[], options: { model: string; pooling: Pooling; layer?: number; json?: boolean }) => {
      const smiles = await smilesFrom(given);
      const results: Result[] = [];
      for (const batch of inBatches(smiles)) {
        const { model, pooling, layer } = options;
        results.push(...(await session.client.execute(EMBED, { smiles: batch, model, pooling, layer })).embed);
      }
      if (options.json) session.json(results);
      else session.lines(render(results, smiles, session));
      if (results.every((result) => result.__typename === "SmilesError")) session.exitCode = EXIT.failed;
    });
}

function render(results: readonly Result[], asked: readonly string[], session: Session): string[] {
  const paint = painter(session.terminal);
  return results.flatMap((result, index) => {
    const head = paint("bold", plain(asked[index]));
    if (result.__typename === "SmilesError")
      return [head, `  ${paint("red", result.code)}  ${plain(result.message)}`, ""];
    const { vector, dimension, pooling, model } = result;
    const norm = Math.hypot(...vector);
    const first = vector.slice(0, SHOWN).map((value) => value.toFixed(4));
    const more = dimension > SHOWN ? ", …" : "";
    return [
      head,
      `  ${model.name}, ${pooling}, ${dimension} values, norm ${norm.toFixed(3)}: [${first.join(", ")}${more}]`,
      "",
    ];
  });
}
