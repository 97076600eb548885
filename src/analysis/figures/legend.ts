/**
 * The legend of a scatter plot: rows of marker, name and count, in groups with a heading each; and how markers are
 * painted.
 */
import * as Plot from "@observablehq/plot";
import { plotAt } from "./frame.js";
import type { ClassStyle } from "./palette.js";
import { MUTED, node, type SvgNode } from "./svg.js";
import { fitText, formatCount, textWidth } from "./text.js";

export type Look = "open" | "half" | "filled";

export interface LegendRow extends ClassStyle {
  look: Look;
  /** Rows of a group are neighbours. */
  group: string;
}

const SIZE = 11;
const ROW = 17;
const MARKER_SPACE = 24;
const GAP = 10;

/** Stroke and fill of a marker; `color` maps a datum to its colour. */
export function paint(look: Look, color: (i: number) => string): Plot.DotOptions {
  if (look === "open") return { fill: "none", stroke: color, strokeWidth: 0.8, strokeOpacity: 0.5 };
  if (look === "half") return { fill: color, fillOpacity: 0.3, stroke: color, strokeWidth: 0.8 };
  return { fill: color, fillOpacity: 0.85, stroke: "#FFFFFF", strokeWidth: 0.5 };
}

export function drawLegend(
  rows: readonly LegendRow[],
  widest: number,
): { nodes: SvgNode[]; width: number; height: number } {
  const countWidth = Math.max(...rows.map((row) => textWidth(formatCount(row.count), SIZE)));
  const space = widest - MARKER_SPACE - GAP - countWidth;
  const texts = rows.map((row) => fitText(row.name, SIZE, space));
  const heads = rows.map((row, i) =>
    i > 0 && rows[i - 1].group === row.group ? null : fitText(row.group, SIZE, space, true),
  );
  const nameWidth = Math.max(
    ...texts.map((text) => textWidth(text, SIZE)),
    ...heads.map((head) => textWidth(head ?? "", SIZE, true)),
  );
  const width = MARKER_SPACE + nameWidth + GAP + countWidth;

  const nodes: SvgNode[] = [];
  const line = (y: number, text: string, full: string, count: string, weight?: string) => {
    const name = text === full ? [text] : [node("title", {}, full), text];
    nodes.push(node("text", { x: MARKER_SPACE, y: y + 4, "font-size": SIZE, "font-weight": weight }, ...name));
    nodes.push(node("text", { x: width, y: y + 4, "font-size": SIZE, "text-anchor": "end", fill: MUTED }, count));
  };
  const heights: number[] = [];
  let y = 8;
  rows.forEach((row, i) => {
    const head = heads[i];
    if (head !== null) {
      if (i > 0) y += ROW * 0.6;
      line(y, head, row.group, "n", "bold");
      y += ROW;
    }
    heights.push(y);
    line(y, texts[i], row.name, formatCount(row.count));
    y += ROW;
  });

  const markers = plotAt(0, 0, {
    width: MARKER_SPACE,
    height: y,
    margin: 0,
    x: { type: "identity", axis: null },
    y: { type: "identity", axis: null },
    color: { type: "identity" },
    symbol: { type: "ordinal", domain: rows.map((_, i) => String(i)), range: rows.map((row) => row.symbol) },
    marks: rows.map((row, i) =>
      Plot.dot([i], {
        x: [10],
        y: [heights[i]],
        symbol: [String(i)],
        r: 4.2,
        ...paint(row.look, () => row.color),
        strokeOpacity: 1,
      }),
    ),
  });
  return { nodes: [markers, ...nodes], width, height: y };
}
