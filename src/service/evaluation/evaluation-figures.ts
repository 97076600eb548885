/** Figures of an evaluation as SVG, and the curves of several runs in one; null for what the task does not have. */

import {
  type CurvePanel,
  calibrationFigure,
  confusionFigure,
  curvesFigure,
  operatingFigure,
  pairsFigure,
} from "../../analysis/figures/index.js";
import { MaillardError } from "../../errors.js";
import type { EvaluationReport, TaskReport } from "../../scores/types.js";
import type { Metric, Run } from "../../store/generated/client.js";
import { amount } from "../../words.js";
import { isLeaky, LEAKY_NOTE } from "../space/run-splits.js";
import type { ReportedSplit } from "./evaluation-reports.js";

/** A figure of an evaluation. */
export const FigureKind = {
  CONFUSION_MATRIX: "CONFUSION_MATRIX",
  CALIBRATION: "CALIBRATION",
  ROC: "ROC",
  PRECISION_RECALL: "PRECISION_RECALL",
  PREDICTED_TRUE: "PREDICTED_TRUE",
} as const;
export type FigureKind = keyof typeof FigureKind;

interface Subject {
  name: string;
  report: TaskReport;
  /** null: the run has kept no answers. */
  reported: ReportedSplit | null;
  /** Said below the title, such as that the split leaks. */
  note: string;
}

type Size = { width?: number; height?: number };

export function evaluationFigure(kind: FigureKind, subject: Subject, size: Size): string | null {
  const { name, report, reported, note } = subject;
  const place = `${report.split.toLowerCase()} split`;
  const molecules = `${amount(report.count, "molecule")}.`;
  const said = (...parts: string[]) => [...parts, note].filter(Boolean).join(" ");
  if (kind === "CONFUSION_MATRIX") {
    if (!("confusionMatrix" in report)) return null;
    const title = `${name}: confusion matrix, ${place}`;
    // Its size follows from the number of classes.
    return confusionFigure(report as EvaluationReport, note ? { title, subtitle: said(molecules) } : { title });
  }
  if (reported === null) return null;
  const { calibrationCurve, curves, pairs } = reported.report;
  const value = (score: string) => report.scores?.[score]?.toFixed(3) ?? "–";
  switch (kind) {
    case "CALIBRATION":
      if (calibrationCurve === null) return null;
      return calibrationFigure(calibrationCurve, {
        title: `${name}: calibration, ${place}`,
        ...size,
        subtitle: said(`Expected calibration error ${value("calibrationError")}, ${molecules}`),
      });
    case "ROC":
    case "PRECISION_RECALL": {
      const [what, score] =
        kind === "ROC"
          ? (["ROC curves", "rocAuc"] as const)
          : (["precision-recall curves", "averagePrecision"] as const);
      if (!curves.some(({ roc, precisionRecall }) => (kind === "ROC" ? roc : precisionRecall))) return null;
      return operatingFigure(kind, curves, {
        title: `${name}: ${what}, ${place}`,
        ...size,
        subtitle: said(`${kind === "ROC" ? "Area" : "Average precision"} ${value(score)}, ${molecules}`),
      });
    }
    case "PREDICTED_TRUE":
      if (pairs.length === 0) return null;
      return pairsFigure(pairs, {
        title: `${name}: predicted against true values, ${place}`,
        width: size.width,
        subtitle: said(`RMSE ${value("rmse")}, R² ${value("r2")}, ${molecules}`),
      });
    default:
      throw kind satisfies never;
  }
}

/** A panel for each name, a curve for each run that has it. */
export function runCurvesFigure(
  runs: readonly Run[],
  metricsOf: ReadonlyMap<string, readonly Metric[]>,
  names: readonly string[],
  split: string,
  size: Size,
): string {
  const panels = names.flatMap((name): CurvePanel[] => {
    const series = runs.flatMap((run, look) => {
      const points = (metricsOf.get(run.id) ?? [])
        .filter((metric) => metric.name === name && metric.split === split)
        .map(({ epoch, value }) => ({ x: epoch, y: value }));
      return points.length === 0 ? [] : [{ name: run.name, points, look }];
    });
    if (series.length === 0) return [];
    return [{ heading: `${name}, ${split.toLowerCase()}`, series, axes: { x: "epoch", y: UNITS[name] ?? name } }];
  });
  if (panels.length === 0)
    throw new MaillardError("EMPTY_INPUT", `None of these runs has a metric ${names.join(", ")} of ${split}.`, {
      param: "names",
    });
  if (panels.length > 1)
    panels.forEach((panel, index) => {
      panel.heading = `${"abcdefgh"[index]}  ${panel.heading}`;
    });
  const leaky = runs.filter(isLeaky).map(({ name }) => name);
  return curvesFigure({
    title: `Training of ${runs.map(({ name }) => name).join(", ")}`,
    ...(leaky.length > 0 ? { subtitle: `${leaky.join(", ")}: ${LEAKY_NOTE}` } : {}),
    panels,
    smoothing: 15,
    ...size,
  });
}

const UNITS: Readonly<Record<string, string>> = { loss: "loss (nats)", macroF1: "macro-F1", rocAuc: "ROC-AUC" };
