/**
 * Numbers as colours, and the colour bar that says which is which. The colours are viridis without its last tenth, a
 * yellow that is hard to see on white: they differ in lightness too, so they can be told apart without colour vision.
 * Numbers above 0 whose largest is at least a hundred times their smallest are on a logarithmic scale.
 */
import * as Plot from "@observablehq/plot";
import { plotAt } from "./frame.js";
import { node, type SvgNode } from "./svg.js";
import { fitText, textWidth } from "./text.js";

export interface ColorScale {
  type: "linear" | "log";
  /** Smallest and largest number; of one number alone, a little below and above it. */
  domain: [number, number];
  /** "#rrggbb" or "rgb(…)". */
  colorOf(value: number): string;
}

const COLORS = { scheme: "viridis", range: [0, 0.9] as [number, number] } as const;
/** Largest over smallest. */
const DECADES = 100;
const BAR = { width: 14, height: 150, steps: 50 };
const SIZE = 11;
const TICK = 5;

/** `values`: finite, at least one. */
export function colorScale(values: readonly number[]): ColorScale {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const type = low > 0 && high / low >= DECADES ? "log" : "linear";
  const margin = low === high ? Math.abs(low) * 0.1 || 1 : 0;
  const domain: [number, number] = [low - margin, high + margin];
  const scale = Plot.scale({ color: { type, domain, ...COLORS } });
  return { type, domain, colorOf: (value) => String(scale?.apply(value)) };
}

/** Heading, bar and the numbers beside it. The largest number is at the top. */
export function drawColorBar(
  scale: ColorScale,
  title: string,
  widest: number,
): { nodes: SvgNode[]; width: number; height: number } {
  const { type, domain } = scale;
  const top = 14;
  const heading = fitText(type === "log" ? `${title} (log scale)` : title, SIZE, widest, true);
  const at = (share: number): number =>
    type === "log" ? domain[0] * (domain[1] / domain[0]) ** share : domain[0] + share * (domain[1] - domain[0]);
  const step = BAR.height / BAR.steps;
  const parts = Array.from({ length: BAR.steps }, (_, i) =>
    node("rect", {
      x: 4,
      y: top + BAR.height - (i + 1) * step,
      width: BAR.width,
      // Half a pixel more, so that no white line shows between two.
      height: i === 0 ? step : step + 0.5,
      fill: scale.colorOf(at((i + 0.5) / BAR.steps)),
    }),
  );
  const axis = plotAt(4 + BAR.width, top - 8, {
    width: 60,
    height: BAR.height + 16,
    marginLeft: 0,
    marginRight: 59,
    marginTop: 8,
    marginBottom: 8,
    x: { axis: null },
    y: { type, domain, axis: "right", ticks: 6, tickSize: TICK, tickFormat: tickText(type), label: null },
    marks: [Plot.ruleX([0], { stroke: "none" })],
  });
  const text = node("text", { x: 4, y: 6, "font-size": SIZE, "font-weight": "bold" }, heading);
  return {
    nodes: [text, ...parts, axis],
    width: Math.max(textWidth(heading, SIZE, true) + 4, BAR.width + 60),
    height: top + BAR.height + 12,
  };
}

/** Plain digits from a thousandth to a million, else powers of ten; on a logarithmic scale only decades are named. */
const tickText =
  (type: ColorScale["type"]) =>
  (value: number): string => {
    if (type === "log" && Math.abs(Math.log10(value) - Math.round(Math.log10(value))) > 1e-6) return "";
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential().replace("e+", "e");
    return value.toLocaleString("en-US", { maximumSignificantDigits: 6 });
  };
