/** `maillard models`: the models for --model and --base. */
import type { Command } from "commander";
import { MODELS } from "../documents/model.js";
import { type Limit, limitOption } from "../flags/limit.js";
import type { ModelsQuery } from "../generated/graphql.js";
import { type Column, count, moment, renderTable, right, usedBytes } from "../output/table.js";
import { eachNode, firstNodes } from "../pages.js";
import type { Session } from "../session.js";

type Model = ModelsQuery["models"]["edges"][number]["node"];

/** Of a probe on fingerprints there is no transformer to describe. */
const shape = ({ layers, width, heads }: Model): string =>
  layers > 0 ? `${layers} x ${width}, ${heads} heads` : `${width} bits`;

const MODEL_COLUMNS: readonly Column<Model>[] = [
  { title: "model", value: ({ name }) => name },
  { title: "family", value: ({ family }) => family },
  { title: "task", value: ({ task }) => task },
  { title: "target", value: ({ target }) => target ?? "–" },
  { title: "classes", value: ({ labels }) => String(labels?.length ?? "–"), align: "right" },
  { title: "shape", value: shape },
  { title: "computes", value: ({ precision }) => precision.toLowerCase() },
  { title: "weights", value: ({ parameterCount }) => count(parameterCount), align: "right" },
  { title: "tokens", value: ({ maxLength }) => (maxLength > 0 ? String(maxLength) : "–"), align: "right" },
  { title: "from", value: ({ baseModel }) => baseModel?.name ?? "–" },
  right("disk", ({ diskUsage }) => usedBytes(diskUsage)),
  { title: "registered", value: ({ createdAt }) => moment(createdAt) },
];

export function register(program: Command, session: Session): void {
  program
    .command("models")
    .description("list the models")
    .addOption(limitOption())
    .option("--json", "answer as JSON")
    .action(async ({ limit, json }: Limit & { json?: boolean }) => {
      const pages = eachNode(async (page) => (await session.client.execute(MODELS, { ...page, sizes: true })).models);
      const models = await firstNodes(pages, limit);
      if (json) session.json(models);
      else session.lines(renderTable(MODEL_COLUMNS, models));
    });
}
