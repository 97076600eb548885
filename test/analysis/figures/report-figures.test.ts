/**
 * Figures of reports: every curve is drawn and named with its area, text is escaped, what cannot be drawn is refused.
 */
import { SaxesParser } from "saxes";
import { describe, expect, it } from "vitest";
import type { LabelCurve } from "../../../src/analysis/evaluation/report.js";
import { calibrationFigure, operatingFigure, pairsFigure } from "../../../src/analysis/figures/index.js";
import { MOST_CURVES } from "../../../src/analysis/figures/operating.js";
import type { MaillardError } from "../../../src/errors.js";

/** Strict XML 1.0; throws on anything else. Answers the seen texts, and the strokes with their dashes of each tag. */
function parse(svg: string) {
  const texts: string[] = [];
  const strokes: { tag: string; look: string }[] = [];
  const stack: string[] = [];
  let circles = 0;
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    stack.push(name);
    const { stroke, "stroke-dasharray": dash = "" } = attributes as Record<string, string>;
    if (stroke) strokes.push({ tag: name, look: `${stroke} ${dash}` });
    if (name === "circle") circles++;
  });
  parser.on("closetag", () => stack.pop());
  parser.on("text", (text) => {
    if (stack.at(-1) === "text") texts.push(text);
  });
  parser.write(svg).close();
  return { texts, strokes, circles };
}
const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as MaillardError).code;
  }
  return "no error";
};
const curve = (label: string, positives: number, area: number): LabelCurve => ({
  label,
  positives,
  measured: 100,
  rocAuc: area,
  averagePrecision: area / 2,
  roc: [
    [0, 0],
    [1 - area, area],
    [1, 1],
  ],
  precisionRecall: [
    [0, 1],
    [1, positives / 100],
  ],
});
const hostile = `<script>alert("1")</script> & 'x' ]]>`;

describe("ROC and precision-recall curves", () => {
  it("are in the legend by frequency, each with its area and its own colour and dashes", () => {
    const curves = [curve("rare", 3, 0.7), curve("frequent", 60, 0.912345), curve(hostile, 20, 0.8)];
    const { texts, strokes } = parse(operatingFigure("ROC", curves, { title: hostile, subtitle: "Each class." }));
    const legend = texts.slice(texts.indexOf("area"));
    expect(legend.filter((text) => /^0\.\d{3}$/.test(text))).toEqual(["0.912", "0.800", "0.700"]);
    expect(legend.indexOf("frequent")).toBeLessThan(legend.indexOf("rare"));
    expect(texts).toContain("true positive rate");
    expect(new Set(strokes.filter(({ tag }) => tag === "line").map(({ look }) => look)).size).toBeGreaterThanOrEqual(3);
    const recall = parse(operatingFigure("PRECISION_RECALL", curves, { title: "Recall" }));
    expect(recall.texts.filter((text) => /^0\.\d{3}$/.test(text))).toEqual(["0.456", "0.400", "0.350"]);
  });

  it("beyond 16 are the most frequent, no two alike, as the subtitle says", () => {
    const curves = Array.from({ length: 20 }, (_, i) => curve(`class ${i}`, 100 - i, 0.9));
    const svg = operatingFigure("ROC", curves, { title: "Many" });
    const { texts } = parse(svg);
    expect(texts).toContain("The 16 most frequent of 20.");
    expect(texts.filter((text) => text.startsWith("class "))).toHaveLength(MOST_CURVES);
    expect(texts).not.toContain("class 16");
    const looks = [...svg.matchAll(/<line x1="4"[^>]*stroke="(#\w+)"[^>]*?(?:stroke-dasharray="([^"]*)")?\/>/g)];
    expect(looks).toHaveLength(16);
    expect(new Set(looks.map(([, color, dash]) => `${color} ${dash}`)).size).toBe(16);
  });

  it("that are not defined are left out; without any, or in too small a figure, drawing is refused", () => {
    const nothing = { ...curve("nothing", 0, 0.5), roc: null, rocAuc: null };
    expect(parse(operatingFigure("ROC", [nothing, curve("b", 5, 0.6)], { title: "One" })).texts).not.toContain(
      "nothing",
    );
    expect(codeOf(() => operatingFigure("ROC", [nothing], { title: "None" }))).toBe("EMPTY_INPUT");
    expect(codeOf(() => operatingFigure("ROC", [curve("b", 5, 0.6)], { title: "", width: 100 }))).toBe("BAD_INPUT");
  });
});

describe("the calibration curve", () => {
  const bin = (index: number, count: number, accuracy: number) => ({
    from: index / 15,
    to: (index + 1) / 15,
    count,
    ...(count === 0 ? { confidence: null, accuracy: null } : { confidence: (index + 0.5) / 15, accuracy }),
  });
  it("has a point for each bin that is not empty, and their counts below", () => {
    const bins = Array.from({ length: 15 }, (_, i) => bin(i, i % 4 === 0 ? 0 : 10 * i, i / 15));
    const svg = calibrationFigure(bins, { title: "Calibration" });
    expect(parse(svg).circles).toBe(bins.filter(({ count }) => count > 0).length);
    expect(parse(svg).texts).toEqual(expect.arrayContaining(["mean confidence", "share that was right", "answers"]));
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(calibrationFigure(bins, { title: "Calibration" })).toBe(svg);
    expect(codeOf(() => calibrationFigure([bin(0, 0, 0)], { title: "" }))).toBe("EMPTY_INPUT");
  });
});

describe("predicted against true values", () => {
  it("are a panel for each target, six at most, a point for each pair", () => {
    const pairs = (targets: number) =>
      Array.from({ length: 40 * targets }, (_, i) => ({ label: `target ${i % targets}`, truth: i, predicted: i + 1 }));
    const { texts, circles } = parse(pairsFigure(pairs(2), { title: "Pairs" }));
    expect(circles).toBe(80);
    expect(texts).toEqual(expect.arrayContaining(["target 0", "target 1", "true", "predicted"]));
    const many = parse(pairsFigure(pairs(8), { title: "Pairs" }));
    expect(many.texts).toContain("The first 6 of 8 targets.");
    expect(many.circles).toBe(240);
    const single = pairsFigure([{ label: "x", truth: 2, predicted: 2 }], { title: "One" });
    expect(single).not.toMatch(/NaN|undefined|Infinity/);
    expect(codeOf(() => pairsFigure([], { title: "" }))).toBe("EMPTY_INPUT");
  });
});
