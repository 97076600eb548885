/** Downloads that end their process are set aside, and a cancel takes effect also where nothing works on them. */
import { mkdir, readdir } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { readRepository } from "../../../src/model/hub/index.js";
import { Downloads, type DownloadsOptions } from "../../../src/runs/index.js";
import { newId, type Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";
import { COMMIT, REPOSITORY, startHub, type TestHub } from "../../support/peers/hub.js";

const WEIGHTS = "model.safetensors";
let store: Store;
let hub: TestHub;
const opened: Downloads[] = [];
beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  hub = await startHub();
});
afterEach(async () => {
  for (const downloads of opened.splice(0)) await downloads.close();
  await hub.close();
  await store.prisma.modelDownload.deleteMany();
  await store.prisma.model.deleteMany();
});

function open(options: Partial<DownloadsOptions> = {}): Downloads {
  const given = { tries: 3, pauseMs: 1, idleMs: 5_000, tickMs: 10, pollMs: 30 };
  const downloads = new Downloads({ store, hub: { endpoint: hub.endpoint }, ...given, ...options });
  opened.push(downloads);
  return downloads;
}
const rowOf = (id: string) => store.prisma.modelDownload.findUniqueOrThrow({ where: { id } });
const statusOf = (id: string) => rowOf(id).then(({ status }) => status);

/** The row that a killed process leaves, after as many attempts. */
async function killed(attempts: number, fields: object = {}): Promise<string> {
  const { commit, files } = await readRepository({ endpoint: hub.endpoint }, REPOSITORY, "main");
  const data = { name: "tiny", hub: REPOSITORY, revision: "main", commit, files: files as never, totalBytes: 86_648n };
  const row = { id: newId(), ...data, status: "RUNNING" as const, attempts, ...fields };
  return (await store.prisma.modelDownload.create({ data: row })).id;
}

it("after three attempts that ended with their process it is FAILED, and nothing is fetched", async () => {
  const id = await killed(3);
  const asked = hub.rangesOf(WEIGHTS).length;
  open();
  await expect.poll(() => statusOf(id), { timeout: 20_000 }).toBe("FAILED");
  expect(await rowOf(id)).toMatchObject({ errorCode: "COMPUTE_CRASHED", errorParam: "hub", attempts: 3 });
  expect(hub.rangesOf(WEIGHTS)).toHaveLength(asked);
});

it("after two it is tried, and counted before the work starts", async () => {
  hub.faults = { stalls: { "config.json": [0, 0, 0, 0] } };
  const id = await killed(2, { mostBytes: 86_648n });
  const downloads = open();
  await expect.poll(async () => (await rowOf(id)).attempts, { timeout: 20_000 }).toBe(3);
  // A server that closes takes its attempt back.
  opened.splice(0);
  await downloads.close();
  expect(await rowOf(id)).toMatchObject({ status: "QUEUED", attempts: 2 });
});

it("more bytes than ever before are progress: earlier attempts count no longer", async () => {
  hub.faults = { stalls: { [WEIGHTS]: [30_000] } };
  const id = await killed(2);
  open({ idleMs: 30_000 });
  await expect.poll(async () => Number((await rowOf(id)).mostBytes), { timeout: 20_000 }).toBeGreaterThan(30_000);
  expect((await rowOf(id)).attempts).toBe(1);
});

it("is cancelled at once where no process works on it, without a hub, and its files are removed", async () => {
  const id = await killed(1);
  const folder = `seyonec--tiny-bert--${COMMIT}`;
  await mkdir(store.artifacts.path(`downloads/${folder}`), { recursive: true });
  const offline = open({ hub: null });
  expect(await offline.cancel(id)).toMatchObject({ status: "CANCELLED" });
  expect(await readdir(store.artifacts.path("downloads"))).not.toContain(folder);
});

it("is CANCELLED by the next server, without a hub too, where its process died before it saw the request", async () => {
  const id = await killed(1, { cancelRequestedAt: new Date() });
  open({ hub: null });
  await expect.poll(() => statusOf(id), { timeout: 20_000 }).toBe("CANCELLED");
});
