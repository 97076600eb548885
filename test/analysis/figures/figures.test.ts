/** Figures: every point is drawn, text is escaped and fits, the file is strict XML, small, and the same every time. */
import { SaxesParser } from "saxes";
import { describe, expect, it } from "vitest";
import { colorScale } from "../../../src/analysis/figures/color-scale.js";
import {
  componentAxis,
  confusionFigure,
  curvesFigure,
  type ScatterPoint,
  scatterFigure,
} from "../../../src/analysis/figures/index.js";
import { COLORS, DASHES, SHAPES, styleClasses } from "../../../src/analysis/figures/palette.js";
import { fitText, formatCount, textWidth, wrapText } from "../../../src/analysis/figures/text.js";
import type { MaillardError } from "../../../src/errors.js";
import type { EvaluationReport } from "../../../src/scores/types.js";
import { cpuTime } from "../../support/machine/cpu-time.js";

interface Parsed {
  count: (tag: string, has?: Record<string, string>) => number;
  attributes: (tag: string, name: string) => string[];
  /** Visible text, without <title> and <desc>. */
  texts: string[];
  titles: string[];
  root: Record<string, string>;
}

/** Strict XML 1.0; throws on anything else. */
function parse(svg: string): Parsed {
  const elements: { tag: string; attributes: Record<string, string> }[] = [];
  const stack: string[] = [];
  const texts: string[] = [];
  const titles: string[] = [];
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", (tag) => {
    elements.push({ tag: tag.name, attributes: tag.attributes as Record<string, string> });
    stack.push(tag.name);
  });
  parser.on("closetag", () => stack.pop());
  parser.on("text", (text) => {
    if (stack[stack.length - 1] === "title") titles.push(text);
    else if (stack[stack.length - 1] === "text") texts.push(text);
  });
  parser.write(svg).close();
  return {
    count: (tag, has = {}) =>
      elements.filter((e) => e.tag === tag && Object.entries(has).every(([k, v]) => e.attributes[k] === v)).length,
    attributes: (tag, name) =>
      elements.filter((e) => e.tag === tag && name in e.attributes).map((e) => e.attributes[name]),
    texts,
    titles,
    root: elements[0].attributes,
  };
}

const cloud = (count: number, classes: number, extra: Partial<ScatterPoint> = {}): ScatterPoint[] =>
  Array.from({ length: count }, (_, i) => ({
    x: 3 * Math.sin(i * 1.7),
    y: Math.cos(i * 0.9),
    label: `class ${i % classes}`,
    title: `compound ${i}`,
    ...extra,
  }));
const axes = { x: componentAxis(1, 0.34216), y: componentAxis(2, 0.118) };
const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as MaillardError).code;
  }
  return "no error";
};
const hostile = `<script>alert("1")</script> & 'x' \u0000\u0008\ud800 ]]> &amp;`;

