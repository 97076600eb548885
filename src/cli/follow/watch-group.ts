/** Follows the runs of a group one after the other, then prints mean and deviation of their scores. */
import { amount } from "../../words.js";
import { RUN_GROUP } from "../documents/run.js";
import { CommandFailure, EXIT } from "../failure.js";
import type { RunGroupQuery } from "../generated/graphql.js";
import { plain, renderTable, score } from "../output/table.js";
import { readSweep, sweepLines } from "../reports/sweep-table.js";
import type { Session } from "../session.js";
import { followRun } from "./watch-run.js";

type Group = NonNullable<RunGroupQuery["runGroup"]>;
type Score = Group["scores"][number];

export async function watchGroup(
  session: Session,
  { id, name, runs }: { id: string; name: string; runs: readonly { id: string; name: string }[] },
  { json }: { json?: boolean } = {},
): Promise<void> {
  for (const run of runs) {
    if (await followRun(session, run)) continue;
    session.terminal.err(`The runs of ${name} go on without this terminal. Come back with: npx maillard watch ${name}`);
    session.exitCode = EXIT.interrupted;
    return;
  }
  const { runGroup: group } = await session.client.execute(RUN_GROUP, { id });
  if (!group) throw new CommandFailure("NOT_FOUND", `The group ${name} is no longer there.`);
  if (group.status !== "SUCCEEDED") session.exitCode = EXIT.failed;
  if (group.kind === "SWEEP") {
    const sweep = await readSweep(session, id, name);
    return json ? session.json(sweep) : session.lines(sweepLines(sweep));
  }
  if (json) return session.json(group);
  session.lines(renderGroup(group));
  if (group.model) session.terminal.err(`Try: npx maillard predict "CC(=O)OCCC1=CC=CC=C1" --model ${group.model.name}`);
}

/** Scores of the test split: each run's, then mean and deviation. */
export function renderGroup(group: Group): string[] {
  const scores = group.scores.filter(({ split }) => split === "TEST");
  const failed = group.runs.filter(({ status }) => status !== "SUCCEEDED");
  return [
    `${group.name}  ${group.status}  ${amount(group.runs.length, "run")}`,
    ...failed.map(
      (run) => `${run.name}  ${run.status}${run.error ? `  ${run.error.code}  ${plain(run.error.message)}` : ""}`,
    ),
    "",
    ...renderTable<Score>(
      [
        { title: `test, ${tested(group)}`, value: ({ name }) => name },
        { title: "mean", value: ({ mean }) => score(mean), align: "right" },
        { title: "deviation", value: ({ standardDeviation }) => score(standardDeviation), align: "right" },
        { title: "runs", value: ({ count }) => String(count), align: "right" },
        { title: "each", value: ({ values }) => values.map(score).join(" "), maxWidth: 200 },
      ],
      scores,
    ),
    ...(group.model ? ["", ensembleLine(group.name, group.model.name)] : []),
  ];
}

/** "39 molecules"; of runs that test different numbers of them, "38 to 40 molecules". */
function tested({ runs, leaky }: Group): string {
  const counts = runs.flatMap(({ evaluation }) => (evaluation ? [evaluation.count] : []));
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const what = leaky ? "row" : "molecule";
  if (counts.length === 0) return `no ${what}`;
  return `${least === most ? "" : `${least} to `}${amount(most, what)}${leaky ? ", LEAKY SPLIT" : ""}`;
}

/** A model that got the group's name in the meantime keeps it, and the ensemble has another one. */
function ensembleLine(group: string, ensemble: string): string {
  const why = ensemble === group ? "" : `, called so because there was a model ${group} already`;
  return `The ensemble ${ensemble} is ready${why}.`;
}
