/** What is recorded is told exactly: sums, buckets that add up, and nothing of a source that fails. */
import { describe, expect, it } from "vitest";
import { METRICS } from "../../src/observe/definitions.js";
import { Exposition } from "../../src/observe/exposition.js";
import { Histogram } from "../../src/observe/histogram.js";
import { recorder } from "../../src/observe/recorder.js";
import { requestIdOf } from "../../src/observe/request-id.js";
import { stage } from "../../src/observe/stages.js";
import { samples, value } from "../support/peers/metrics.js";

const text = async () => (await new Exposition().text()).text;

describe("the recorder", () => {
  it("adds up counts by labels, and puts values into buckets that contain the ones below", async () => {
    const labels = ["query", "predict", "OK"];
    recorder.count("maillard_operations_total", labels);
    recorder.count("maillard_operations_total", labels, 2);
    recorder.count("maillard_operations_total", ["query", "predict", "OVERLOADED"]);
    for (const seconds of [0.0005, 0.001, 0.3, 99])
      recorder.observe("maillard_operation_seconds", ["query", "predict"], seconds);
    const told = await text();
    const named = { kind: "query", field: "predict" };
    expect(value(told, "maillard_operations_total", { ...named, code: "OK" })).toBe(3);
    expect(value(told, "maillard_operations_total", { ...named, code: "OVERLOADED" })).toBe(1);
    const bucket = (le: string) => value(told, "maillard_operation_seconds_bucket", { ...named, le });
    expect([bucket("0.001"), bucket("0.25"), bucket("0.5"), bucket("60"), bucket("+Inf")]).toEqual([2, 2, 3, 3, 4]);
    expect(value(told, "maillard_operation_seconds_count", named)).toBe(4);
    expect(value(told, "maillard_operation_seconds_sum", named)).toBeCloseTo(99.3015, 9);
  });

  it("counts what runs, also when it fails, and times both", async () => {
    let end = (): void => undefined;
    const waiting = stage("tokenize", () => new Promise<void>((resolve) => (end = resolve)));
    expect(value(await text(), "maillard_stage_running", { stage: "tokenize" })).toBe(1);
    end();
    await waiting;
    await expect(stage("tokenize", async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    const told = await text();
    expect(value(told, "maillard_stage_running", { stage: "tokenize" })).toBe(0);
    expect(value(told, "maillard_stage_seconds_count", { stage: "tokenize" })).toBe(2);
  });
});

describe("the exposition", () => {
  it("asks its sources each time, leaves out those that fail or were removed, and repeats no series", async () => {
    const exposition = new Exposition();
    let asked = 0;
    exposition.add(() => {
      throw new Error("this source is broken");
    });
    exposition.add(async () => Promise.reject(new Error("this one, too")));
    const remove = exposition.add(() => [{ name: "maillard_streams", labels: [], value: ++asked }]);
    expect(value((await exposition.text()).text, "maillard_streams")).toBe(1);
    const { text: second } = await exposition.text();
    expect(value(second, "maillard_streams")).toBe(2);
    remove();
    expect(value((await exposition.text()).text, "maillard_streams")).toBeUndefined();
    const series = samples(second).map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`);
    expect(series.length).toBeGreaterThan(50);
    expect(new Set(series).size).toBe(series.length);
  });

  it("has names and labels as Prometheus wants them", () => {
    for (const [name, { type, labels, help }] of Object.entries(METRICS)) {
      expect(name).toMatch(/^maillard_[a-z_]+$/);
      expect(name.endsWith("_total")).toBe(type === "counter");
      for (const label of labels) expect(label).toMatch(/^[a-z]+$/);
      expect(help).toMatch(/^[^\n|]+\.$|…$/);
    }
  });
});

it("a histogram counts a value at its bound below it, and what is above all bounds", () => {
  const histogram = new Histogram([1, 2]);
  for (const one of [0, 1, 1.5, 2, 3]) histogram.observe(one);
  expect(histogram.snapshot()).toEqual({ bounds: [1, 2], counts: [2, 2, 1], count: 5, sum: 7.5 });
});

it("a request id is kept where it is plain", () => {
  expect(requestIdOf("a-1.B:c_d")).toBe("a-1.B:c_d");
  for (const given of [undefined, ["a", "b"], "", "ä", "a,b", "{}", "x".repeat(129)])
    expect(requestIdOf(given)).toMatch(/^[\da-f-]{36}$/);
});
