/** Whose downloads the server's token opens repositories for: the operator's and administrators', also when resumed. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { Downloads } from "../../../src/runs/index.js";
import { LOCAL, type Principal } from "../../../src/store/access/principal.js";
import { newId, type Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";
import { REPOSITORY, startHub, type TestHub } from "../../support/peers/hub.js";

const TOKEN = "token-of-the-operator";
let store: Store;
let hub: TestHub;
const opened: Downloads[] = [];
beforeAll(async () => {
  store = await createTestStore();
  for (const role of ["ADMIN", "MEMBER"] as const)
    await store.prisma.apiKey.create({ data: { id: role, name: role, hash: role, role } });
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

function open(): Downloads {
  const options = { tries: 1, pauseMs: 1, tickMs: 10, pollMs: 30 };
  const downloads = new Downloads({ store, hub: { endpoint: hub.endpoint, token: TOKEN }, ...options });
  opened.push(downloads);
  return downloads;
}
const as = (principal: Partial<Principal>): Store => ({ ...store, principal: { ...LOCAL, ...principal } });
const member = () => as({ keyId: "MEMBER", role: "MEMBER", name: "member", projects: ["default"] });
const sent = () => new Set(hub.asked.map(({ headers }) => headers.authorization));

async function statusOf(id: string) {
  const row = () => store.prisma.modelDownload.findUniqueOrThrow({ where: { id } });
  await expect.poll(async () => (await row()).finishedAt, { timeout: 20_000 }).not.toBeNull();
  const { status, errorCode } = await row();
  return [status, errorCode];
}

it("a private repository is refused to a member's key, not to an administrator's and without a key", async () => {
  hub.faults.token = TOKEN;
  const downloads = open();
  const refused = downloads.within(member()).start({ name: "mine", hub: REPOSITORY });
  await expect(refused).rejects.toMatchObject({
    code: "HUB_UNAUTHORIZED",
    message: expect.stringContaining("administrator"),
  });
  expect(sent()).toEqual(new Set([undefined]));
  for (const store of [as({ keyId: "ADMIN", name: "admin" }), as({})]) {
    const name = store.principal.name;
    const { id } = await downloads.within(store).start({ name, hub: REPOSITORY });
    expect(await statusOf(id)).toEqual(["SUCCEEDED", null]);
  }
});

it("a gated repository, whose list everyone may read, is refused to a member's key", async () => {
  hub.faults = { token: TOKEN, gated: true };
  const refused = open().within(member()).start({ name: "mine", hub: REPOSITORY });
  await expect(refused).rejects.toMatchObject({ code: "HUB_UNAUTHORIZED" });
  expect(await store.prisma.modelDownload.count()).toBe(0);
});

it("a public repository is fetched without the token for a member's key", async () => {
  const { id } = await open().within(member()).start({ name: "mine", hub: REPOSITORY });
  expect(await statusOf(id)).toEqual(["SUCCEEDED", null]);
  expect(sent()).toEqual(new Set([undefined]));
});

it.each([
  ["MEMBER", "FAILED", "HUB_UNAUTHORIZED"],
  ["gone", "FAILED", "HUB_UNAUTHORIZED"],
  ["ADMIN", "SUCCEEDED", null],
  [null, "SUCCEEDED", null],
])("a download that another process began, of the key %s, ends as %s", async (createdById, status, code) => {
  const before = open();
  const { id } = await before.start({ name: "resumed", hub: REPOSITORY });
  await before.close();
  await store.artifacts.remove("downloads");
  const { id: _id, files, ...columns } = await store.prisma.modelDownload.findUniqueOrThrow({ where: { id } });
  await store.prisma.modelDownload.deleteMany();
  await store.prisma.model.deleteMany();
  const ended = { status: "QUEUED", modelId: null, finishedAt: null, startedAt: null, bytes: 0n } as const;
  hub.faults.token = TOKEN;
  const again = newId();
  await store.prisma.modelDownload.create({
    data: { ...columns, ...ended, files: files as object[], id: again, createdById },
  });
  open();
  expect(await statusOf(again)).toEqual([status, code]);
});
