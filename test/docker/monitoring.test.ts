/**
 * The dashboard and the alerts name metrics and labels that /metrics has, and every metric is shown by one of them.
 * Their PromQL was checked with promtool 2.42, which is no package of npm.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { METRICS } from "../../src/observe/definitions.js";
import { Exposition } from "../../src/observe/exposition.js";
import { RUN_NEWS } from "../../src/runs/queue/news.js";

const FOLDER = join(import.meta.dirname, "..", "..", "docker", "monitoring");
const read = (name: string): string => readFileSync(join(FOLDER, name), "utf8");

interface Panel {
  id: number;
  type: string;
  title: string;
  targets?: { expr: string; legendFormat: string }[];
}
interface Rule {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

const dashboard = JSON.parse(read("dashboard.json")) as { panels: Panel[] };
const rules = (parse(read("alerts.yml")) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const expressions = [
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...rules.map(({ expr }) => expr),
];

/** Names of metrics as they stand in an expression, with the labels that it selects by. */
const named = (expr: string): { name: string; labels: string[] }[] =>
  [...expr.matchAll(/\b((?:maillard|nodejs|process)_\w+|up)\b(?:\{([^}]*)\})?/g)].map(([, name, selector = ""]) => ({
    name,
    labels: [...selector.matchAll(/(\w+)\s*(?:=~|!=|=)/g)].map(([, label]) => label),
  }));

/** Those that Prometheus adds to every series. */
const ADDED = ["instance", "job"];
const known = new Map<string, readonly string[]>([["up", []]]);
for (const [name, { type, labels }] of Object.entries(METRICS)) {
  if (type !== "histogram") known.set(name, labels);
  else for (const part of ["bucket", "sum", "count"]) known.set(`${name}_${part}`, labels);
}

beforeAll(async () => {
  const { text } = await new Exposition().text();
  for (const [, name] of text.matchAll(/^# TYPE ((?:nodejs|process)_\w+) /gm)) known.set(name, []);
});

describe("the dashboard and the alerts", () => {
  it("name metrics that there are, by labels that they have", () => {
    const all = expressions.flatMap(named);
    expect(all.length).toBeGreaterThan(50);
    expect(all.filter(({ name }) => !known.has(name)).map(({ name }) => name)).toEqual([]);
    const foreign = all.flatMap(({ name, labels }) =>
      labels
        .filter((label) => !ADDED.includes(label) && !known.get(name)?.includes(label))
        .map((label) => [name, label]),
    );
    expect(foreign).toEqual([]);
  });

  it("leave no metric out", () => {
    const used = new Set(expressions.flatMap(named).map(({ name }) => name.replace(/_(bucket|sum|count)$/, "")));
    expect(Object.keys(METRICS).filter((name) => !used.has(name))).toEqual([]);
  });

  it("group and label by labels that the metric has", () => {
    for (const expr of expressions) {
      const labels = new Set(named(expr).flatMap(({ name }) => known.get(name) ?? []));
      for (const [, list] of expr.matchAll(/\bby \(([^)]*)\)/g))
        for (const label of list.split(", ")) expect([...labels, ...ADDED, "le"], expr).toContain(label);
      const depth = [...expr].reduce((sum, one) => sum + ("([{".includes(one) ? 1 : ")]}".includes(one) ? -1 : 0), 0);
      expect(depth, expr).toBe(0);
    }
    for (const { targets = [] } of dashboard.panels)
      for (const { expr, legendFormat } of targets)
        for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
          expect(expr).toMatch(new RegExp(`\\b${label}\\b|up|instance`));
  });

  it("select events of runs that there are", () => {
    const events = expressions.flatMap((expr) => [...expr.matchAll(/\bevent="(\w+)"/g)].map(([, event]) => event));
    expect(events.length).toBeGreaterThan(2);
    expect(events.filter((event) => !Object.hasOwn(RUN_NEWS, event))).toEqual([]);
  });
});

it("each panel has an id of its own, a title, and something to show", () => {
  const ids = dashboard.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const empty = dashboard.panels.filter(
    ({ type, title, targets = [] }) => !title || (type !== "row" && targets.length === 0),
  );
  expect(empty).toEqual([]);
});

it("each alert has a name of its own, a severity, and says what to do", () => {
  const names = rules.map(({ alert }) => alert);
  expect(names.length).toBeGreaterThan(10);
  expect(new Set(names).size).toBe(names.length);
  for (const { alert, labels, annotations } of rules) {
    expect(alert).toMatch(/^Maillard[A-Z]\w+$/);
    expect(["critical", "warning"]).toContain(labels.severity);
    for (const text of [annotations.summary, annotations.description]) expect(text.length).toBeGreaterThan(20);
  }
});
