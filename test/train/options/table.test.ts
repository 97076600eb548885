/** The table of options: each row holds together, the engine keeps its bounds, and the docs have its line. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LORA_TARGETS } from "../../../src/model/lora.js";
import { optionCells, withOptionTable } from "../../../src/train/options/markdown.js";
import { resolveOptions } from "../../../src/train/options/option-rules.js";
import { SCHEDULES } from "../../../src/train/options/schedule.js";
import {
  accepts,
  type Domain,
  ENGINE_OPTIONS,
  engineView,
  OPTION_NAMES,
  OPTIONS,
  rowOf,
  ruleOf,
  SERVICE_OPTIONS,
  serviceView,
} from "../../../src/train/options/table.js";
import { formulaConfig } from "../../support/data/formula.js";
import { inside, outside } from "./option-values.js";

const context = { task: "SINGLE_LABEL", config: formulaConfig("bert"), validation: 10 } as const;

/** The options when identities of runs were first made of them. */
const FIRST = `
  epochs maxSteps batchSize gradientAccumulationSteps groupByLength learningRate lrSchedulerType warmupSteps
  warmupRatio weightDecay layerwiseLearningRateDecay adamBeta1 adamBeta2 adamEpsilon gradientClip
  labelSmoothingFactor classWeights maskProbability dropout hiddenDropout attentionDropout classifierDropout
  freezeEmbeddings frozenLayers lora evalSteps metricForBestModel loadBestModelAtEnd earlyStoppingPatience
  earlyStoppingThreshold temperatureScaling saveTotalLimit seed logEvery checkpointEvery threads
`
  .trim()
  .split(/\s+/);

describe("a row", () => {
  it.each(OPTION_NAMES)("%s has sentences, a default that keeps its rule, and words for null", (name) => {
    const { what, reason, unit } = rowOf(name);
    expect([what, reason].every((text) => /^\S.+\.$/.test(text))).toBe(true);
    expect(unit).not.toBe("");
    const views = [
      ...ENGINE_OPTIONS.filter((option) => option === name).map(engineView),
      ...SERVICE_OPTIONS.filter((option) => option === name).map(serviceView),
    ];
    expect(views).not.toEqual([]);
    for (const view of views) {
      expect(accepts(view, view.default)).toBe(true);
      if (view.nullable) expect(view.nullMeans).toBeDefined();
      if (view.type === "object")
        for (const part of Object.values(view.parts)) expect(accepts(part, part.default)).toBe(true);
    }
  });

  it("never changes its place among the first ones, and a later one leaves earlier identities as they were", () => {
    expect(ENGINE_OPTIONS.filter((name) => FIRST.includes(name))).toEqual(FIRST);
    const later = ENGINE_OPTIONS.filter((name) => !FIRST.includes(name));
    expect(later.filter((name) => rowOf(name).identity === undefined)).toEqual([]);
  });

  it("names the schedules that there are, and the layers that can be adapted", () => {
    expect(Object.keys(OPTIONS.lrSchedulerType.engine.values)).toEqual(Object.keys(SCHEDULES));
    expect(Object.keys(OPTIONS.lora.engine.parts.targets.values)).toEqual(LORA_TARGETS);
  });
});

describe("the engine", () => {
  it.each(ENGINE_OPTIONS)("takes %s at its bounds, and refuses it just outside with its rule", (name) => {
    const view = engineView(name);
    for (const value of inside(view))
      expect(resolveOptions({ [name]: value }, context)).toMatchObject(value === null ? {} : { [name]: value });
    expect(outside(view)).not.toEqual([]);
    for (const value of outside(view))
      expect(() => resolveOptions({ [name]: value }, context)).toThrow(
        expect.objectContaining({
          code: "INVALID_CONFIG",
          param: name,
          message: expect.stringContaining(`it must be: ${ruleOf(view)}.`),
        }),
      );
  });
});

it("words the rule of every kind of domain", () => {
  const rules: [Domain, string][] = [
    [{ type: "int", min: 1 }, "a whole number from 1"],
    [{ type: "int", min: 1, max: 9, nullable: true }, "null or a whole number from 1 to 9"],
    [{ type: "float", min: 0, above: true, max: 1 }, "a number above 0 and at most 1"],
    [{ type: "float", min: 0, max: 1, below: true }, "a number of at least 0 and below 1"],
    [{ type: "float", min: 0, note: "0 is off" }, "a number from 0; 0 is off"],
    [{ type: "enum", values: { a: "", b: "", c: "" } }, "a, b or c"],
    [{ type: "list", values: { a: "", b: "" } }, "one or several out of a, b"],
    [{ type: "text", rule: "a name" }, "a name"],
    [{ type: "boolean" }, "true or false"],
  ];
  for (const [domain, rule] of rules) expect(ruleOf(domain)).toBe(rule);
  expect(ruleOf(engineView("lora"))).toMatch(/^null or rank from 1, alpha above 0 and targets out of query, key/);
});

describe("docs/training.md", () => {
  const document = readFileSync(join(import.meta.dirname, "../../../docs/training.md"), "utf8");

  it("has the table as it is now (npm run generate)", () => {
    expect(withOptionTable(document)).toBe(document);
    expect(() => withOptionTable("# A text without the markers")).toThrow(/lacks the two lines/);
  });

  it.each(OPTION_NAMES)("has %s with its rule, default and flag", (name) => {
    const cells = optionCells(name);
    const view = rowOf(name).service === null ? engineView(name as "threads") : serviceView(name as "seed");
    expect(document).toContain(`| ${cells.join(" | ")} |`);
    expect(cells[0]).toBe(`\`${name}\``);
    expect(cells[1]).toContain(rowOf(name).flag ?? (view.type === "object" ? "--" : "service"));
    expect(cells[2]).toContain(String(view.default));
    expect(cells[3]).toBe(ruleOf(view));
  });
});
