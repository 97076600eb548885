/**
 * A confusion matrix as in a paper: true classes in rows, with their number of molecules, and predicted classes in
 * columns. Each cell is tinted by its share of the row and shows its count; the recall of each class is at the right.
 * Rows of classes that the split lacks stay white. The figure grows with the classes; beyond 30 classes the cells show
 * the tint only.
 */
import type { EvaluationReport } from "../../scores/types.js";
import { heading, MARGIN } from "./frame.js";
import { MUTED, node, type SvgNode, writeSvg } from "./svg.js";
import { fitText, formatCount, textWidth } from "./text.js";

export interface ConfusionOptions {
  /** Default: "Confusion matrix, test split". */
  title?: string;
  /** Default: accuracy, macro-F1, number of molecules and the majority-class baseline. */
  subtitle?: string;
}

const SIZE = 11;
const WIDEST_ROW = 270;
const WIDEST_COLUMN = 190;

export function confusionFigure(report: EvaluationReport, options: ConfusionOptions = {}): string {
  const { labels, confusionMatrix } = report;
  const title = options.title ?? `Confusion matrix, ${report.split.toLowerCase()} split`;
  const subtitle =
    options.subtitle ??
    `Accuracy ${report.accuracy.toFixed(3)}, macro-F1 ${report.macroF1.toFixed(3)}, ${formatCount(report.count)} ` +
      "molecules; " +
      `always “${report.baseline.label}”: ${report.baseline.accuracy.toFixed(3)}, ` +
      `${report.baseline.macroF1.toFixed(3)}.`;
  const names = labels.map((label) => fitText(label, SIZE, WIDEST_COLUMN));
  const supports = confusionMatrix.map((row) => row.reduce((sum, count) => sum + count, 0));
  const cell = labels.length > 30 ? 16 : labels.length > 14 ? 30 : 40;
  const rowNames = labels.map((label, i) => `${fitText(label, SIZE, WIDEST_ROW)} (${formatCount(supports[i])})`);
  const left = MARGIN + 20 + Math.max(...rowNames.map((name) => textWidth(name, SIZE)));
  const slant = Math.max(...names.map((name) => textWidth(name, SIZE))) * Math.SQRT1_2;
  const side = cell * labels.length;
  const width = Math.max(480, Math.ceil(left + side + Math.max(64, slant - cell / 2) + MARGIN));
  const top = heading(title, subtitle, width);
  const y0 = Math.ceil(top.height + 22 + slant + 10);
  const height = Math.ceil(y0 + side + MARGIN + 8);

  const marks: SvgNode[] = [];
  confusionMatrix.forEach((row, i) => {
    row.forEach((count, j) => {
      const share = supports[i] > 0 ? count / supports[i] : 0;
      const [x, y] = [left + j * cell, y0 + i * cell];
      marks.push(
        node(
          "rect",
          { x, y, width: cell, height: cell, fill: tint(share), stroke: "#FFFFFF", "stroke-width": 1 },
          node("title", {}, `${labels[i]} predicted as ${labels[j]}: ${count} of ${supports[i]}`),
        ),
      );
      if (count > 0 && cell >= 30)
        marks.push(
          node(
            "text",
            {
              x: x + cell / 2,
              y: y + cell / 2 + 4,
              "font-size": count > 9999 ? 8 : count > 999 ? 9 : 10,
              "text-anchor": "middle",
              fill: share > 0.5 ? "#FFFFFF" : "#1A1A1A",
            },
            formatCount(count),
          ),
        );
    });
    const middle = y0 + i * cell + cell / 2 + 4;
    marks.push(node("text", { x: left - 7, y: middle, "font-size": SIZE, "text-anchor": "end" }, rowNames[i]));
    if (supports[i] > 0)
      marks.push(
        node(
          "text",
          { x: left + side + 8, y: middle, "font-size": SIZE, fill: MUTED },
          `${((100 * row[i]) / supports[i]).toFixed(0)} %`,
        ),
      );
    const x = left + i * cell + cell / 2 + 3;
    marks.push(node("text", { x, y: y0 - 7, "font-size": SIZE, transform: `rotate(-45 ${x} ${y0 - 7})` }, names[i]));
  });
  const axis = (text: string, attributes: Record<string, string | number>) =>
    node("text", { "font-size": SIZE, "font-weight": "bold", "text-anchor": "middle", ...attributes }, text);
  return writeSvg(
    { title, description: `${subtitle} ${labels.length} classes; rows: true, columns: predicted.`, width, height },
    top.node,
    axis("predicted class", { x: left + side / 2, y: top.height + 10 }),
    axis("true class (molecules)", { x: 0, y: 0, transform: `translate(${MARGIN + 4},${y0 + side / 2}) rotate(-90)` }),
    ...marks,
    node("rect", { x: left, y: y0, width: side, height: side, fill: "none", stroke: "#666666" }),
    axis("recall", { x: left + side + 8, y: y0 + side + 15, "text-anchor": "start", fill: MUTED }),
  );
}

/** White to Okabe-Ito blue to a darker blue. Lightness falls steadily, so the scale works in grey too. */
function tint(share: number): string {
  if (share === 0) return "#FAFAFA";
  const stops = [
    [222, 235, 247],
    [86, 160, 211],
    [0, 74, 128],
  ];
  const at = Math.min(share, 1) * 2;
  const from = Math.min(Math.floor(at), 1);
  const mix = stops[from].map((value, k) => Math.round(value + (stops[from + 1][k] - value) * (at - from)));
  return `#${mix.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
