/** `maillard neighbours`: the molecules of a dataset nearest to one SMILES. */
import { type Command, Option } from "commander";
import { NEIGHBOURS } from "../documents/space.js";
import { wholeNumber } from "../flags/options.js";
import { type PartOptions, partOf, runOption, splitsOption } from "../flags/split-option.js";
import { layerOption, poolingOption } from "../flags/vector-options.js";
import type { DistanceMetric, Pooling } from "../generated/graphql.js";
import { renderTable } from "../output/table.js";
import type { Session } from "../session.js";

interface Options extends PartOptions {
  model: string;
  dataset: string;
  neighbours: number;
  metric: DistanceMetric;
  pooling: Pooling;
  layer?: number;
  json?: boolean;
}

export function register(program: Command, session: Session): void {
  program
    .command("neighbours")
    .description("list the molecules of a dataset nearest to a SMILES, by embeddings")
    .argument("<smiles>", "one molecule; it need not be in the dataset")
    .option("-m, --model <name>", "model", "base")
    .option("-d, --dataset <name>", "dataset", "sample")
    .option("-k, --neighbours <n>", "how many", wholeNumber(1, 100), 10)
    .addOption(new Option("--metric <name>", "COSINE or EUCLIDEAN").default("COSINE").choices(["COSINE", "EUCLIDEAN"]))
    .addOption(poolingOption())
    .addOption(layerOption())
    .addOption(runOption())
    .addOption(splitsOption())
    .option("--json", "answer as JSON")
    .action(async (smiles: string, { neighbours: k, json, ...options }: Options) => {
      const part = await partOf(session.client, options);
      const { neighbours } = await session.client.execute(NEIGHBOURS, { smiles, k, ...options, ...part });
      if (json) return session.json(neighbours);
      session.lines(
        renderTable(
          [
            { title: "distance", value: ({ distance }) => distance.toFixed(4), align: "right" },
            { title: "molecule", value: ({ compound }) => compound.name ?? "–" },
            { title: "SMILES", value: ({ compound }) => compound.smiles, maxWidth: 80 },
          ],
          neighbours,
        ),
      );
    });
}
