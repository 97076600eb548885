/**
 * Parallel coordinates: an axis for each option and one for the score, a line for each trial, coloured by its score.
 * The chosen one is drawn last, in bold. A trial without a score ends at its last option, in grey. An axis of numbers
 * above 0 whose largest is at least ten times their smallest is logarithmic, another one linear; one of other values
 * has them evenly, in the order in which they come.
 */
import * as Plot from "@observablehq/plot";
import { MaillardError } from "../../errors.js";
import { colorScale, drawColorBar } from "./color-scale.js";
import { heading, MARGIN, plotAt, requireSize } from "./frame.js";
import { INK, node, writeSvg } from "./svg.js";
import { fitText } from "./text.js";

export interface ParallelLine {
  /** [axes], each a number or a text. */
  values: readonly (number | string)[];
  /** Null: it has none. */
  score: number | null;
  chosen: boolean;
}

export interface ParallelOptions {
  title: string;
  subtitle?: string;
  /** Names of the options. */
  axes: readonly string[];
  /** Name of the score. */
  score: string;
  /** Pixels. Default 130 for each axis and 420 high. */
  width?: number;
  height?: number;
}

const GREY = "#BDBDBD";
const CHOSEN = "#D55E00";
/** Values of an axis that is not of numbers. */
const LARGEST = 30;
/** Largest over smallest. */
const TIMES = 10;

interface Axis {
  name: string;
  /** Share of the height, from 0 at the bottom. */
  placeOf(value: number | string): number;
  ticks: { place: number; text: string }[];
}

export function parallelFigure(lines: readonly ParallelLine[], options: ParallelOptions): string {
  const { title, axes: names } = options;
  if (lines.length === 0 || names.length === 0)
    throw new MaillardError("EMPTY_INPUT", "There is no trial to draw.", { param: "lines" });
  const width = options.width ?? Math.max(480, 130 * (names.length + 1) + 140);
  const height = options.height ?? 420;
  requireSize(width, height);
  const top = heading(title, options.subtitle, width);
  const scores = lines.flatMap(({ score }) => (score === null ? [] : [score]));
  const colors = scores.length > 0 ? colorScale(scores) : null;
  const axes = names.map((name, place) =>
    axisOf(
      name,
      lines.map(({ values }) => values[place]),
    ),
  );
  if (colors) axes.push(axisOf(options.score, scores));

  const bar = colors ? drawColorBar(colors, options.score, 110) : null;
  const room = bar ? 130 : 0;
  const points = lines.flatMap((line, trial) =>
    [...line.values, ...(line.score === null ? [] : [line.score])].map((value, x) => ({
      x,
      y: axes[x].placeOf(value),
      trial,
    })),
  );
  const strokeOf = ({ score, chosen }: ParallelLine): string =>
    chosen ? CHOSEN : score === null || !colors ? GREY : colors.colorOf(score);
  const mark = (chosen: boolean) =>
    Plot.line(
      points.filter(({ trial }) => lines[trial].chosen === chosen),
      {
        x: "x",
        y: "y",
        z: "trial",
        stroke: ({ trial }: { trial: number }) => strokeOf(lines[trial]),
        strokeWidth: chosen ? 3 : 1.2,
        strokeOpacity: chosen ? 1 : 0.75,
        strokeLinejoin: "round",
      },
    );
  const ticks = axes.flatMap((axis, x) => axis.ticks.map((tick) => ({ x, y: tick.place, text: tick.text })));
  const last = axes.length - 1;
  const plot = plotAt(0, top.height, {
    width: width - room,
    height: height - top.height,
    marginLeft: MARGIN + 64,
    marginRight: 64,
    marginTop: 34,
    marginBottom: 18,
    x: { domain: [0, Math.max(1, last)], axis: null },
    y: { domain: [0, 1], axis: null },
    color: { type: "identity" },
    marks: [
      Plot.ruleX(
        axes.map((_, x) => x),
        { stroke: "#666666", strokeWidth: 1 },
      ),
      mark(false),
      mark(true),
      Plot.text(ticks, {
        x: "x",
        y: "y",
        text: "text",
        dx: -6,
        textAnchor: "end",
        fontSize: 10,
        fill: INK,
        stroke: "#FFFFFF",
      }),
      Plot.text(
        axes.map(({ name }, x) => ({ x, name: fitText(name, 11, 124, true) })),
        { x: "x", y: 1, text: "name", dy: -18, fontSize: 11, fontWeight: "bold" },
      ),
    ],
  });
  const legend = bar
    ? node("g", { transform: `translate(${width - room},${top.height + 20})`, "font-size": 11 }, ...bar.nodes)
    : null;
  const description = `${lines.length} trials by ${[...names, options.score].join(", ")}.`;
  return writeSvg({ title, description, width, height }, top.node, plot, legend);
}

function axisOf(name: string, values: readonly (number | string)[]): Axis {
  const numbers = values.filter((value): value is number => typeof value === "number");
  const distinct = [...new Set(values)];
  if (numbers.length < values.length || distinct.length < 2) {
    const shown = distinct.slice(0, LARGEST);
    const placeOf = (value: number | string) =>
      shown.length < 2 ? 0.5 : Math.max(0, shown.indexOf(value)) / (shown.length - 1);
    return {
      name,
      placeOf,
      ticks: shown.map((value) => ({ place: placeOf(value), text: fitText(tickText(value), 10, 60) })),
    };
  }
  const sorted = (distinct as number[]).sort((a, b) => a - b);
  const isLog = sorted[0] > 0 && sorted[sorted.length - 1] >= TIMES * sorted[0];
  const own = isLog ? Math.log : (value: number) => value;
  const [low, high] = [own(sorted[0]), own(sorted[sorted.length - 1])];
  const placeOf = (value: number | string) => (own(Number(value)) - low) / (high - low);
  const even = Array.from({ length: 5 }, (_, step) => low + (step / 4) * (high - low));
  const ticks = sorted.length <= 6 ? sorted : even.map((value) => (isLog ? Math.exp(value) : value));
  return { name, placeOf, ticks: ticks.map((value) => ({ place: placeOf(value), text: tickText(value) })) };
}

const tickText = (value: number | string): string =>
  typeof value === "string"
    ? value
    : value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)
      ? value.toExponential(decimalsOf(value)).replace("e+", "e")
      : String(Number(value.toPrecision(3)));

/** Digits behind the point of 2e-5, and of 2.5e-5. */
const decimalsOf = (value: number): number => (/^\d\.0*e/.test(value.toExponential(1)) ? 0 : 1);
