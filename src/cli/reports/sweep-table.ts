/** The trials of a sweep as a table, the furthest and best first, and what the best one reaches on the test split. */
import { SWEEP } from "../documents/sweep.js";
import { CommandFailure } from "../failure.js";
import type { SweepQuery } from "../generated/graphql.js";
import { type Column, count, duration, percent, renderTable, right, score } from "../output/table.js";
import type { Session } from "../session.js";

type Group = NonNullable<SweepQuery["runGroup"]>;
type Sweep = NonNullable<Group["sweep"]>;
type Trial = Sweep["trials"][number];

export async function readSweep({ client }: Session, id: string, name: string): Promise<Group & { sweep: Sweep }> {
  const { runGroup } = await client.execute(SWEEP, { id });
  if (!runGroup) throw new CommandFailure("NOT_FOUND", `The group ${name} is no longer there.`);
  const { sweep } = runGroup;
  if (!sweep) throw new CommandFailure("BAD_INPUT", `${name} is a group of repeats: npx maillard watch ${name}`);
  return { ...runGroup, sweep };
}

export function sweepLines({ name, status, leaky, sweep }: Group & { sweep: Sweep }): string[] {
  const { method, metric, rungs, sizes, trials, best, cost, greaterIsBetter } = sweep;
  const worth = (trial: Trial): number => (trial.score ?? Number.NaN) * (greaterIsBetter ? 1 : -1);
  const known = (trial: Trial): number => Number(typeof trial.score === "number");
  const order = [...trials].sort(
    (a, b) => known(b) - known(a) || b.epochs - a.epochs || worth(b) - worth(a) || 0 || a.index - b.index,
  );
  const searched = trials[0]?.options.map(({ option }) => option) ?? [];
  const columns: Column<Trial>[] = [
    { title: "", value: (trial) => (trial.best ? "best" : "") },
    right("trial", ({ index }) => String(index + 1)),
    ...searched.map((option, place) => right<Trial>(option, ({ options }) => shown(options[place].value))),
    right("epochs", ({ epochs }) => String(Number(epochs.toFixed(1)))),
    right(`validation ${metric}`, (trial) => score(trial.score)),
    {
      title: "status",
      value: ({ run }) => (run ? [run.status, run.error?.code].filter(Boolean).join(" ") : "deleted"),
    },
  ];
  const steps = rungs.map((epochs, rung) => `${sizes[rung]} to epoch ${epochs}`).join(", ");
  return [
    `${name}  ${status}  ${method}, ${trials.length} trials${steps ? `: ${steps}` : ""}`,
    ...(leaky ? ["LEAKY SPLIT: molecules of validation and test were trained on."] : []),
    "",
    ...renderTable(columns, order),
    "",
    `${count(cost.steps)} steps${share(cost)}, ${duration(cost.seconds)} of training`,
    ...(best?.run ? testLines(best.run) : []),
  ];
}

const share = ({ share: part, fullSteps }: Sweep["cost"]): string =>
  typeof part === "number" && typeof fullSteps === "number"
    ? `, ${percent(part)} of ${count(fullSteps)} if all ran to their end`
    : "";

function testLines({ name, evaluation }: NonNullable<NonNullable<Sweep["best"]>["run"]>): string[] {
  if (!evaluation) return [];
  const scores = evaluation.scores.map((one) => `${one.name} ${score(one.value)}`).join(", ");
  return [`${name}, on the ${evaluation.count} molecules of the test split, which chose nothing: ${scores}`];
}

const shown = (value: unknown): string => (typeof value === "string" ? value.toLowerCase() : JSON.stringify(value));
