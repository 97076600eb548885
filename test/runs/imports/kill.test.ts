/** kill -9 of a worker inside a batch of an import: the next one goes on with the report of an uninterrupted import. */
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Runs, startRuns } from "../../../src/runs/index.js";
import { uploadArtifact } from "../../../src/runs/orders/import-order.js";
import type { Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { KilledWorkers } from "../../support/processes/killed-workers.js";
import { ended } from "../../support/run-fixtures.js";

let store: Store;
let runs: Runs;
let folder: string;
const workers = new KilledWorkers();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maillard-import-"));
  store = await createTestStore();
  // This process only sends requests and reads.
  runs = await startRuns({ store, compute: new FakeCompute(), worker: false });
});
afterAll(async () => {
  workers.killAll();
  await runs?.close();
  await store?.close();
  await rm(folder, { recursive: true, force: true });
});

/** 36 rows with 60,000 characters of labels: batches of 11. Row 3 is no molecule, and each molecule comes twice. */
const table = () => {
  const notes = Array.from({ length: 60 }, (_, index) => String(index).padStart(2, "0").padEnd(999, "x")).join(";");
  const rows = Array.from({ length: 36 }, (_, row) => {
    const smiles = row === 3 ? "C1CC" : `${"C".repeat(1 + (row % 18))}O`;
    return `${smiles},${row % 2 === 0 ? "even" : "odd"},${notes}`;
  });
  return ["smiles,parity,notes", ...rows].join("\n");
};

async function order(dataset: string) {
  const path = join(folder, dataset);
  await writeFile(path, table());
  const target = { dataset, source: "a test" };
  const columns = { smiles: "smiles", labels: ["parity", "notes"], separator: ";" };
  const kinds = { parity: "SINGLE_LABEL", notes: "MULTI_LABEL" } as const;
  const file = { bytes: table().length, sha256: "of a test" };
  return runs.startImport({ path, format: "csv", target, table: { ...columns, kinds }, file });
}

const contentOf = async (dataset: string) => {
  const { id, size, report } = await store.prisma.dataset.findFirstOrThrow({ where: { name: dataset } });
  const members = await store.prisma.datasetCompound.findMany({
    where: { datasetId: id },
    orderBy: { position: "asc" },
    select: { position: true, smiles: true, labels: { orderBy: { value: "asc" }, select: { value: true } } },
  });
  return { size, report, members };
};

it("leaves the batches before, doubles nothing, and reports every row once", async () => {
  const { id } = await order("killed");
  expect(await workers.start(store, { event: "importing", nth: 2, chemistry: true }).ended).toBe("SIGKILL");
  const half = await store.prisma.run.findUniqueOrThrow({ where: { id } });
  expect(half).toMatchObject({
    status: "RUNNING",
    output: { line: 12, report: { rows: 11, imported: 10, dropped: 1 } },
  });
  expect((await contentOf("killed")).size).toBe(10);

  const worker = workers.start(store, { chemistry: true });
  const run = await ended(runs, id);
  const whole = await ended(runs, (await order("whole")).id);
  await worker.close();
  expect([run.status, run.attempt, whole.status, whole.attempt]).toEqual(["SUCCEEDED", 2, "SUCCEEDED", 1]);
  // Row 3 is there once as row 21, and the 17 others are merged.
  expect(run.output).toMatchObject({ line: 37, report: { rows: 36, imported: 18, merged: 17, dropped: 1 } });
  expect(run.output).toEqual(whole.output);
  const killed = await contentOf("killed");
  expect(killed.members).toHaveLength(18);
  expect(killed).toEqual(await contentOf("whole"));
  expect([run.step, run.totalSteps, run.outputBytes]).toEqual([37, 37, 0n]);
  for (const one of [run, whole])
    expect(await stat(store.artifacts.path(uploadArtifact(one.id))).catch(() => null)).toBeNull();
});
