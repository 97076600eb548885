/** The learning curves of a finished finetune as a figure of two panels: losses; the task's scores on validation. */

import { titleOf } from "../../scores/metrics.js";
import { amount } from "../../words.js";
import type { RunCurvesQuery } from "../generated/graphql.js";
import { score } from "../output/table.js";
import { majorityOf } from "./evaluation-tables.js";
import type { FinishedRun } from "./run-report.js";

type Measured = NonNullable<RunCurvesQuery["run"]>;
type Split = Measured["metrics"][number]["split"];

/** Scores that are drawn and printed, by task. */
const SCORES: Readonly<Record<string, readonly string[]>> = {
  SINGLE_LABEL: ["accuracy", "macroF1"],
  MULTI_LABEL: ["rocAuc", "averagePrecision"],
  REGRESSION: ["rmse"],
};

export async function drawCurves(run: FinishedRun, { metrics, evaluation }: Measured): Promise<string> {
  const { curvesFigure } = await import("../../analysis/figures/index.js");
  const series = (label: string, split: Split, metric: string) => ({
    name: label,
    points: metrics
      .filter(({ split: of, name }) => of === split && name === metric)
      .map(({ epoch, value }) => ({ x: epoch, y: value })),
  });
  const losses = [series("training", "TRAIN", "loss"), series("validation", "VALIDATION", "loss")];
  const task = run.task ?? "SINGLE_LABEL";
  const scores = (SCORES[task] ?? []).map((metric) => series(titleOf(metric), "VALIDATION", metric));
  const last = Math.max(...metrics.map(({ epoch }) => epoch));
  const validated = evaluation && majorityOf(evaluation);
  if (validated) {
    const y = validated.accuracy;
    scores.push({ name: "majority class", points: [0, last].map((x) => ({ x, y })) });
  }
  const test = run.evaluation;
  const tested = test && majorityOf(test);
  const always = tested ? `; majority class: accuracy ${score(tested.accuracy)}` : "";
  const said = (SCORES[task] ?? []).map(
    (metric) => `${titleOf(metric)} ${score(test?.scores.find(({ name }) => name === metric)?.value)}`,
  );
  const subtitle = test ? `Test, ${amount(test.count, "molecule")}: ${said.join(", ")}${always}.` : "";
  const present = (all: ReturnType<typeof series>[]) => all.filter(({ points }) => points.length > 0);
  const drawn = present(scores);
  const isNumber = task === "REGRESSION";
  return curvesFigure({
    title: `${run.name}: ${run.baseModel?.name} finetuned on ${run.dataset.name}.${run.target}`,
    subtitle,
    smoothing: 15,
    panels: [
      {
        heading: "a  Loss",
        series: present(losses),
        axes: { x: "epoch", y: isNumber ? "squared error (standardised)" : "cross-entropy (nats)" },
      },
      // Without a validation split there is one panel.
      ...(drawn.length === 0
        ? []
        : [
            {
              heading: "b  Validation",
              series: drawn,
              axes: { x: "epoch", y: isNumber ? "units" : "share" },
              ...(isNumber ? {} : { yDomain: [0, 1] as [number, number] }),
            },
          ]),
    ],
  });
}
