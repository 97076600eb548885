/** `maillard outliers`: molecules far from the middle of a dataset, by embeddings. */
import type { Command } from "commander";
import { OUTLIERS } from "../documents/space.js";
import { decimal } from "../flags/options.js";
import { type PartOptions, partOf, runOption, splitsOption } from "../flags/split-option.js";
import { layerOption, poolingOption } from "../flags/vector-options.js";
import type { Pooling } from "../generated/graphql.js";
import { renderTable } from "../output/table.js";
import type { Session } from "../session.js";

/** Molecules shown to a person; --json has up to 1,000. */
const SHOWN = 20;

interface Options extends PartOptions {
  model: string;
  dataset: string;
  threshold: number;
  pooling: Pooling;
  layer?: number;
  json?: boolean;
}

export function register(program: Command, session: Session): void {
  program
    .command("outliers")
    .description("list the molecules far from the middle of a dataset, by embeddings")
    .option("-m, --model <name>", "model", "base")
    .option("-d, --dataset <name>", "dataset", "sample")
    .option("--threshold <n>", "modified z-score above which a molecule is listed", decimal(0, 1_000), 3.5)
    .addOption(poolingOption())
    .addOption(layerOption())
    .addOption(runOption())
    .addOption(splitsOption())
    .option("--json", "answer as JSON")
    .action(async ({ json, ...options }: Options) => {
      const part = await partOf(session.client, options);
      const { outliers: found } = await session.client.execute(OUTLIERS, { ...options, ...part });
      if (json) return session.json(found);
      const { count, computedOn, medianDistance } = found;
      const shown = found.outliers.slice(0, SHOWN);
      session.lines([
        `${count} of ${computedOn} molecules have a score above ${options.threshold}; ` +
          `median distance ${medianDistance.toPrecision(4)}`,
        ...renderTable(
          [
            { title: "score", value: ({ score }) => score.toFixed(2), align: "right" },
            { title: "distance", value: ({ distance }) => distance.toPrecision(4), align: "right" },
            { title: "molecule", value: ({ compound }) => compound.name ?? "–" },
            { title: "SMILES", value: ({ compound }) => compound.smiles, maxWidth: 80 },
          ],
          shown,
        ),
        ...(count > shown.length ? [`and ${count - shown.length} more: --json`] : []),
      ]);
    });
}
