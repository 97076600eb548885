/** `maillard datasets`: the libraries, and what their columns are called. */
import type { Command } from "commander";
import { DATASETS } from "../documents/dataset.js";
import { type Limit, limitOption } from "../flags/limit.js";
import type { DatasetsQuery } from "../generated/graphql.js";
import { type Column, moment, renderTable, right, usedBytes } from "../output/table.js";
import { eachNode, firstNodes } from "../pages.js";
import type { Session } from "../session.js";

type Dataset = DatasetsQuery["datasets"]["edges"][number]["node"];

interface Row {
  dataset: Dataset;
  labelSet: Dataset["labelSets"][number] | null;
  first: boolean;
}

/** One row per label set; the dataset itself is in the first. */
const COLUMNS: readonly Column<Row>[] = [
  { title: "dataset", value: ({ dataset, first }) => (first ? dataset.name : "") },
  {
    title: "molecules",
    value: ({ dataset, first }) => (first ? dataset.size.toLocaleString("en-US") : ""),
    align: "right",
  },
  right("disk", ({ dataset, first }) => (first ? usedBytes(dataset.diskUsage) : "")),
  { title: "imported", value: ({ dataset, first }) => (first ? moment(dataset.createdAt) : "") },
  { title: "labels", value: ({ labelSet }) => labelSet?.name ?? "–" },
  { title: "kind", value: ({ labelSet }) => labelSet?.kind ?? "–" },
  { title: "values", value: ({ labelSet }) => valuesOf(labelSet), align: "right" },
  { title: "most frequent", value: ({ labelSet }) => mostFrequent(labelSet) },
];

const valuesOf = (set: Row["labelSet"]): string => (set && set.kind !== "NUMBER" ? String(set.counts.length) : "–");

function mostFrequent(set: Row["labelSet"]): string {
  const top = set?.counts[0];
  return top ? `${top.value} (${top.count.toLocaleString("en-US")})` : "–";
}

const renderDatasets = (datasets: readonly Dataset[]): string[] =>
  renderTable(
    COLUMNS,
    datasets.flatMap((dataset): Row[] => {
      const sets = dataset.labelSets.length > 0 ? dataset.labelSets : [null];
      return sets.map((labelSet, index) => ({ dataset, labelSet, first: index === 0 }));
    }),
  );

export function register(program: Command, session: Session): void {
  program
    .command("datasets")
    .description("list the datasets and their labels")
    .addOption(limitOption())
    .option("--json", "answer as JSON")
    .action(async ({ limit, json }: Limit & { json?: boolean }) => {
      const pages = eachNode(
        async (page) => (await session.client.execute(DATASETS, { ...page, sizes: true })).datasets,
      );
      const datasets = await firstNodes(pages, limit);
      if (json) session.json(datasets);
      else session.lines(renderDatasets(datasets));
    });
}
