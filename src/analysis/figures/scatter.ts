/**
 * A scatter plot of labelled points, as in a paper: one colour and one marker shape per class (palette.ts), a legend
 * with counts, or, of numbers, a continuous colour scale with its bar (color-scale.ts); a light grid, and equal units
 * on both axes as far as the panel allows (the shorter axis fills at least half of it). When points have different
 * `marker`s (the split), the training part is drawn open and pale, the validation part half filled, and every other
 * part filled; the legend shows it. Frequent classes are drawn below rare ones. Coordinates must be finite, and there
 * must be at least one point. Of more than 10,000 points about 10,000 are drawn, and the subtitle gives their number;
 * axes and counts are those of all points.
 */
import * as Plot from "@observablehq/plot";
import { MaillardError } from "../../errors.js";
import { SPLITS } from "../../scores/types.js";
import { type ColorScale, colorScale, drawColorBar } from "./color-scale.js";
import { heading, MARGIN, paddedDomain, panelMarks, plotAt, requireSize } from "./frame.js";
import { drawLegend, type LegendRow, type Look, paint } from "./legend.js";
import { styleClasses } from "./palette.js";
import { INK, node, type SvgNode, writeSvg } from "./svg.js";
import { formatCount } from "./text.js";

export interface ScatterPoint {
  x: number;
  y: number;
  /** Class; null: unlabelled. */
  label: string | null;
  /** Of a figure of numbers: finite, drawn as a colour; null: none, drawn pale. Then classes are not drawn. */
  number?: number | null;
  /** The split the point belongs to: "TRAIN" is drawn open, "VALIDATION" half filled, every other value filled. */
  marker?: string;
  /** Shown by viewers when the pointer rests on the point. */
  title?: string;
}

export interface ScatterOptions {
  title: string;
  subtitle?: string;
  points: readonly ScatterPoint[];
  /** Complete axis names, such as "PC 1 (34.2 % of variance)". */
  axes: { x: string; y: string };
  /** Heading of the legend, such as "superclass". */
  legend?: string;
  /** All classes of the label set, most frequent first: a class then has the same colour and shape in every figure. */
  classes?: readonly string[];
  /** Pixels. Default 760 x 520. */
  width?: number;
  height?: number;
}

/** 70,000 dots are 8.5 MB of SVG: slow in a browser, and too dense to read. */
const MOST_DRAWN = 10_000;
/** Points of a class that are always drawn. */
const LEAST_OF_A_CLASS = 30;
/** Share of the figure. */
const WIDEST_LEGEND = 0.4;
const LOOKS: Record<string, Look> = { TRAIN: "open", VALIDATION: "half" };

/** "PC 1 (34.2 % of variance)" */
export const componentAxis = (component: number, ratio: number): string =>
  `PC ${component} (${(100 * ratio).toFixed(1)} % of variance)`;

export function scatterFigure(options: ScatterOptions): string {
  const { title, subtitle, points, axes, legend = "class", width = 760, height = 520 } = options;
  requireSize(width, height);
  checkPoints(points);
  const numbers = points.flatMap((p) => (typeof p.number === "number" ? [p.number] : []));
  const scale = numbers.length > 0 ? colorScale(numbers) : null;
  const { classes, classOf } = styleClasses(
    points.map((p) => (scale && typeof p.number === "number" ? legend : scale ? null : p.label)),
    scale ? [] : options.classes,
  );
  const colorOf = (i: number): string => {
    const { number } = points[i];
    return scale && typeof number === "number" ? scale.colorOf(number) : classes[classOf[i]].color;
  };
  const placeOf = (marker: string) => (SPLITS as readonly string[]).indexOf(marker) + 1 || SPLITS.length + 1;
  const markers = [...new Set(points.map((p) => p.marker).filter((m) => m !== undefined))];
  markers.sort((a, b) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1));
  const lookOf = (marker: string | undefined): Look =>
    markers.length > 1 ? (LOOKS[marker ?? ""] ?? "filled") : "filled";
  const rows: LegendRow[] = classes
    .filter((_, place) => !scale || place > 0)
    .map((style) => ({ ...style, look: "filled", group: legend }));
  if (markers.length > 1)
    for (const marker of markers) {
      const count = points.filter((p) => p.marker === marker).length;
      rows.push({
        name: marker.toLowerCase(),
        count,
        color: INK,
        symbol: "circle",
        look: lookOf(marker),
        group: "split",
      });
    }

  const drawn = thinned(classOf, points);
  const few = drawn.length < points.length;
  const summary = few ? `${formatCount(drawn.length)} of ${formatCount(points.length)} points drawn` : "";
  const top = heading(title, [subtitle, summary].filter(Boolean).join("; "), width);
  const key = keyOf(rows, scale, legend, width * WIDEST_LEGEND);
  const tall = Math.max(height, top.height + key.height + MARGIN);
  const panel = { width: width - key.width - MARGIN, height: tall - top.height };
  const margins = { marginLeft: 56, marginRight: 12, marginTop: 4, marginBottom: 44 };
  const domains = equalUnits(points, panel.width - 68, panel.height - 48);
  const r = drawn.length > 5000 ? 1.8 : points.length > 1000 ? 2.3 : points.length > 200 ? 3 : 3.8;
  const order = drawn.sort((a, b) => classes[classOf[b]].count - classes[classOf[a]].count);
  const isUnlabelled = ({ label, number }: ScatterPoint): boolean =>
    scale ? typeof number !== "number" : label === null;
  const unlabelledFirst = order
    .filter((i) => isUnlabelled(points[i]))
    .concat(order.filter((i) => !isUnlabelled(points[i])));
  const layers = (["open", "half", "filled"] as const).map((look) =>
    Plot.dot(
      unlabelledFirst.filter((i) => lookOf(points[i].marker) === look),
      {
        x: (i: number) => points[i].x,
        y: (i: number) => points[i].y,
        symbol: (i: number) => String(classOf[i]),
        ...paint(look, colorOf),
        r,
        sort: null,
        ...(points.some((p) => p.title) ? { title: (i: number) => points[i].title ?? "" } : {}),
      },
    ),
  );
  const plot = plotAt(0, top.height, {
    width: panel.width,
    height: panel.height,
    ...margins,
    x: { domain: domains.x, label: axes.x, labelAnchor: "center", labelArrow: "none", labelOffset: 36, ticks: 6 },
    y: { domain: domains.y, label: axes.y, labelAnchor: "center", labelArrow: "none", labelOffset: 48, ticks: 6 },
    color: { type: "identity" },
    symbol: { type: "ordinal", domain: classes.map((_, i) => String(i)), range: classes.map((c) => c.symbol) },
    marks: [...panelMarks({ x: 6, y: 6 }), ...layers],
  });
  const shown = few ? `, ${formatCount(drawn.length)} of them drawn,` : "";
  const description =
    `Scatter plot of ${formatCount(points.length)} points${shown} ` +
    `${scale ? `coloured by ${legend}` : `in ${classes.length} classes`}; ` +
    `horizontal: ${axes.x}; vertical: ${axes.y}.`;
  return writeSvg(
    { title, description, width, height: tall },
    top.node,
    plot,
    node("g", { transform: `translate(${panel.width + 4},${top.height + 4})` }, ...key.nodes),
  );
}

