/**
 * Figures of a classifier's scores: ROC and precision-recall curves of each class against the rest, and the calibration
 * curve. A curve has a colour, a dash pattern and a line in the legend with its area. The 16 most frequent classes are
 * drawn, and the subtitle says when there are more. Both axes go from 0 to 1 and have the same length.
 */
import * as Plot from "@observablehq/plot";
import { MaillardError } from "../../errors.js";
import type { CalibrationBin } from "../evaluation/details.js";
import type { LabelCurve } from "../evaluation/report.js";
import { heading, MARGIN, panelMarks, plotAt, requireSize } from "./frame.js";
import { COLORS, DASHES } from "./palette.js";
import { MUTED, node, type SvgNode, writeSvg } from "./svg.js";
import { compactCount, fitText, formatCount, textWidth } from "./text.js";

export interface OperatingOptions {
  title: string;
  subtitle?: string;
  /** Pixels. Default 640 x 440; calibration 460 x 570. */
  width?: number;
  height?: number;
}

const SIZE = 11;
const ROW = 17;
const SAMPLE = 34;
export const MOST_CURVES = 16;
const REFERENCE = "#8C8C8C";

/** `kind`: which of the two. Curves that are not defined are left out; at least one has to be defined. */
export function operatingFigure(
  kind: "ROC" | "PRECISION_RECALL",
  curves: readonly LabelCurve[],
  options: OperatingOptions,
): string {
  const { title, width = 640, height = 440 } = options;
  requireSize(width, height);
  const roc = kind === "ROC";
  const defined = curves
    .filter(({ roc: first, precisionRecall: second }) => (roc ? first : second) !== null)
    .sort((a, b) => b.positives - a.positives || (a.label < b.label ? -1 : 1));
  if (defined.length === 0)
    throw new MaillardError("EMPTY_INPUT", "No class has a curve: only one answer was measured in this split.", {
      param: "curves",
    });
  const shown = defined.slice(0, MOST_CURVES);
  const more = defined.length > shown.length ? `The ${MOST_CURVES} most frequent of ${defined.length}.` : "";
  const top = heading(title, [options.subtitle, more].filter(Boolean).join(" "), width);
  const looks = shown.map((curve, i) => ({
    name: curve.label,
    points: (roc ? curve.roc : curve.precisionRecall) ?? [],
    value: ((roc ? curve.rocAuc : curve.averagePrecision) ?? 0).toFixed(3),
    color: COLORS[i % COLORS.length],
    // After 8 curves the colours repeat, with other dash patterns.
    dash: DASHES[(i + 3 * Math.floor(i / COLORS.length)) % DASHES.length],
  }));
  const legend = drawLegend(looks, roc ? "area" : "average precision", width * 0.42);
  const panel = square(width - legend.width - MARGIN, height - top.height);
  const tall = Math.max(top.height + panel.height, top.height + legend.height + MARGIN);
  const plot = unitPlot(panel, top.height, {
    x: roc ? "false positive rate" : "recall",
    y: roc ? "true positive rate" : "precision",
    marks: [
      ...(roc ? [chance()] : []),
      ...looks.map(({ points, color, dash }) =>
        Plot.line(points, {
          x: "0",
          y: "1",
          stroke: color,
          strokeWidth: 1.9,
          strokeLinejoin: "round",
          strokeOpacity: 1,
          ...(dash ? { strokeDasharray: dash } : {}),
        }),
      ),
    ],
  });
  const names = looks.map(({ name, value }) => `${name} ${value}`).join("; ");
  return writeSvg(
    {
      title,
      description: `${roc ? "ROC" : "Precision-recall"} curves, one against the rest: ${names}.`,
      width,
      height: tall,
    },
    top.node,
    plot,
    node("g", { transform: `translate(${panel.width + 4},${top.height + 4})` }, ...legend.nodes),
  );
}

