/** `maillard runs`: background work, newest first; `maillard runs export`. */
import type { Command } from "commander";
import { Option } from "commander";
import { RUNS } from "../documents/run.js";
import { addExport } from "../export/command.js";
import { type Limit, limitOption } from "../flags/limit.js";
import type { RunStatus, RunsQuery } from "../generated/graphql.js";
import { type Column, duration, moment, percent, renderTable, right, score, usedBytes } from "../output/table.js";
import { eachNode, firstNodes } from "../pages.js";
import { RUN_STATUSES } from "../run-statuses.js";
import type { Session } from "../session.js";

type Run = RunsQuery["runs"]["edges"][number]["node"];

export const RUN_COLUMNS: readonly Column<Run>[] = [
  { title: "run", value: ({ name }) => name },
  { title: "kind", value: ({ kind }) => kind },
  { title: "status", value: ({ status }) => status },
  { title: "dataset", value: learned },
  { title: "from", value: ({ baseModel }) => baseModel?.name ?? "–" },
  {
    title: "done",
    value: ({ progress: { step, totalSteps } }) => (totalSteps ? percent(step / totalSteps) : "–"),
    align: "right",
  },
  { title: "test accuracy", value: ({ evaluation }) => marked(evaluation, evaluation?.accuracy), align: "right" },
  { title: "macro-F1", value: ({ evaluation }) => marked(evaluation, evaluation?.macroF1), align: "right" },
  { title: "started", value: ({ createdAt }) => moment(createdAt) },
  { title: "took", value: took, align: "right" },
  right("disk", ({ diskUsage }) => usedBytes(diskUsage)),
  { title: "id", value: ({ id }) => id, maxWidth: 80 },
];

/** A score of a split by rows is always marked. */
const marked = (evaluation: Run["evaluation"], value: number | null | undefined): string =>
  evaluation?.splitStrategy === "ROW" ? `leaky ${score(value)}` : score(value);

/** sample.superclass; of several label sets their number, for they may be many. */
function learned({ dataset, targets }: Run): string {
  if (targets.length === 0) return dataset.name;
  return `${dataset.name}.${targets.length === 1 ? targets[0] : `(${targets.length} label sets)`}`;
}

function took({ startedAt, finishedAt }: Run): string {
  if (!startedAt) return "–";
  return duration(((finishedAt ? Date.parse(finishedAt) : Date.now()) - Date.parse(startedAt)) / 1000);
}

export function register(program: Command, session: Session): void {
  const command = program
    .command("runs")
    .description("list the runs, newest first")
    .addOption(new Option("-s, --status <status>", "only of this status").choices(RUN_STATUSES))
    .addOption(limitOption().default(20))
    .option("--json", "answer as JSON")
    .action(async ({ status, limit, json }: Limit & { status?: RunStatus; json?: boolean }) => {
      const pages = eachNode(
        async (page) =>
          (
            await session.client.execute(RUNS, {
              ...page,
              filter: status ? { status: [status] } : null,
              sizes: true,
            })
          ).runs,
      );
      const runs = await firstNodes(pages, limit);
      if (json) return session.json(runs);
      session.lines(renderTable(RUN_COLUMNS, runs));
      for (const { name, error } of runs) if (error) session.terminal.out(`${name}: ${error.code}  ${error.message}`);
    });
  addExport(command, session);
}
