/**
 * kill -9 of a worker with a real compute pool: a probe is fitted again with the same result, a group's ensemble is
 * made once.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { PROBE_FILE } from "../../src/model/probe.js";
import { type Runs, startRuns } from "../../src/runs/index.js";
import type { Run } from "../../src/store/generated/client.js";
import type { Store } from "../../src/store/index.js";
import { createTestStore } from "../support/database.js";
import { FakeCompute } from "../support/fake-compute.js";
import { KilledWorkers } from "../support/processes/killed-workers.js";
import { ended, order, seedBase, seedDataset } from "../support/run-fixtures.js";

let store: Store;
let runs: Runs;
const workers = new KilledWorkers();
beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
  // This process only sends requests and reads.
  runs = await startRuns({ store, compute: new FakeCompute(), worker: false });
});
afterEach(() => workers.killAll());
afterAll(async () => {
  await runs?.close();
  await store?.close();
});

const killed = async (instruction: object) => expect(await workers.start(store, instruction).ended).toBe("SIGKILL");
const groupOf = (id: string) =>
  store.prisma.runGroup.findUniqueOrThrow({
    where: { id },
    include: { model: true, runs: { orderBy: { groupIndex: "asc" } } },
  });
const ensembles = () => store.prisma.model.count({ where: { composition: { path: ["kind"], equals: "ENSEMBLE" } } });
const stateOf = ({ status, attempt, modelId }: Run) => ({ status, attempt, made: modelId !== null });

let groupId: string;

it("a worker killed while it ends the last run of a group, and again right after, leaves one ensemble", async () => {
  const finetune = order({ name: "group", maxSteps: 2, dropout: 0 });
  ({ id: groupId } = await runs.startRepeats({ finetune, seeds: [1, 2], ensemble: true }));
  // The model of the second run and the ensemble are written, and not committed.
  await killed({ event: "committing", nth: 2 });
  const before = await groupOf(groupId);
  expect(before.runs.map(stateOf)).toEqual([
    { status: "SUCCEEDED", attempt: 1, made: true },
    { status: "RUNNING", attempt: 1, made: false },
  ]);
  expect([before.modelId, await ensembles()]).toEqual([null, 0]);

  await killed({ event: "committed", nth: 1 });
  const after = await groupOf(groupId);
  expect(after.runs.map(stateOf)).toEqual([
    { status: "SUCCEEDED", attempt: 1, made: true },
    { status: "SUCCEEDED", attempt: 2, made: true },
  ]);
  expect(after.model).toMatchObject({
    name: "group",
    composition: { kind: "ENSEMBLE", members: after.runs.map(({ modelId }) => modelId) },
  });
  expect(await ensembles()).toBe(1);
});

it("a probe whose worker is killed in the fit, and again when it is scored, equals an uninterrupted one", async () => {
  const asked = (name: string) => {
    const {
      recipe: _recipe,
      epochs: _epochs,
      batchSize: _batchSize,
      ...rest
    } = order({ name, inverseRegularization: [0.1, 1, 10] });
    return rest;
  };
  const { id } = await runs.startProbe(asked("killed"));
  const evaluations = (runId: string) =>
    store.prisma.evaluation.findMany({ where: { runId }, orderBy: { split: "asc" }, select: { report: true } });
  await killed({ event: "fitting" });
  expect(await evaluations(id)).toEqual([]);
  await killed({ event: "scored" });
  expect(await evaluations(id)).toHaveLength(2);
  expect(stateOf(await store.prisma.run.findUniqueOrThrow({ where: { id } }))).toEqual({
    status: "RUNNING",
    attempt: 2,
    made: false,
  });

  const worker = workers.start(store);
  const run = await ended(runs, id);
  const whole = await ended(runs, (await runs.startProbe(asked("whole"))).id);
  await worker.close();
  expect([stateOf(run), stateOf(whole)]).toEqual([
    { status: "SUCCEEDED", attempt: 3, made: true },
    { status: "SUCCEEDED", attempt: 1, made: true },
  ]);
  const sha256Of = async ({ id: runId }: Run): Promise<string> => {
    const bytes = await readFile(join(store.artifacts.path(`models/${runId}`), PROBE_FILE));
    return createHash("sha256").update(bytes).digest("hex");
  };
  expect(await sha256Of(run)).toBe(await sha256Of(whole));
  expect(await evaluations(run.id)).toEqual(await evaluations(whole.id));
  expect(await store.prisma.model.count({ where: { name: { startsWith: "killed" } } })).toBe(1);
  // Three workers came after the group had ended: its ensemble is still one.
  expect(await ensembles()).toBe(1);
  expect((await groupOf(groupId)).runs.map(({ attempt }) => attempt)).toEqual([1, 2]);
});
