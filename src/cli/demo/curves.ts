/** The learning curves of a finished finetune as a figure of two panels: losses; accuracy and macro-F1 beside the baseline. */
import type { RunCurvesQuery } from "../generated/graphql.js";
import { score } from "../table.js";
import type { FinishedRun } from "../watch-run.js";

type Measured = NonNullable<RunCurvesQuery["run"]>;
type Split = Measured["metrics"][number]["split"];

export async function drawCurves(run: FinishedRun, { metrics, evaluation }: Measured): Promise<string> {
  const { curvesFigure } = await import("../../analysis/figures/index.js");
  const series = (label: string, split: Split, metric: string) => ({
    name: label,
    points: metrics
      .filter(({ split: of, name }) => of === split && name === metric)
      .map(({ epoch, value }) => ({ x: epoch, y: value })),
  });
  const losses = [series("training", "TRAIN", "loss"), series("validation", "VALIDATION", "loss")];
  const scores = [series("accuracy", "VALIDATION", "accuracy"), series("macro-F1", "VALIDATION", "macroF1")];
  const last = Math.max(...metrics.map(({ epoch }) => epoch));
  if (evaluation?.baseline) {
    const y = evaluation.baseline.accuracy;
    scores.push({ name: "majority class", points: [0, last].map((x) => ({ x, y })) });
  }
  const test = run.evaluation;
  const subtitle = test
    ? `Test, ${test.count} molecules: accuracy ${score(test.accuracy)}, macro-F1 ${score(test.macroF1)}; majority class: accuracy ${score(test.baseline?.accuracy)}.`
    : "";
  const present = (all: ReturnType<typeof series>[]) => all.filter(({ points }) => points.length > 0);
  return curvesFigure({
    title: `${run.name}: ${run.baseModel.name} finetuned on ${run.dataset.name}.${run.target}`,
    subtitle,
    smoothing: 15,
    panels: [
      { heading: "a  Loss", series: present(losses), axes: { x: "epoch", y: "cross-entropy (nats)" } },
      { heading: "b  Validation", series: present(scores), axes: { x: "epoch", y: "share" }, yDomain: [0, 1] },
    ],
  });
}
