/** `maillard predict`: classes, labels or values of some SMILES by one model. */
import type { Command } from "commander";
import { PREDICT } from "../documents/molecule.js";
import { EXIT } from "../failure.js";
import { wholeNumber } from "../flags/options.js";
import { inBatches, smilesFrom } from "../flags/smiles.js";
import type { PredictQuery } from "../generated/graphql.js";
import { bar, plain } from "../output/table.js";
import type { Session } from "../session.js";
import { painter } from "../terminal.js";

type Result = PredictQuery["predict"][number];

export function register(program: Command, session: Session): void {
  program
    .command("predict")
    .description("classify SMILES, or predict their labels or values")
    .argument("<smiles...>", 'one or more SMILES; "-" reads them from standard input, one a line')
    .option("-m, --model <name>", "model with a head", "superclass-ensemble")
    .option(
      "-k, --top-k <n>",
      "classes to show, most probable first; by default 3, or all when there are fewer; all labels",
      wholeNumber(1),
    )
    .option("--average-over <n>", "ways of writing each molecule whose answers are averaged", wholeNumber(1, 32), 1)
    .option("--json", "answer as JSON")
    .action(async (given: string[], options: { model: string; topK?: number; averageOver: number; json?: boolean }) => {
      const smiles = await smilesFrom(given);
      const results: Result[] = [];
      for (const batch of inBatches(smiles)) {
        const { predict } = await session.client.execute(PREDICT, {
          smiles: batch,
          model: options.model,
          topK: options.topK ?? null,
          averageOver: options.averageOver,
        });
        results.push(...predict);
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
    const { compound, labels, values, note } = result;
    const width = Math.max(...labels.map(({ label }) => label.length), ...values.map(({ target }) => target.length));
    return [
      [head, compound.name ? plain(compound.name) : "", compound.formula].filter(Boolean).join("  "),
      ...(note ? [`  ${paint("yellow", plain(note))}`] : []),
      ...labels.map(({ label, score }) =>
        `  ${plain(label).padEnd(width)}  ${score.toFixed(3)}  ${paint("cyan", bar(score, 20))}`.trimEnd(),
      ),
      ...values.map(({ target, value }) => `  ${plain(target).padEnd(width)}  ${Number(value.toPrecision(4))}`),
      "",
    ];
  });
}