/** Mean confidence against the share that was right, a bar of molecules by bin below. */
export function calibrationFigure(bins: readonly CalibrationBin[], options: OperatingOptions): string {
  const { title, width = 460, height = 570 } = options;
  requireSize(width, height);
  const full = bins.filter(({ count }) => count > 0);
  if (full.length === 0)
    throw new MaillardError("EMPTY_INPUT", "A calibration curve needs at least one answer.", { param: "bins" });
  const top = heading(title, options.subtitle, width);
  const barsHeight = 96;
  const panel = square(width - MARGIN, height - top.height - barsHeight);
  const most = Math.max(...full.map(({ count }) => count));
  const points = full.map(({ confidence, accuracy, count }) => ({ x: confidence, y: accuracy, count }));
  const plot = unitPlot(panel, top.height, {
    x: "mean confidence",
    y: "share that was right",
    marks: [
      chance(),
      Plot.line(points, { x: "x", y: "y", stroke: COLORS[0], strokeWidth: 1.9 }),
      Plot.dot(points, {
        x: "x",
        y: "y",
        fill: COLORS[0],
        stroke: "#FFFFFF",
        strokeWidth: 0.8,
        r: (point: { count: number }) => 2.5 + 4 * Math.sqrt(point.count / most),
        title: (point: { count: number }) => `${formatCount(point.count)} answers`,
      }),
    ],
    r: { type: "identity" },
  });
  const bars = plotAt(0, top.height + panel.height, {
    width: panel.width,
    height: barsHeight,
    marginLeft: 60,
    marginRight: 14,
    marginTop: 4,
    marginBottom: 40,
    x: { domain: [0, 1], label: "confidence", ...AXIS, labelOffset: 34, ticks: 5 },
    y: { domain: [0, most], label: "answers", ...AXIS, labelOffset: 50, ticks: 2, tickFormat: compactCount },
    marks: [
      Plot.rectY(full, { x1: "from", x2: "to", y: "count", fill: COLORS[5], inset: 0.5 }),
      Plot.frame({ stroke: "#666666", strokeWidth: 1 }),
    ],
  });
  const summary = full
    .map(({ confidence, accuracy, count }) => `${confidence?.toFixed(2)}: ${accuracy?.toFixed(2)} of ${count}`)
    .join("; ");
  const tall = top.height + panel.height + barsHeight;
  return writeSvg(
    {
      title,
      description: `Calibration curve, mean confidence and share that was right: ${summary}.`,
      width,
      height: tall,
    },
    top.node,
    plot,
    bars,
  );
}

const AXIS = { labelAnchor: "center", labelArrow: "none" } as const;

/** The diagonal: a ranking by chance, or perfect calibration. */
const chance = (): Plot.Markish =>
  Plot.line(
    [
      [0, 0],
      [1, 1],
    ],
    { stroke: REFERENCE, strokeWidth: 1, strokeDasharray: "3 3" },
  );

function unitPlot(
  panel: { width: number; height: number },
  y: number,
  { x, y: vertical, marks, ...rest }: { x: string; y: string; marks: Plot.Markish[] } & Pick<Plot.PlotOptions, "r">,
): SvgNode {
  return plotAt(0, y, {
    ...panel,
    marginLeft: 60,
    marginRight: 14,
    marginTop: 4,
    marginBottom: 44,
    ...rest,
    x: { domain: [0, 1], label: x, ...AXIS, labelOffset: 36, ticks: 5 },
    y: { domain: [0, 1], label: vertical, ...AXIS, labelOffset: 46, ticks: 5 },
    marks: [...panelMarks({ x: 5, y: 5 }), ...marks],
  });
}

/** The largest panel with axes of equal length that fits into this space. */
function square(width: number, height: number): { width: number; height: number } {
  const side = Math.min(width - 74, height - 48);
  return { width: side + 74, height: side + 48 };
}

function drawLegend(
  rows: readonly { name: string; value: string; color: string; dash: string }[],
  head: string,
  widest: number,
): { nodes: SvgNode[]; width: number; height: number } {
  const values = Math.max(textWidth("0.000", SIZE), 0);
  const texts = rows.map(({ name }) => fitText(name, SIZE, widest - SAMPLE - values - 10));
  const names = Math.max(...texts.map((text) => textWidth(text, SIZE)), textWidth(head, SIZE) - values);
  const width = SAMPLE + names + 10 + values;
  const nodes = [node("text", { x: width, y: 12, "font-size": SIZE, "text-anchor": "end", fill: MUTED }, head)];
  rows.forEach(({ name, value, color, dash }, i) => {
    const y = 12 + (i + 1) * ROW;
    const line = { x1: 4, x2: SAMPLE - 6, y1: y - 4, y2: y - 4, stroke: color, "stroke-width": 2.2 };
    const title = texts[i] === name ? [] : [node("title", {}, name)];
    nodes.push(
      node("line", { ...line, ...(dash ? { "stroke-dasharray": dash } : {}) }),
      node("text", { x: SAMPLE, y, "font-size": SIZE }, ...title, texts[i]),
      node("text", { x: width, y, "font-size": SIZE, "text-anchor": "end" }, value),
    );
  });
  return { nodes, width, height: 12 + (rows.length + 1) * ROW };
}
