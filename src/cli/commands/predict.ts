/** `maillard predict`: classes, labels or values of some SMILES by one model. */
import type { Command } from "commander";
import { PREDICT } from "../documents/molecule.js";
import { wholeNumber } from "../flags/options.js";
import type { PredictQuery } from "../generated/graphql.js";
import { answerMolecules, type Paint } from "../output/molecules.js";
import { bar, plain } from "../output/table.js";
import type { Session } from "../session.js";

type Result = PredictQuery["predict"][number];
type Prediction = Exclude<Result, { __typename: "SmilesError" }>;

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
      const { model, topK = null, averageOver, json } = options;
      const ask = async (smiles: string[]): Promise<Result[]> =>
        (await session.client.execute(PREDICT, { smiles, model, topK, averageOver })).predict;
      await answerMolecules(session, given, json, ask, linesOf);
    });
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