/** The colour bar of numbers, above the legend of what is left; or the legend alone. */
function keyOf(
  rows: readonly LegendRow[],
  scale: ColorScale | null,
  title: string,
  widest: number,
): { nodes: SvgNode[]; width: number; height: number } {
  if (!scale) return drawLegend(rows, widest);
  const bar = drawColorBar(scale, title, widest);
  if (rows.length === 0) return bar;
  const below = drawLegend(rows, widest);
  return {
    nodes: [...bar.nodes, node("g", { transform: `translate(0,${bar.height + 8})` }, ...below.nodes)],
    width: Math.max(bar.width, below.width),
    height: bar.height + 8 + below.height,
  };
}

/**
 * The same share of each class and marker, evenly over the order of the points, and at least LEAST_OF_A_CLASS where a
 * class has as many.
 */
function thinned(classOf: Int32Array, points: readonly ScatterPoint[]): number[] {
  const all = [...classOf.keys()];
  if (all.length <= MOST_DRAWN) return all;
  const groups = new Map<string, number[]>();
  for (const i of all) {
    const key = `${classOf[i]} ${points[i].marker ?? ""}`;
    (groups.get(key) ?? groups.set(key, []).get(key)!).push(i);
  }
  return [...groups.values()].flatMap((group) => {
    const share = Math.min(1, Math.max(MOST_DRAWN / all.length, LEAST_OF_A_CLASS / group.length));
    // Against rounding: 30 of 30 are all.
    const upTo = (place: number): number => Math.floor(place * share + 1e-9);
    return group.filter((_, place) => upTo(place + 1) > upTo(place));
  });
}

/** Domains in which one unit is as long on both axes, unless an axis would then use less than half of the panel. */
function equalUnits(
  points: readonly ScatterPoint[],
  width: number,
  height: number,
): { x: [number, number]; y: [number, number] } {
  const x = paddedDomain(points.map((p) => p.x));
  const y = paddedDomain(points.map((p) => p.y));
  const unit = Math.max((x[1] - x[0]) / width, (y[1] - y[0]) / height);
  const widen = ([low, high]: [number, number], pixels: number): [number, number] => {
    const extra = (Math.min(unit * pixels, 2 * (high - low)) - (high - low)) / 2;
    return extra > 0 ? [low - extra, high + extra] : [low, high];
  };
  return { x: widen(x, width), y: widen(y, height) };
}

function checkPoints(points: readonly ScatterPoint[]): void {
  if (points.length === 0)
    throw new MaillardError(
      "EMPTY_INPUT",
      "A scatter plot needs at least one point; it got none. Choose a split that has molecules.",
      { param: "points" },
    );
  const colourless = points.findIndex((p) => typeof p.number === "number" && !Number.isFinite(p.number));
  if (colourless >= 0)
    throw new MaillardError(
      "BAD_INPUT",
      `Numbers must be finite; that of point ${colourless} is ${points[colourless].number}. Leave it out.`,
      { param: "points" },
    );
  const bad = points.findIndex((p) => !Number.isFinite(p.x) || !Number.isFinite(p.y));
  if (bad >= 0)
    throw new MaillardError(
      "BAD_INPUT",
      `Coordinates must be finite; point ${bad} is (${points[bad].x}, ${points[bad].y}). Leave it out.`,
      { param: "points" },
    );
}
