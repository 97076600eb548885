/** Metrics as they are asked for, against all of them filtered here. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type MetricsKey, readLatestMetrics, readMetrics } from "../../../src/runs/follow/metrics.js";
import type { Metric, Split } from "../../../src/store/generated/client.js";
import type { Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";
import { seedBase, seedDataset } from "../../support/run-fixtures.js";

let store: Store;
const metrics = new Map<string, Metric[]>();

beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  const datasetId = await seedDataset(store);
  const { id: baseModelId } = await store.prisma.model.findFirstOrThrow({ where: { name: "base" } });
  for (const [id, steps] of [
    ["long", 60],
    ["short", 7],
    ["empty", 0],
  ] as const) {
    const ids = { id, name: id, inputHash: id, datasetId, baseModelId };
    await store.prisma.run.create({ data: { ...ids, kind: "FINETUNE", input: {} } });
    const rows: Omit<Metric, "at" | "sequence">[] = [];
    for (let step = 1; step <= steps; step++) {
      const one = (split: Split, name: string) =>
        rows.push({ runId: id, step, epoch: step / 10, split, name, value: step });
      for (const name of ["loss", "learningRate"]) one("TRAIN", name);
      if (step % 5 === 0) for (const name of ["loss", "accuracy"]) one("VALIDATION", name);
    }
    await store.prisma.metric.createMany({ data: rows.map((row, n) => ({ ...row, sequence: n + 1 })) });
    metrics.set(id, await store.prisma.metric.findMany({ where: { runId: id }, orderBy: { sequence: "asc" } }));
  }
});
afterAll(() => store.close());

it("are those of the run, split and name after the cursor, in their order", async () => {
  const keys: MetricsKey[] = [];
  for (const runId of ["long", "short", "empty", "nobody"])
    for (const split of [null, "TRAIN", "VALIDATION", "TEST"] as const)
      for (const name of [null, "loss", "accuracy", "none"])
        for (const after of [0, 13, 500])
          for (const first of [1, 10, 10_000]) keys.push({ runId, split, name, after, first });
  const found = await readMetrics(store, keys);
  keys.forEach(({ runId, split, name, after, first }, place) => {
    const expected = (metrics.get(runId) ?? [])
      .filter((row) => row.sequence > after && row.split === (split ?? row.split) && row.name === (name ?? row.name))
      .slice(0, first);
    expect(found[place].map(({ sequence }) => sequence)).toEqual(expected.map(({ sequence }) => sequence));
    expect(found[place]).toMatchObject(expected);
  });
});

it("have a last one of each split and name", async () => {
  const [long, none, short] = await readLatestMetrics(store, ["long", "empty", "short"]);
  const shown = (rows: Metric[]) => rows.map(({ split, name, step }) => [split, name, step]);
  expect(shown(long)).toEqual([
    ["TRAIN", "learningRate", 60],
    ["TRAIN", "loss", 60],
    ["VALIDATION", "accuracy", 60],
    ["VALIDATION", "loss", 60],
  ]);
  expect(shown(short).map(([, , step]) => step)).toEqual([7, 7, 5, 5]);
  expect(none).toEqual([]);
});