describe("scatter", () => {
  it("draws one mark per point and one per legend row, and names the axes with their share of the variance", () => {
    const svg = parse(scatterFigure({ title: "Sample", points: cloud(300, 5), axes }));
    expect(svg.titles.filter((t) => t.startsWith("compound "))).toHaveLength(300);
    const fewer = parse(scatterFigure({ title: "Sample", points: cloud(250, 5), axes }));
    expect(svg.count("path") - fewer.count("path")).toBe(50);
    expect(svg.texts).toContain("PC 1 (34.2 % of variance)");
    expect(svg.texts).toContain("PC 2 (11.8 % of variance)");
    for (let c = 0; c < 5; c++) expect(svg.texts).toContain(`class ${c}`);
    expect(svg.texts.filter((t) => t === "60")).toHaveLength(5);
  });

  it("draws numbers on a continuous scale with a colour bar, logarithmic from a hundredfold range on", () => {
    const numbers = (values: (number | null)[]) =>
      values.map((number, i) => ({ x: i, y: i % 3, label: null, number, title: `compound ${i}` }));
    const linear = parse(scatterFigure({ title: "t", points: numbers([1, 20, 50, 99]), axes, legend: "mass" }));
    expect(linear.texts).toContain("mass");
    for (const tick of ["20", "40", "60", "80"]) expect(linear.texts).toContain(tick);
    // Four points of four numbers have four colours; the legend has no classes.
    const colors = [1, 20, 50, 99].map(colorScale([1, 99]).colorOf);
    expect(new Set(colors).size).toBe(4);
    expect(linear.attributes("path", "fill")).toEqual(colors);
    expect(linear.texts).not.toContain("unlabelled");

    const log = parse(scatterFigure({ title: "t", points: numbers([1e-9, 1e-7, null, 1e-3]), axes, legend: "ic50" }));
    expect(log.texts).toContain("ic50 (log scale)");
    for (const decade of ["1e-9", "1e-7", "1e-5", "0.001"]) expect(log.texts).toContain(decade);
    expect(log.texts).toContain("unlabelled");
    // The same distance in decades is the same distance in colour.
    const { colorOf, type } = colorScale([1, 10_000]);
    expect(type).toBe("log");
    expect(colorOf(100)).toBe(colorScale([0, 1]).colorOf(0.5));
    // No decades below zero, and one number alone has a colour, too.
    expect(colorScale([-1, 1000]).type).toBe("linear");
    expect(colorScale([5]).domain).toEqual([4.5, 5.5]);
    expect(codeOf(() => scatterFigure({ title: "t", points: numbers([1, Number.NaN]), axes }))).toBe("BAD_INPUT");
  });

  it("is self-contained: namespace, viewBox, white background, no style sheet, script, link or font name", () => {
    const text = scatterFigure({ title: "Sample", points: cloud(30, 3), axes });
    const svg = parse(text);
    expect(svg.root.xmlns).toBe("http://www.w3.org/2000/svg");
    expect(svg.root.viewBox).toBe("0 0 760 520");
    expect(svg.root["font-family"]).toBe("sans-serif");
    expect(svg.count("rect", { fill: "#FFFFFF", width: "760", height: "520" })).toBe(1);
    for (const tag of ["style", "script", "image", "foreignObject", "a"]) expect(svg.count(tag)).toBe(0);
    expect(text).not.toMatch(/class="|href|url\(/);
  });

  it("marks the split: training points open, validation half filled, test filled, each with its count", () => {
    const points = [
      ...cloud(40, 2, { marker: "TRAIN" }),
      ...cloud(7, 2, { marker: "VALIDATION" }),
      ...cloud(9, 2, { marker: "TEST" }),
    ];
    const svg = parse(scatterFigure({ title: "Split", points, axes }));
    for (const text of ["train", "40", "validation", "7", "test", "9", "split"]) expect(svg.texts).toContain(text);
    expect(
      parse(scatterFigure({ title: "One split", points: cloud(9, 2, { marker: "TEST" }), axes })).texts,
    ).not.toContain("split");
  });

  it("of more than 10,000 points draws 10,000, all of a rare class, and counts all", () => {
    const points = cloud(19_980, 1).concat(cloud(25, 1).map((point) => ({ ...point, label: "rare", title: "rare" })));
    const all = parse(scatterFigure({ title: "Large", points, axes }));
    const drawn = all.titles.filter((title) => /^(compound|rare)/.test(title)).length;
    expect(all.titles.filter((title) => title === "rare")).toHaveLength(25);
    expect(drawn).toBeGreaterThan(9_950);
    expect(drawn).toBeLessThan(10_050);
    for (const text of ["19,980", "25"]) expect(all.texts).toContain(text);
    expect(all.texts.join(" ")).toContain(`${formatCount(drawn)} of 20,005 points drawn`);
  });

  it("gives every class a colour and shape of its own, and classes beyond 20 one bucket", () => {
    const labels = (classes: number) =>
      Array.from(
        { length: classes * (classes + 1) },
        (_, i) => `c${Math.floor((Math.sqrt(8 * (i % ((classes * (classes + 1)) / 2)) + 1) - 1) / 2)}`,
      );
    const eight = styleClasses(labels(8)).classes;
    expect(new Set(eight.map((c) => c.color)).size).toBe(8);
    expect(new Set(eight.map((c) => c.symbol)).size).toBe(8);
    const twenty = styleClasses(labels(20)).classes;
    expect(twenty).toHaveLength(20);
    expect(new Set(twenty.map((c) => `${c.color} ${SHAPES.indexOf(c.symbol as never)}`)).size).toBe(20);
    const { classes, classOf } = styleClasses([...labels(26), null]);
    expect(classes).toHaveLength(21);
    expect(classes[19].name).toBe("other (7 classes)");
    expect(classes[19].count).toBe(2 * (1 + 2 + 3 + 4 + 5 + 6 + 7));
    expect(classes[20]).toMatchObject({ name: "unlabelled", count: 1 });
    expect(classOf[classOf.length - 1]).toBe(20);
    expect(new Set(COLORS).size).toBe(8);
    expect(new Set(DASHES).size).toBe(8);
  });

  it("keeps one unit as long on both axes where the panel allows", () => {
    const corners = (width: number, height: number) => {
      const points = [
        [0, 0],
        [width, 0],
        [0, height],
      ].map(([x, y], i) => ({ x, y, label: "a", title: `corner ${i}` }));
      const svg = scatterFigure({ title: "Corners", points, axes });
      const [origin, right, up] = [0, 1, 2].map((i) =>
        new RegExp(`translate\\(([\\d.]+),([\\d.]+)\\)"[^>]*><title>corner ${i}<`).exec(svg)!.slice(1).map(Number),
      );
      return { horizontal: right[0] - origin[0], vertical: origin[1] - up[1] };
    };
    const square = corners(10, 10);
    expect(square.horizontal).toBeCloseTo(square.vertical, 0);
    expect(square.vertical).toBeGreaterThan(300);
    const flat = corners(12, 10);
    expect(flat.horizontal / 12).toBeCloseTo(flat.vertical / 10, 0);
    // A line of points: the short axis still uses about half of its panel.
    const line = corners(1000, 1);
    expect(line.vertical).toBeGreaterThan(180);
  });

  it("escapes markup in title, labels, axes and tooltips", () => {
    const points = cloud(6, 2).map((p) => ({ ...p, label: hostile, title: hostile }));
    const svg = parse(
      scatterFigure({ title: hostile, subtitle: hostile, points, axes: { x: hostile, y: hostile }, legend: hostile }),
    );
    const seen = `<script>alert("1")</script> & 'x' \ufffd ]]> &amp;`;
    expect(svg.count("script")).toBe(0);
    expect(svg.texts.filter((t) => t === seen).length).toBeGreaterThanOrEqual(2);
    expect(svg.titles.filter((t) => t === seen).length).toBeGreaterThanOrEqual(6);
  });

  it("is the same every time, under 1 MB and 3 s of processor time for 2,000 points", () => {
    const options = { title: "Library", points: cloud(2000, 11), axes };
    const spent = cpuTime();
    const svg = scatterFigure(options);
    expect(spent()).toBeLessThan(3000);
    expect(svg.length).toBeLessThan(1_000_000);
    expect(scatterFigure(options)).toBe(svg);
    expect(svg).not.toMatch(/\d\.\d{3}/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("draws one point, equal points, huge and tiny values", () => {
    for (const points of [
      [{ x: 0, y: 0, label: null }],
      [
        { x: 2, y: 3, label: "a" },
        { x: 2, y: 3, label: "b" },
      ],
      [
        { x: 1e12, y: 1e-9, label: "a" },
        { x: -1e12, y: 2e-9, label: "a" },
      ],
    ]) {
      const svg = scatterFigure({ title: "Edge", points, axes });
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      parse(svg);
    }
  });

  it("refuses no points, points that are not finite, and figures that are too small", () => {
    expect(codeOf(() => scatterFigure({ title: "", points: [], axes }))).toBe("EMPTY_INPUT");
    expect(codeOf(() => scatterFigure({ title: "", points: [{ x: Number.NaN, y: 0, label: "a" }], axes }))).toBe(
      "BAD_INPUT",
    );
    expect(codeOf(() => scatterFigure({ title: "", points: cloud(3, 1), axes, width: 10 }))).toBe("BAD_INPUT");
  });
});

describe("curves", () => {
  const line = (count: number, slope: number) => Array.from({ length: count }, (_, i) => ({ x: i, y: 1 + slope * i }));
  const options = {
    title: "Finetuning",
    panels: [
      {
        heading: "a Loss",
        series: [
          { name: "train", points: line(100, -0.005) },
          { name: "validation", points: line(5, -0.1) },
        ],
        axes: { x: "step", y: "cross-entropy (nats)" },
      },
      {
        heading: "b Accuracy",
        series: [{ name: "accuracy", points: line(5, 0.1) }],
        axes: { x: "epoch", y: "accuracy" },
        yDomain: [0, 2] as [number, number],
      },
    ],
  };

  it("draws every series with a dash pattern of its own and its name beside it", () => {
    const svg = parse(curvesFigure(options));
    for (const text of [
      "train",
      "validation",
      "accuracy",
      "step",
      "epoch",
      "a Loss",
      "b Accuracy",
      "cross-entropy (nats)",
    ])
      expect(svg.texts).toContain(text);
    expect(svg.attributes("g", "stroke-dasharray")).toEqual([DASHES[1]]);
    // Points are marked in the two series of 5, not in the one of 100.
    expect(svg.count("circle")).toBe(10);
    expect(svg.root.viewBox).toBe("0 0 960 360");
    expect(curvesFigure(options)).toBe(curvesFigure(options));
  });

  it("smooths with a mean that keeps a straight line straight, and gives its window", () => {
    const single = {
      title: "t",
      series: [{ name: "train", points: line(50, 0) }],
      axes: { x: "step", y: "loss" },
      smoothing: 9,
    };
    const svg = parse(curvesFigure(single));
    expect(svg.texts).toContain("Thin: every value; bold: mean over 9 values.");
    const paths = svg.attributes("path", "d").filter((d) => d.split("L").length === 50);
    expect(paths).toHaveLength(2);
    expect(paths[0]).toBe(paths[1]);
  });

  it("keeps names apart where lines end together", () => {
    const series = ["a", "b", "c", "d"].map((name) => ({ name, points: line(4, 0.1) }));
    const svg = curvesFigure({ title: "t", series, axes: { x: "x", y: "y" } });
    const places = [..."abcd"].map((name) => Number(new RegExp(`y="([\\d.]+)"[^>]*>${name}</text>`).exec(svg)![1]));
    const sorted = places.sort((a, b) => a - b);
    for (let i = 1; i < 4; i++) expect(sorted[i] - sorted[i - 1]).toBeGreaterThanOrEqual(13.9);
  });

  it("a series keeps its colour in a panel that lacks the one before it", () => {
    const axes = { x: "x", y: "y" };
    const points = [
      { x: 0, y: 1 },
      { x: 1, y: 2 },
    ];
    const colorOf = (look?: number) =>
      /fill="(#[0-9A-F]{6})"[^>]*>second</.exec(
        curvesFigure({ title: "t", series: [{ name: "second", points, look }], axes }),
      )?.[1];
    expect([colorOf(), colorOf(1)]).toEqual([COLORS[0], COLORS[1]]);
  });

  it("leaves out points that are not finite and refuses a series without any", () => {
    const series = [
      {
        name: "s",
        points: [
          { x: 0, y: Number.NaN },
          { x: 1, y: 1 },
        ],
      },
    ];
    expect(curvesFigure({ title: "t", series, axes: { x: "x", y: "y" } })).not.toMatch(/NaN/);
    expect(codeOf(() => curvesFigure({ title: "t", series: [], axes: { x: "x", y: "y" } }))).toBe("EMPTY_INPUT");
    expect(
      codeOf(() => curvesFigure({ title: "t", series: [{ name: "s", points: [] }], axes: { x: "x", y: "y" } })),
    ).toBe("EMPTY_INPUT");
  });
});

describe("confusion matrix", () => {
  const report: EvaluationReport = {
    split: "TEST",
    count: 20,
    loss: 0.5,
    accuracy: 0.75,
    macroF1: 0.7,
    labels: ["Lipids & <lipid-like>", "Benzenoids", "Absent"],
    classes: [],
    confusionMatrix: [
      [10, 2, 0],
      [3, 5, 0],
      [0, 0, 0],
    ],
    baseline: { label: "Lipids & <lipid-like>", accuracy: 0.6, macroF1: 0.25 },
  };

  it("shows each count, support and recall, the scores and the baseline", () => {
    const svg = parse(confusionFigure(report));
    for (const text of [
      "10",
      "2",
      "3",
      "5",
      "83 %",
      "63 %",
      "Lipids & <lipid-like> (12)",
      "Benzenoids (8)",
      "Absent (0)",
    ])
      expect(svg.texts).toContain(text);
    expect(svg.texts.join(" ")).toContain("Accuracy 0.750, macro-F1 0.700, 20 molecules");
    expect(svg.count("rect", { stroke: "#FFFFFF" })).toBe(9);
    expect(svg.titles).toContain("Benzenoids predicted as Lipids & <lipid-like>: 3 of 8");
    expect(confusionFigure(report)).toBe(confusionFigure(report));
  });

  it("40 classes still fit: tinted cells without numbers", () => {
    const labels = Array.from(
      { length: 40 },
      (_, i) => `class ${i} with a very long name that does not fit anywhere at all`,
    );
    const confusionMatrix = labels.map((_, i) => labels.map((_, j) => (i === j ? 7 : 0)));
    const svg = parse(confusionFigure({ ...report, labels, confusionMatrix }));
    expect(svg.count("rect", { stroke: "#FFFFFF" })).toBe(1600);
    expect(svg.texts).not.toContain("7");
  });
});

describe("text", () => {
  it("fits, wraps and counts", () => {
    expect(fitText("short", 11, 200)).toBe("short");
    const cut = fitText("Nucleosides, nucleotides, and analogues", 11, 120);
    expect(cut.endsWith("…")).toBe(true);
    expect(textWidth(cut, 11)).toBeLessThanOrEqual(120);
    const lines = wrapText("one two three four five six seven eight nine ten eleven twelve", 12, 130, 2);
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(textWidth(line, 12)).toBeLessThanOrEqual(130);
    expect(wrapText("", 12, 100, 2)).toEqual([]);
    expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(["0", "999", "1,000", "1,234,567"]);
  });
});
