/** `maillard separation`: how well classes separate, by models and by three controls. */
import type { Command } from "commander";
import { SEPARATION } from "../documents/space.js";
import { alsoCalled } from "../flags/alias.js";
import { names, wholeNumber } from "../flags/options.js";
import { type PartOptions, partOf, runOption, splitsOption } from "../flags/split-option.js";
import { layerOption, poolingOption } from "../flags/vector-options.js";
import type { Pooling, SeparationQuery } from "../generated/graphql.js";
import { percent, renderTable } from "../output/table.js";
import { estimate, ofNeighbours, ofProbe, representationName } from "../reports/separation-rows.js";
import type { Session } from "../session.js";

interface Options extends PartOptions {
  models: string[];
  dataset: string;
  target: string;
  pooling: Pooling;
  layer?: number;
  sample: number;
  neighbours: number;
  seed: number;
  json?: boolean;
}
type Row = SeparationQuery["separation"]["rows"][number];

export function register(program: Command, session: Session): void {
  const command = program
    .command("separation")
    .description("measure how well the classes of a label set separate, beside random weights, tokens and fingerprints")
    .option("-m, --models <a,b,…>", "models; the first one gives shape and tokenizer of the controls", names, ["base"])
    .option("-d, --dataset <name>", "dataset", "sample")
    .option("-t, --target <label set>", "label set of classes, or of several labels a molecule", "superclass")
    .addOption(runOption())
    .addOption(splitsOption(" (default: test)"))
    .addOption(poolingOption())
    .addOption(layerOption())
    .option("--sample <n>", "molecules at most: a stratified seeded sample", wholeNumber(50, 2_000), 1_000)
    .option("--neighbours <n>", "neighbours that vote", wholeNumber(1, 50), 5)
    .option("--seed <n>", "seed of sample, folds and random weights", wholeNumber(0), 42)
    .option("--json", "answer as JSON")
    .action(async ({ target: labelSet, json, ...options }: Options) => {
      const of = await partOf(session.client, options);
      const { separation } = await session.client.execute(SEPARATION, { labelSet, ...options, ...of });
      if (json) return session.json(separation);
      const { computedOn, labelled, classes, dropped, folds, neighbours, majority } = separation;
      const area = majority === null ? ", ROC-AUC" : "";
      const table = renderTable<Row>(
        [
          { title: "vectors", value: representationName },
          { title: "dimensions", value: ({ dimension }) => String(dimension), align: "right" },
          { title: "silhouette", value: (row) => estimate(row.silhouette), align: "right" },
          { title: `${neighbours} neighbours${area}`, value: ofNeighbours, align: "right" },
          { title: `linear probe${area}`, value: ofProbe, align: "right" },
        ],
        separation.rows,
      );
      session.lines([
        `${computedOn} of ${labelled} molecules, ${classes.length} ${majority === null ? "labels" : "classes"} ` +
          `of ${labelSet}, ${folds} folds by molecule; ± one standard error`,
        ...table,
        majority === null
          ? `means over the labels ${classes.join(", ")}; chance: 0.500`
          : `always the most frequent class: ${percent(majority)}`,
        ...(dropped.length > 0 && majority !== null
          ? [`left out, too few molecules: ${dropped.map(({ label, count }) => `${label} (${count})`).join(", ")}`]
          : []),
        ...(dropped.length > 0 && majority === null
          ? [`left out: ${dropped.length} labels that are less frequent, or that fewer than 5 molecules have or lack`]
          : []),
      ]);
    });
  alsoCalled(command, "-l, --labels <label set>", "target");
}
