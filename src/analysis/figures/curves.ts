/**
 * Curves over steps or epochs, as in a paper: one or two panels side by side. Each series has a colour and a dash
 * pattern of its own, and its name at its right end; names are moved apart where they would overlap. With `smoothing`
 * n, a series of more than n points is drawn thin and pale, with its centred mean over n points in bold; the subtitle
 * names n. Points that are not finite are left out; every series needs at least one that is.
 */
import * as Plot from "@observablehq/plot";
import { MaillardError } from "../../errors.js";
import { heading, MARGIN, paddedDomain, panelMarks, plotAt, requireSize } from "./frame.js";
import { COLORS, DASHES } from "./palette.js";
import { node, type SvgNode, writeSvg } from "./svg.js";
import { fitText, textWidth } from "./text.js";

interface CurvePoint {
  x: number;
  y: number;
}

interface CurveSeries {
  name: string;
  points: readonly CurvePoint[];
  /** SVG dash pattern such as "4 2"; by default each series of a panel gets its own. */
  dash?: string;
  /**
   * Place of its colour and dash, from 0; by default its place in the panel. For a panel that lacks a series which
   * others have.
   */
  look?: number;
}

export interface CurvePanel {
  /** Small heading above the panel, such as "a  Loss". */
  heading?: string;
  series: readonly CurveSeries[];
  axes: { x: string; y: string };
  /** Ends of the vertical axis; by default those of the data. */
  yDomain?: [number, number];
}

export interface CurvesOptions extends Partial<CurvePanel> {
  title: string;
  subtitle?: string;
  /** Several panels side by side; else `series` and `axes` are the only one. */
  panels?: readonly CurvePanel[];
  /** Width of the moving mean in points. Default 0: none. */
  smoothing?: number;
  /** Pixels. Default 560 x 360 for one panel, 960 x 360 for more. */
  width?: number;
  height?: number;
}

const LABEL_SIZE = 11;
const LABEL_ROW = 14;

/** "loss over epoch (training, validation)" */
const describe = ({ axes, series }: CurvePanel): string =>
  `${axes.y} over ${axes.x} (${series.map(({ name }) => name).join(", ")})`;

export function curvesFigure(options: CurvesOptions): string {
  const { title, smoothing = 0 } = options;
  const panels = options.panels ?? [
    {
      series: options.series ?? [],
      axes: options.axes ?? { x: "", y: "" },
      yDomain: options.yDomain,
      heading: options.heading,
    },
  ];
  const { width = panels.length > 1 ? 960 : 560, height = 360 } = options;
  requireSize(width, height);
  checkSeries(panels);
  const smoothed = smoothing > 1 && panels.some((p) => p.series.some((s) => s.points.length > smoothing));
  const note = smoothed ? `Thin: every value; bold: mean over ${smoothing} values.` : "";
  const top = heading(title, [options.subtitle, note].filter(Boolean).join(" "), width);
  const panelWidth = (width - MARGIN) / panels.length;
  return writeSvg(
    {
      title,
      description: `Curves: ${panels.map(describe).join("; ")}.`,
      width,
      height,
    },
    top.node,
    ...panels.map((panel, i) =>
      drawPanel(panel, i * panelWidth, top.height, panelWidth, height - top.height, smoothing),
    ),
  );
}

