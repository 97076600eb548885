/** `maillard clusters`: molecules grouped by k-means of their embeddings. */

import type { Command } from "commander";
import { amount } from "../../words.js";
import { CLUSTERS } from "../documents/space.js";
import { wholeNumber } from "../flags/options.js";
import { type PartOptions, partOf, runOption, splitsOption } from "../flags/split-option.js";
import { layerOption, poolingOption } from "../flags/vector-options.js";
import type { Pooling } from "../generated/graphql.js";
import { plain, renderTable, score } from "../output/table.js";
import type { Session } from "../session.js";

/** Molecules named of each cluster. */
const SHOWN = 4;

interface Options extends PartOptions {
  model: string;
  dataset: string;
  clusters?: number;
  pooling: Pooling;
  layer?: number;
  starts: number;
  seed: number;
  json?: boolean;
}

export function register(program: Command, session: Session): void {
  program
    .command("clusters")
    .description("group the molecules of a dataset by their embeddings (k-means)")
    .option("-m, --model <name>", "model", "base")
    .option("-d, --dataset <name>", "dataset", "sample")
    .option(
      "-k, --clusters <n>",
      "number of clusters; by default that of 2 to 12 with the best silhouette",
      wholeNumber(1, 100),
    )
    .addOption(poolingOption())
    .addOption(layerOption())
    .addOption(runOption())
    .addOption(splitsOption())
    .option("--starts <n>", "k-means++ starts", wholeNumber(1, 20), 4)
    .option("--seed <n>", "seed", wholeNumber(0), 0)
    .option("--json", "answer as JSON, with every molecule")
    .action(async (options: Options) => {
      const { model, dataset, pooling, layer, starts, seed, clusters: k } = options;
      const part = await partOf(session.client, options);
      const query = { model, dataset, k, pooling, layer, starts, seed, ...part };
      const { clusters: found } = await session.client.execute(CLUSTERS, query);
      if (options.json) return session.json(found);
      const scan = renderTable(
        [
          { title: "k", value: (row) => String(row.k), align: "right" },
          { title: "inertia", value: (row) => row.inertia.toPrecision(5), align: "right" },
          { title: "silhouette", value: (row) => score(row.silhouette), align: "right" },
        ],
        found.scan,
      );
      const table = renderTable(
        [
          { title: "cluster", value: ({ index }) => String(index), align: "right" },
          { title: "molecules", value: ({ size }) => String(size), align: "right" },
          {
            title: "such as",
            value: ({ compounds }) =>
              compounds
                .slice(0, SHOWN)
                .map((one) => plain(one.name ?? one.smiles))
                .join(", "),
            maxWidth: 90,
          },
        ],
        found.clusters,
      );
      session.lines([
        ...(found.scan.length > 0 ? [...scan, ""] : []),
        `${found.k} clusters of ${amount(found.computedOn, "molecule")}, inertia ${found.inertia.toPrecision(5)}`,
        ...table,
      ]);
    });
}
