/**
 * Predicted against true numbers: a panel for each target (at most 6), with equal axes and the diagonal of a perfect
 * prediction. Points are translucent, so that density shows.
 */
import * as Plot from "@observablehq/plot";
import { MaillardError } from "../../errors.js";
import { heading, MARGIN, paddedDomain, panelMarks, plotAt, requireSize } from "./frame.js";
import { COLORS } from "./palette.js";
import { node, type SvgNode, writeSvg } from "./svg.js";
import { fitText } from "./text.js";

export interface PairPoint {
  label: string;
  truth: number;
  predicted: number;
}

export interface PairsOptions {
  title: string;
  subtitle?: string;
  /** Pixels of the whole figure; by default 380 for each panel of a row of at most three. */
  width?: number;
}

const MOST_PANELS = 6;
const IN_A_ROW = 3;

export function pairsFigure(pairs: readonly PairPoint[], options: PairsOptions): string {
  const labels = [...new Set(pairs.map(({ label }) => label))];
  if (labels.length === 0)
    throw new MaillardError("EMPTY_INPUT", "There is no measured value to draw.", { param: "pairs" });
  const shown = labels.slice(0, MOST_PANELS);
  const columns = Math.min(IN_A_ROW, shown.length);
  const width = options.width ?? Math.max(420, 380 * columns);
  const more = labels.length > shown.length ? `The first ${MOST_PANELS} of ${labels.length} targets.` : "";
  const top = heading(options.title, [options.subtitle, more].filter(Boolean).join(" "), width);
  const side = Math.floor((width - MARGIN) / columns);
  const height = top.height + Math.ceil(shown.length / columns) * side;
  requireSize(width, height);
  const panels = shown.map((label, i) =>
    panel(
      pairs.filter((pair) => pair.label === label),
      label,
      { x: (i % columns) * side, y: top.height + Math.floor(i / columns) * side, side },
    ),
  );
  const description = `Predicted against true values of ${shown.join(", ")}: ${pairs.length} points.`;
  return writeSvg({ title: options.title, description, width, height }, top.node, ...panels);
}

function panel(
  points: readonly PairPoint[],
  label: string,
  { x, y, side }: { x: number; y: number; side: number },
): SvgNode {
  const domain = paddedDomain(points.flatMap(({ truth, predicted }) => [truth, predicted]));
  const axis = { domain, labelAnchor: "center", labelArrow: "none", ticks: 5 } as const;
  const plot = plotAt(x, y, {
    width: side,
    height: side,
    marginLeft: 64,
    marginRight: 14,
    marginTop: 24,
    marginBottom: 44,
    x: { ...axis, label: "true", labelOffset: 36 },
    y: { ...axis, label: "predicted", labelOffset: 52 },
    marks: [
      ...panelMarks({ x: 5, y: 5 }),
      Plot.line(
        [domain, domain].map((_, i) => [domain[i], domain[i]] as [number, number]),
        {
          stroke: "#8C8C8C",
          strokeWidth: 1,
          strokeDasharray: "3 3",
        },
      ),
      Plot.dot(points, {
        x: "truth",
        y: "predicted",
        fill: COLORS[0],
        r: points.length > 500 ? 2 : 3,
        fillOpacity: points.length > 500 ? 0.35 : 0.6,
      }),
    ],
  });
  const head = node(
    "text",
    { x: x + 64, y: y + 15, "font-size": 12, "font-weight": "bold" },
    fitText(label, 12, side - 90, true),
  );
  return node("g", {}, plot, head);
}