function drawPanel(
  panel: CurvePanel,
  left: number,
  top: number,
  width: number,
  height: number,
  smoothing: number,
): SvgNode {
  const series = panel.series.map((s, i) => {
    const points = s.points.filter((p) => Number.isFinite(p.x) && Number.isFinite(p.y));
    const smooth = smoothing > 1 && points.length > smoothing;
    return {
      name: fitText(s.name, LABEL_SIZE, width * 0.32),
      color: COLORS[(s.look ?? i) % COLORS.length],
      dash: s.dash ?? DASHES[(s.look ?? i) % DASHES.length],
      raw: points,
      bold: smooth ? movingMean(points, smoothing) : points,
      smooth,
    };
  });
  const labelRoom = Math.max(...series.map((s) => textWidth(s.name, LABEL_SIZE))) + 14;
  const x = paddedDomain(
    series.flatMap((s) => s.raw.map((p) => p.x)),
    0.02,
  );
  const y = panel.yDomain ?? paddedDomain(series.flatMap((s) => s.raw.map((p) => p.y)));
  // Six ticks of a range so small have three decimals.
  const wider = y[1] - y[0] < 0.06 ? 10 : 0;
  const margins = {
    marginLeft: 60 + wider,
    marginRight: labelRoom,
    marginTop: panel.heading ? 24 : 8,
    marginBottom: 44,
  };
  const inner = { top: margins.marginTop, bottom: height - margins.marginBottom };
  const plot = plotAt(left, top, {
    width,
    height,
    ...margins,
    x: { domain: x, label: panel.axes.x, labelAnchor: "center", labelArrow: "none", labelOffset: 36, ticks: 5 },
    y: {
      domain: y,
      label: panel.axes.y,
      labelAnchor: "center",
      labelArrow: "none",
      labelOffset: 50 + wider,
      ticks: 6,
      clamp: true,
    },
    marks: [
      ...panelMarks({ x: 5, y: 6 }),
      ...series.flatMap((s) => [
        ...(s.smooth
          ? [Plot.lineY(s.raw, { x: "x", y: "y", stroke: s.color, strokeWidth: 0.6, strokeOpacity: 0.35 })]
          : []),
        Plot.lineY(s.bold, {
          x: "x",
          y: "y",
          stroke: s.color,
          strokeWidth: 1.9,
          strokeLinejoin: "round",
          ...(s.dash ? { strokeDasharray: s.dash } : {}),
        }),
        ...(s.bold.length <= 30
          ? [Plot.dot(s.bold, { x: "x", y: "y", fill: s.color, r: 2.6, stroke: "#FFFFFF", strokeWidth: 0.6 })]
          : []),
      ]),
    ],
  });
  const pixel = (value: number) => inner.bottom - ((value - y[0]) / (y[1] - y[0])) * (inner.bottom - inner.top);
  const wanted = series.map((s) => Math.min(Math.max(pixel(s.bold[s.bold.length - 1].y), inner.top), inner.bottom));
  const places = spread(wanted, LABEL_ROW, inner.top, inner.bottom);
  const labels = series.map((s, i) =>
    node(
      "text",
      {
        x: left + width - labelRoom + 7,
        y: top + places[i] + 4,
        "font-size": LABEL_SIZE,
        "font-weight": "bold",
        fill: s.color,
      },
      s.name,
    ),
  );
  const head = panel.heading
    ? node("text", { x: left + margins.marginLeft, y: top + 14, "font-size": 12, "font-weight": "bold" }, panel.heading)
    : null;
  return node("g", {}, plot, ...labels, head);
}

/** Moves wanted heights apart by at least `gap`, keeping their order and staying within [low, high] where they fit. */
function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b] || a - b);
  const places = [...wanted];
  let floor = low;
  for (const i of order) {
    places[i] = Math.max(places[i], floor);
    floor = places[i] + gap;
  }
  let ceiling = high;
  for (const i of order.reverse()) {
    places[i] = Math.min(places[i], ceiling);
    ceiling = places[i] - gap;
  }
  return places;
}

/** Mean over the points at most half a window away, fewer at the two ends. */
function movingMean(points: readonly CurvePoint[], window: number): CurvePoint[] {
  const sums = [0];
  for (const point of points) sums.push(sums[sums.length - 1] + point.y);
  const half = Math.floor(window / 2);
  return points.map((point, i) => {
    const from = Math.max(0, i - half);
    const to = Math.min(points.length, i + half + 1);
    return { x: point.x, y: (sums[to] - sums[from]) / (to - from) };
  });
}

function checkSeries(panels: readonly CurvePanel[]): void {
  for (const { series } of panels) {
    const empty = series.find((s) => !s.points.some((p) => Number.isFinite(p.x) && Number.isFinite(p.y)));
    if (series.length === 0 || empty)
      throw new MaillardError(
        "EMPTY_INPUT",
        "A panel needs at least one series, and each series a finite point; " +
          `${empty ? `"${empty.name}" has none` : "there is no series"}. Leave it out.`,
        { param: "series" },
      );
  }
}
