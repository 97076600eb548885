/** What every figure shares: the heading above the panels and Observable Plot drawn without a browser. */
import * as Plot from "@observablehq/plot";
import { DOMParser } from "linkedom";
import { MaillardError } from "../../errors.js";
import { type DomElement, fromDom, INK, MUTED, node, type SvgNode } from "./svg.js";
import { wrapText } from "./text.js";

export const MARGIN = 16;
const TITLE_SIZE = 15;
const SUBTITLE_SIZE = 11.5;

/** Title (up to 2 lines, bold) and subtitle (up to 2 lines), and the height they take. */
export function heading(title: string, subtitle: string | undefined, width: number): { height: number; node: SvgNode } {
  const space = width - 2 * MARGIN;
  const titles = wrapText(title, TITLE_SIZE, space, 2, true);
  const subtitles = wrapText(subtitle ?? "", SUBTITLE_SIZE, space, 2);
  let y = MARGIN - 4;
  const lines: SvgNode[] = [];
  for (const line of titles) {
    y += TITLE_SIZE + 4;
    lines.push(node("text", { x: MARGIN, y, "font-size": TITLE_SIZE, "font-weight": "bold", fill: INK }, line));
  }
  for (const line of subtitles) {
    y += SUBTITLE_SIZE + 5;
    lines.push(node("text", { x: MARGIN, y, "font-size": SUBTITLE_SIZE, fill: MUTED }, line));
  }
  return { height: y + 12, node: node("g", {}, ...lines) };
}

/** Draws with Observable Plot and returns its marks as a group at (x, y). */
export function plotAt(x: number, y: number, options: Plot.PlotOptions): SvgNode {
  const document = new DOMParser().parseFromString("<html><body></body></html>", "text/html");
  const svg = Plot.plot({
    ...options,
    document: document as unknown as NonNullable<Plot.PlotOptions["document"]>,
    className: "plot",
    style: { fontSize: "11px" },
  });
  const drawn = fromDom(svg as unknown as DomElement);
  return node(
    "g",
    { transform: `translate(${x},${y})`, "text-anchor": "middle", "font-size": 11, fill: INK, color: INK },
    ...drawn.children,
  );
}

/** Light grid (of as many lines as the axes have ticks) and a closed frame around the panel. */
export const panelMarks = (ticks: { x: number; y: number }): Plot.Markish[] => [
  Plot.gridX({ stroke: "#DDDDDD", strokeOpacity: 1, ticks: ticks.x }),
  Plot.gridY({ stroke: "#DDDDDD", strokeOpacity: 1, ticks: ticks.y }),
  Plot.frame({ stroke: "#666666", strokeWidth: 1 }),
];

/** Domain with a margin of 4 % at both ends; a single value gets a margin on both sides. */
export function paddedDomain(values: Iterable<number>, share = 0.04): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const span = high - low || Math.abs(high) * 0.1 || 1;
  return [low - span * share, high + span * share];
}

export function requireSize(width: number, height: number): void {
  if (!(width >= 240 && height >= 160 && width <= 10_000 && height <= 10_000))
    throw new MaillardError(
      "BAD_INPUT",
      `A figure is between 240 x 160 and 10,000 x 10,000 pixels; got ${width} x ${height}. 720 x 520 suits a page.`,
      { param: "width" },
    );
}
