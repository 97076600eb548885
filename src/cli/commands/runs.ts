/** `maillard runs`: background work, newest first; `maillard runs export`, `maillard runs events`. */
import type { Command } from "commander";
import { Option } from "commander";
import { lessIsBetter, mainScoreOf, titleOf } from "../../scores/metrics.js";
import { RUNS } from "../documents/run.js";
import { addExport } from "../export/command.js";
import { type Limit, limitOption } from "../flags/limit.js";
import { collected } from "../flags/runs/annotation-flags.js";
import { conditions } from "../flags/runs/conditions.js";
import { sinceOption } from "../flags/since.js";
import type { OptionCondition, RunFilter, RunKind, RunStatus, RunsQuery } from "../generated/graphql.js";
import { type Column, duration, moment, percent, renderTable, right, score, usedBytes } from "../output/table.js";
import { eachNode, firstNodes } from "../pages.js";
import { number } from "../reports/evaluation-tables.js";
import { RUN_KINDS, RUN_STATUSES } from "../run-statuses.js";
import type { Session } from "../session.js";
import { addEvents } from "./run-events.js";

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
  right("test score", mainScore),
  right("macro-F1", ({ evaluation }) => marked(evaluation, score(evaluation?.macroF1))),
  right("tested", ({ evaluation }) => (evaluation ? evaluation.count.toLocaleString("en-US") : "–")),
  { title: "started", value: ({ createdAt }) => moment(createdAt) },
  { title: "took", value: took, align: "right" },
  right("disk", ({ diskUsage }) => usedBytes(diskUsage)),
  { title: "id", value: ({ id }) => id, maxWidth: 80 },
];

/** A score of a split by rows is always marked. */
const marked = (evaluation: Run["evaluation"], text: string): string =>
  evaluation?.splitStrategy === "ROW" ? `leaky ${text}` : text;

/** accuracy 0.821, ROC-AUC 0.766, RMSE 0.9312: the one of the run's task. */
function mainScore({ evaluation, targets }: Run): string {
  if (!evaluation || evaluation.task === "ENCODER") return "–";
  const name = mainScoreOf(evaluation.task, targets.length);
  const value = evaluation.scores.find((one) => one.name === name)?.value;
  return `${titleOf(name)} ${marked(evaluation, name === "rmse" ? number(value) : score(value))}`;
}

/** sample.superclass; of several label sets their number, for they may be many. */
function learned({ dataset, targets }: Run): string {
  if (targets.length === 0) return dataset.name;
  return `${dataset.name}.${targets.length === 1 ? targets[0] : `(${targets.length} label sets)`}`;
}

function took({ startedAt, finishedAt }: Run): string {
  if (!startedAt) return "–";
  return duration(((finishedAt ? Date.parse(finishedAt) : Date.now()) - Date.parse(startedAt)) / 1000);
}

interface Flags extends Limit {
  status?: RunStatus;
  kind?: RunKind;
  dataset?: string;
  base?: string;
  target?: string;
  text?: string;
  since?: string;
  tag?: string[];
  filter?: OptionCondition[];
  sort?: string;
  json?: boolean;
}

const filterOf = ({ status, kind, dataset, base, target, text, since, tag, filter }: Flags): RunFilter => ({
  ...(status === undefined ? {} : { status: [status] }),
  ...(kind === undefined ? {} : { kind: [kind] }),
  ...(since === undefined ? {} : { createdAt: { from: since } }),
  ...(tag === undefined ? {} : { tags: tag }),
  ...(filter === undefined ? {} : { options: filter }),
  dataset,
  baseModel: base,
  target,
  text,
});

const sortOf = ({ sort }: Flags) =>
  sort === undefined
    ? {}
    : { orderBy: lessIsBetter(sort) ? ("SCORE_ASC" as const) : ("SCORE_DESC" as const), score: { name: sort } };

export function register(program: Command, session: Session): void {
  const command = program
    .command("runs")
    .description("list the runs, newest first")
    .addOption(new Option("-s, --status <status>", "only of this status").choices(RUN_STATUSES))
    .addOption(new Option("-k, --kind <kind>", "only of this kind").choices(RUN_KINDS))
    .option("-d, --dataset <name>", "only those on this dataset")
    .option("-b, --base <model>", "only those that start from this model")
    .option("-t, --target <label set>", "only those that learn it")
    .option("--text <text>", "only those with it in their name")
    .option("--tag <tag>", "only those with this tag; of several, with all", collected)
    .option("--filter <condition>", "only those of an option: learningRate=1e-5..1e-4, epochs=3,5", conditions)
    .option("--sort <score>", "by this score of the test split, best first; only runs that have it: accuracy, rmse, …")
    .addOption(sinceOption("runs"))
    .addOption(limitOption().default(20))
    .option("--json", "answer as JSON")
    .action(async (flags: Flags) => {
      const { limit, json } = flags;
      const pages = eachNode(
        async (page) =>
          (
            await session.client.execute(RUNS, {
              ...page,
              filter: filterOf(flags),
              ...sortOf(flags),
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
  addEvents(command, session);
}
