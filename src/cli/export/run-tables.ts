/** The tables of a run: its metrics, and of one split its scores, its classes and the answers to single molecules. */
import type { Cell, Column } from "../../tables/types.js";
import { EVALUATION_TABLES, MOLECULE_ANSWERS, RUN_METRIC_PAGE } from "../documents/export.js";
import { CommandFailure } from "../failure.js";
import type { EvaluationTablesQuery, RunMetricPageQuery, Split } from "../generated/graphql.js";
import type { Session } from "../session.js";

export const RUN_TABLES = ["metrics", "scores", "classes", "molecules"] as const;
export type RunTable = (typeof RUN_TABLES)[number];

export interface Rows {
  columns: Column[];
  rows: AsyncIterable<readonly Cell[]> | readonly (readonly Cell[])[];
}

type Evaluation = NonNullable<NonNullable<EvaluationTablesQuery["run"]>["evaluation"]>;
type Metric = NonNullable<RunMetricPageQuery["run"]>["metrics"][number];

const text = (name: string): Column => ({ name, kind: "TEXT" });
const whole = (name: string): Column => ({ name, kind: "INTEGER" });
const number = (name: string): Column => ({ name, kind: "NUMBER" });

export async function runTable(session: Session, id: string, table: RunTable, split: Split): Promise<Rows> {
  if (table === "metrics")
    return {
      columns: [
        whole("sequence"),
        whole("step"),
        number("epoch"),
        text("split"),
        text("name"),
        number("value"),
        text("at"),
      ],
      rows: metricRows(session, id),
    };
  const evaluation = await evaluationOf(session, id, split);
  if (table === "scores") return scoresOf(evaluation);
  return table === "classes" ? classesOf(evaluation) : moleculesOf(session, id, split, evaluation);
}

/** By sequence, 10,000 at a time. */
export async function* metricsOf({ client }: Session, id: string): AsyncGenerator<Metric> {
  for (let after = 0; ; ) {
    const { run }: RunMetricPageQuery = await client.execute(RUN_METRIC_PAGE, { id, after });
    const metrics = run?.metrics ?? [];
    yield* metrics;
    if (metrics.length === 0) return;
    after = metrics[metrics.length - 1].sequence;
  }
}

async function* metricRows(session: Session, id: string): AsyncGenerator<Cell[]> {
  for await (const { sequence, step, epoch, split, name, value, at } of metricsOf(session, id))
    yield [sequence, step, epoch, split, name, value, at];
}

async function evaluationOf({ client }: Session, id: string, split: Split): Promise<Evaluation> {
  const { run } = await client.execute(EVALUATION_TABLES, { id, split });
  if (run?.evaluation) return run.evaluation;
  throw new CommandFailure(
    "NOT_EVALUATED",
    `The run has no scores on the ${split} split${run ? ` (it is ${run.status})` : ""}.`,
  );
}

function scoresOf({ scores, intervals }: Evaluation): Rows {
  const of = new Map((intervals ?? []).map((interval) => [interval.name, interval]));
  return {
    columns: [text("name"), number("value"), number("low"), number("high")],
    rows: scores.map(({ name, value }) => [name, value ?? null, of.get(name)?.low ?? null, of.get(name)?.high ?? null]),
  };
}

/** A row for each class, label or target, with the columns of the task. */
function classesOf({ task, classes, labelScores, targetScores }: Evaluation): Rows {
  if (task === "REGRESSION")
    return tableOf(targetScores, ["label", "measured", "rmse", "mae", "r2", "baseline"], ["measured"]);
  if (task === "MULTI_LABEL")
    return tableOf(
      labelScores,
      ["label", "measured", "positives", "precision", "recall", "f1", "rocAuc", "averagePrecision"],
      ["measured", "positives"],
    );
  return tableOf(classes, ["label", "precision", "recall", "f1", "support"], ["support"]);
}

const isScore = (name: string): boolean => ["precision", "recall", "f1"].includes(name);

function tableOf<T extends object>(
  entries: readonly T[],
  names: readonly (keyof T & string)[],
  counts: readonly string[],
): Rows {
  return {
    columns: names.map((name) => (name === "label" ? text(name) : counts.includes(name) ? whole(name) : number(name))),
    // A class without molecules has no scores.
    rows: entries.map((entry) =>
      names.map(
        (name) => ("support" in entry && entry.support === 0 && isScore(name) ? null : (entry[name] ?? null)) as Cell,
      ),
    ),
  };
}

/** Truth and answer of each label, under the names of files of predictions: of many labels there are many columns. */
function moleculesOf(session: Session, id: string, split: Split, { task, labels }: Evaluation): Rows {
  const names = (what: string) => labels.map((label) => number(`${what}_${label}`));
  const answers = names(task === "REGRESSION" ? "predicted" : "probability");
  return {
    columns: [text("name"), text("smiles"), text("inchi_key"), ...names("true"), ...answers],
    rows: moleculeRows(session, id, split),
  };
}

async function* moleculeRows({ client }: Session, id: string, split: Split): AsyncGenerator<Cell[]> {
  for (let after = 0; ; ) {
    const { run } = await client.execute(MOLECULE_ANSWERS, { id, split, after });
    const molecules = run?.evaluation?.molecules;
    if (!molecules) {
      if (after > 0) return;
      throw new CommandFailure("NOT_EVALUATED", "This run is of a version that kept no answers of single molecules.");
    }
    for (const { compound, truth, scores } of molecules)
      yield [compound.name ?? null, compound.smiles, compound.inchiKey, ...truth, ...scores];
    if (molecules.length === 0) return;
    after += molecules.length;
  }
}
