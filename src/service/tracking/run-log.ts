/** What of a run a tracking server gets: tags, parameters, metrics, and at its end scores, figures and the model. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Metric, Run } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { evaluationOf, reportOf } from "../evaluation/evaluation.js";
import { evaluationFigure, FigureKind, runCurvesFigure } from "../evaluation/evaluation-figures.js";
import type { EvaluationReports } from "../evaluation/evaluation-reports.js";
import { isLeaky, LEAKY_NOTE } from "../space/run-splits.js";
import type { Entry, MlflowMetric } from "./mlflow-client.js";

/** The tag by which a run is found again. */
export const RUN_TAG = "maillard.run";

export type NamedRun = Run & { dataset: { name: string }; baseModel: { name: string } | null };

export const tagsOf = ({ id, kind, projectId, groupId, dataset, baseModel }: NamedRun): Entry[] => [
  { key: RUN_TAG, value: id },
  { key: "maillard.kind", value: kind },
  { key: "maillard.project", value: projectId },
  ...(groupId ? [{ key: "maillard.group", value: groupId }] : []),
  { key: "maillard.dataset", value: dataset.name },
  ...(baseModel ? [{ key: "maillard.baseModel", value: baseModel.name }] : []),
  { key: "mlflow.source.name", value: "maillard" },
];

/** Characters of a value that MLflow keeps. */
const LONGEST = 6_000;

/** Every option of the order, nested ones with a dot: "split.strategy". Null is left out. */
export function paramsOf(input: unknown): Entry[] {
  const params: Entry[] = [];
  const add = (value: unknown, key: string): void => {
    if (value === null || value === undefined) return;
    if (typeof value === "object" && !Array.isArray(value))
      for (const [name, inner] of Object.entries(value)) add(inner, key === "" ? name : `${key}.${name}`);
    else {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      params.push({ key, value: text.slice(0, LONGEST) });
    }
  };
  add(input, "");
  return params;
}

/** "train/loss", "validation/accuracy". */
export const metricOf = ({ split, name, step, value, at }: Metric): MlflowMetric => ({
  key: `${split.toLowerCase()}/${name}`,
  value,
  step,
  timestamp: at.getTime(),
});

/** Scores of the evaluations, at the run's last step. */
export async function scoresOf(store: Store, { id, step, finishedAt }: Run): Promise<MlflowMetric[]> {
  const evaluations = await store.prisma.evaluation.findMany({ where: { runId: id } });
  const timestamp = (finishedAt ?? new Date()).getTime();
  return evaluations.flatMap((row) =>
    evaluationOf(reportOf(row)).scores.flatMap(({ name, value }) =>
      value === null ? [] : [{ key: `${row.split.toLowerCase()}/final/${name}`, value, step, timestamp }],
    ),
  );
}

/** Figures of the test split and the curves of training: path and SVG. */
export async function figuresOf(
  { store, reports }: { store: Store; reports: EvaluationReports },
  run: Run,
  signal: AbortSignal,
): Promise<{ path: string; text: string }[]> {
  const figures: { path: string; text: string }[] = [];
  const metrics = await store.prisma.metric.findMany({ where: { runId: run.id }, orderBy: { sequence: "asc" } });
  for (const split of ["TRAIN", "VALIDATION"] as const) {
    const names = [...new Set(metrics.filter((metric) => metric.split === split).map(({ name }) => name))];
    const shown = names.filter((name) => ["loss", "accuracy", "macroF1", "rocAuc", "rmse"].includes(name));
    if (shown.length > 0)
      figures.push({
        path: `curves-${split.toLowerCase()}.svg`,
        text: runCurvesFigure([run], new Map([[run.id, metrics]]), shown, split, {}),
      });
  }
  const test = await store.prisma.evaluation.findUnique({ where: { runId_split: { runId: run.id, split: "TEST" } } });
  if (!test) return figures;
  const [reported] = await reports.load([{ runId: run.id, split: "TEST" }], signal);
  const subject = { name: run.name, report: reportOf(test), reported, note: isLeaky(run) ? LEAKY_NOTE : "" };
  for (const kind of Object.values(FigureKind)) {
    const text = evaluationFigure(kind, subject, {});
    if (text) figures.push({ path: `test-${kind.toLowerCase().replaceAll("_", "-")}.svg`, text });
  }
  return figures;
}

/** The files of the run's model, if it is a checkpoint or a probe with files: name and path on this machine. */
export async function modelFilesOf(store: Store, { modelId }: Run): Promise<{ name: string; file: string }[]> {
  const model = modelId === null ? null : await store.prisma.model.findUnique({ where: { id: modelId } });
  if (!model) return [];
  const folder = store.artifacts.path(model.artifact);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => ({ name, file: join(folder, name) }));
}
