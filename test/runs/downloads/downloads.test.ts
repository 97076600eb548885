/** Downloads with a real database and a hub in this process: they end with a complete model or with none. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadCheckpoint } from "../../../src/model/checkpoint/checkpoint.js";
import { readSafetensors, writeSafetensors } from "../../../src/model/checkpoint/safetensors.js";
import { readRepository } from "../../../src/model/hub/index.js";
import { removeStale } from "../../../src/runs/downloads/fetch-model.js";
import { Downloads, type DownloadsOptions } from "../../../src/runs/index.js";
import type { ModelDownload } from "../../../src/store/generated/client.js";
import { modelFolder, newId, openStore, type Store } from "../../../src/store/index.js";
import { loadTokenizer } from "../../../src/tokenizer/index.js";
import { LOADER, processScript } from "../../support/child.js";
import { torchFile } from "../../support/data/torch-file.js";
import { createTestStore } from "../../support/database.js";
import { COMMIT, REPOSITORY, startHub, type TestHub } from "../../support/peers/hub.js";

const WEIGHTS = "model.safetensors";
let store: Store;
let hub: TestHub;
let opened: Downloads[] = [];
let problems: unknown[] = [];
beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  hub = await startHub();
  problems = [];
});
afterEach(async () => {
  for (const downloads of opened.splice(0)) await downloads.close();
  await hub.close();
  await store.prisma.modelDownload.deleteMany();
  await store.prisma.model.deleteMany();
  await store.artifacts.remove("downloads");
  await store.artifacts.remove("models");
});

function open(options: Partial<DownloadsOptions> = {}): Downloads {
  const given = { tries: 3, pauseMs: 1, idleMs: 5_000, tickMs: 10, pollMs: 30 };
  const onError = (error: unknown) => problems.push(error);
  const downloads = new Downloads({ store, hub: { endpoint: hub.endpoint }, ...given, onError, ...options });
  opened.push(downloads);
  return downloads;
}
const close = async (downloads: Downloads) => {
  opened = opened.filter((other) => other !== downloads);
  await downloads.close();
};
const request = (changes = {}) => ({ name: "tiny", hub: REPOSITORY, ...changes });
const until = async (
  downloads: Downloads,
  id: string,
  done: (row: ModelDownload) => boolean,
): Promise<ModelDownload> => {
  for await (const row of downloads.updates(id, AbortSignal.timeout(40_000))) if (done(row)) return row;
  throw new Error("The download ended otherwise.");
};
const ended = (downloads: Downloads, { id }: { id: string }) => until(downloads, id, (row) => row.finishedAt !== null);
const folders = async () => ({
  downloads: await readdir(store.artifacts.path("downloads")).catch(() => []),
  models: await readdir(store.artifacts.path("models")).catch(() => []),
});

describe("a download", () => {
  it("ends with a model that loads, and leaves nothing else", async () => {
    const downloads = open();
    const begun = await downloads.start(request({ target: "superclass" }));
    expect(begun).toMatchObject({ commit: COMMIT, revision: "main", errorCode: null, modelId: null });
    const row = await ended(downloads, begun);
    const total = [...hub.files.values()].reduce((sum, { length }) => sum + length, 0);
    expect(row).toMatchObject({
      status: "SUCCEEDED",
      bytes: BigInt(total),
      totalBytes: BigInt(total),
      errorCode: null,
    });
    const model = await store.prisma.model.findUniqueOrThrow({ where: { id: row.modelId as string } });
    expect(model).toMatchObject({ name: "tiny", target: "superclass", family: "bert", parameterCount: 19_619n });
    expect((await readdir(modelFolder(store, model))).sort()).toEqual([...hub.files.keys()].sort());
    // The files are removed after SUCCEEDED.
    const left = { downloads: [], models: [model.artifact.split("/")[1]] };
    await expect.poll(folders).toEqual(left);
    expect(problems).toEqual([]);
  });

  it("of a pickle is kept as safetensors", async () => {
    const weights = await readSafetensors(join(import.meta.dirname, "../../fixtures/tiny-bert", WEIGHTS));
    hub.files.delete(WEIGHTS);
    hub.files.set("pytorch_model.bin", torchFile("zip", weights));
    const downloads = open();
    const row = await ended(downloads, await downloads.start(request()));
    const model = await store.prisma.model.findUniqueOrThrow({ where: { id: row.modelId as string } });
    expect(await readdir(modelFolder(store, model))).not.toContain("pytorch_model.bin");
    expect(model.parameterCount).toBe(19_619n);
  });

  it("of weights in two files is kept as one", async () => {
    const weights = [...(await readSafetensors(join(import.meta.dirname, "../../fixtures/tiny-bert", WEIGHTS)))];
    hub.files.delete(WEIGHTS);
    const map: Record<string, string> = {};
    for (const part of [1, 2]) {
      const [name, path] = [`model-0000${part}-of-00002.safetensors`, join(store.home, "part")];
      const tensors = new Map(weights.filter((_, place) => place % 2 === part - 1));
      for (const tensor of tensors.keys()) map[tensor] = name;
      await writeSafetensors(path, tensors);
      hub.files.set(name, await readFile(path));
    }
    hub.files.set("model.safetensors.index.json", Buffer.from(JSON.stringify({ weight_map: map })));
    const downloads = open();
    const row = await ended(downloads, await downloads.start(request()));
    const model = await store.prisma.model.findUniqueOrThrow({ where: { id: row.modelId as string } });
    expect((await readdir(modelFolder(store, model))).sort()).toEqual([
      "config.json",
      WEIGHTS,
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    expect([row.status, model.parameterCount]).toEqual(["SUCCEEDED", 19_619n]);
  });

  it("of files as in seyonec/PubChem10M_SMILES_BPE_450k (merges.txt, pickle) tokenizes and loads", async () => {
    await hub.close();
    hub = await startHub({}, "tiny-roberta-masked");
    const fixture = join(import.meta.dirname, "../../fixtures/tiny-roberta-masked", WEIGHTS);
    const weights = await readSafetensors(fixture);
    for (const name of [WEIGHTS, "tokenizer.json"]) hub.files.delete(name);
    const tokens = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "C", "O", "N", "CC"];
    const vocabulary = Object.fromEntries(tokens.map((token, id) => [token, id]));
    for (const [name, text] of Object.entries({
      "vocab.json": JSON.stringify(vocabulary),
      "merges.txt": "#version: 0.2\nC C\n",
      "special_tokens_map.json": JSON.stringify({ bos_token: "<s>", eos_token: "</s>", mask_token: "<mask>" }),
    }))
      hub.files.set(name, Buffer.from(text));
    hub.files.set("pytorch_model.bin", torchFile("zip", weights));
    const downloads = open();
    const row = await ended(downloads, await downloads.start(request()));
    expect(row).toMatchObject({ status: "SUCCEEDED", errorMessage: null });
    const model = await store.prisma.model.findUniqueOrThrow({ where: { id: row.modelId as string } });
    expect(model).toMatchObject({ family: "roberta", layers: 2, width: 32, vocabularySize: 40 });
    const folder = modelFolder(store, model);
    expect([...(await loadTokenizer(folder)).encode("CCO", 64)]).toEqual([0, 8, 6, 2]);
    const kept = await loadCheckpoint(folder);
    const name = "embeddings.word_embeddings.weight";
    const given = [...weights].find(([key]) => key.endsWith(name))?.[1];
    expect(given?.data).toHaveLength(40 * 32);
    expect(kept.weights.get(name)?.data).toEqual(given?.data);
  });

  it("reports its progress", async () => {
    hub.faults = { slowMs: 30 };
    const downloads = open();
    const { id } = await downloads.start(request());
    const seen: number[] = [];
    await until(downloads, id, ({ bytes, status }) => seen.push(Number(bytes)) > 0 && status === "SUCCEEDED");
    expect(new Set(seen).size).toBeGreaterThan(3);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it("of a closed server continues in the next, with the bytes that are there", async () => {
    hub.faults = { stalls: { [WEIGHTS]: [30_000] } };
    const first = open();
    const { id } = await first.start(request());
    await until(first, id, ({ bytes }) => Number(bytes) > 30_000);
    await close(first);
    expect(await store.prisma.modelDownload.findUnique({ where: { id } })).toMatchObject({ status: "QUEUED" });
    const second = open();
    expect(await ended(second, { id })).toMatchObject({ status: "SUCCEEDED" });
    expect(hub.rangesOf(WEIGHTS).filter(([at]) => at === "store")).toEqual([
      ["store", undefined],
      ["store", "bytes=30000-"],
    ]);
    expect(hub.rangesOf("tokenizer.json")).toHaveLength(1);
  });

  it("of a killed server, RUNNING without a holder, continues in the next", async () => {
    const { commit, files } = await readRepository({ endpoint: hub.endpoint }, REPOSITORY, "main");
    const folder = store.artifacts.path(`downloads/seyonec--tiny-bert--${COMMIT}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${WEIGHTS}.part`), (hub.files.get(WEIGHTS) as Buffer).subarray(0, 10_000));
    const fields = { ...request(), revision: "main", commit, files: files as never, totalBytes: 86_648n };
    const { id } = await store.prisma.modelDownload.create({ data: { id: newId(), ...fields, status: "RUNNING" } });
    expect(await ended(open(), { id })).toMatchObject({ status: "SUCCEEDED", bytes: 86_648n });
    expect(hub.rangesOf(WEIGHTS).at(-1)).toEqual(["store", "bytes=10000-"]);
  });

  it("whose process is ended by kill -9 continues in the next, with the bytes that it had", async () => {
    hub.faults = { stalls: { [WEIGHTS]: [30_000] } };
    const script = processScript("run-download");
    const child = fork(script, [store.url, store.home, hub.endpoint, REPOSITORY], { execArgv: LOADER });
    try {
      const [id] = (await once(child, "message")) as [string];
      const row = () => store.prisma.modelDownload.findUniqueOrThrow({ where: { id } });
      while ((await row()).bytes <= 30_000n) await new Promise((resolve) => setTimeout(resolve, 20));
      child.kill("SIGKILL");
      expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
      expect(await row()).toMatchObject({ status: "RUNNING", modelId: null, attempts: 1 });
      expect(await ended(open(), { id })).toMatchObject({ status: "SUCCEEDED", errorCode: null });
    } finally {
      child.kill("SIGKILL");
    }
    expect(hub.rangesOf(WEIGHTS)).toEqual([
      ["hub", undefined],
      ["store", undefined],
      ["hub", "bytes=30000-"],
      ["store", "bytes=30000-"],
    ]);
    expect(hub.rangesOf("tokenizer.json")).toHaveLength(1);
    expect((await folders()).models).toHaveLength(1);
  });

  it("of which the database's last answer is lost has its model, with its folder", async () => {
    const prisma = new Proxy(store.prisma, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (name !== "$transaction") return typeof value === "function" ? value.bind(target) : value;
        return async (work: never) => {
          await target.$transaction(work);
          throw new Error("Connection terminated unexpectedly");
        };
      },
    });
    const downloads = open({ store: { ...store, prisma } });
    const row = await ended(downloads, await downloads.start(request()));
    expect(row).toMatchObject({ status: "SUCCEEDED", errorCode: null });
    await close(downloads);
    const model = await store.prisma.model.findUniqueOrThrow({ where: { id: row.modelId as string } });
    expect(await readdir(modelFolder(store, model))).toContain(WEIGHTS);
  });

  it("is fetched by one of two processes; when the database cuts it off, one of them continues", async () => {
    hub.faults = { stalls: { [WEIGHTS]: [20_000] } };
    const first = open();
    const other = await openStore({ home: store.home, databaseUrl: store.url });
    const second = open({ store: other });
    const { id } = await first.start(request());
    await until(first, id, ({ bytes }) => Number(bytes) > 20_000);
    expect(hub.rangesOf(WEIGHTS)).toHaveLength(2);
    await store.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7340034`,
    );
    expect(await ended(first, { id })).toMatchObject({ status: "SUCCEEDED" });
    expect(hub.rangesOf(WEIGHTS).at(-1)).toEqual(["store", "bytes=20000-"]);
    expect(await store.prisma.model.count()).toBe(1);
    expect((await folders()).models).toHaveLength(1);
    await close(second);
    await other.close();
  });

  it("ends though its files cannot be removed, and is not started again", async () => {
    let asked = 0;
    const artifacts = Object.assign(Object.create(store.artifacts), {
      remove: async () => {
        asked++;
        throw new Error("EACCES");
      },
    });
    hub.faults = { statuses: { [WEIGHTS]: [403, 403, 403] } };
    const downloads = open({ store: { ...store, artifacts } });
    const row = await ended(downloads, await downloads.start(request()));
    expect(row).toMatchObject({ status: "FAILED", errorCode: "HUB_FORBIDDEN" });
    expect([asked, problems.length]).toEqual([1, 1]);
    await expect(downloads.start(request({ target: "a\0" }))).rejects.toMatchObject({
      code: "BAD_INPUT",
      param: "target",
    });
  });

  it.each([
    [{ statuses: { [WEIGHTS]: [403] } }, "HUB_FORBIDDEN", false],
    [{ wrong: { [WEIGHTS]: 2 } }, "CHECKSUM_MISMATCH", false],
    [{ location: "file:///etc/passwd" }, "HUB_REDIRECT_REFUSED", false],
    [{ drops: { [WEIGHTS]: [9, 1, 1, 1] } }, "HUB_UNREACHABLE", true],
  ])("that fails by %j is %s, with no model", async (faults, code, kept) => {
    const downloads = open();
    hub.faults = faults;
    const row = await ended(downloads, await downloads.start(request()));
    expect(row).toMatchObject({ status: "FAILED", errorCode: code, errorParam: "hub", modelId: null });
    expect(await store.prisma.model.count()).toBe(0);
    expect(await folders()).toEqual({ downloads: kept ? [`seyonec--tiny-bert--${COMMIT}`] : [], models: [] });
    if (!kept) return;
    // The same request again continues it.
    hub.faults = {};
    const again = await downloads.start(request());
    expect(again.id).not.toBe(row.id);
    expect(await ended(downloads, again)).toMatchObject({ status: "SUCCEEDED" });
    expect(hub.rangesOf(WEIGHTS).at(-1)).toEqual(["store", "bytes=11-"]);
  });

  it.each([
    [WEIGHTS, "{}", "CHECKPOINT_INVALID"],
    ["tokenizer.json", "{}", "CHECKPOINT_INVALID"],
    ["config.json", '{"model_type": "gpt2"}', "CHECKPOINT_UNSUPPORTED"],
  ])("whose %s is complete but %s is %s, without a path of this machine in the message", async (name, text, code) => {
    hub.files.set(name, Buffer.from(text));
    const downloads = open();
    const row = await ended(downloads, await downloads.start(request()));
    expect(row).toMatchObject({ status: "FAILED", errorCode: code });
    expect(row.errorMessage).not.toContain(store.home);
    expect(await folders()).toEqual({ downloads: [], models: [] });
  });
});

it.each([
  ["config.json", { model_type: "gpt2" }, "CHECKPOINT_UNSUPPORTED"],
  ["tokenizer.json", {}, "CHECKPOINT_INVALID"],
])("a %s that cannot be used is refused before the weights are fetched", async (name, content, code) => {
  hub.files.set(name, Buffer.from(JSON.stringify(content)));
  const downloads = open();
  const row = await ended(downloads, await downloads.start(request()));
  expect(row).toMatchObject({ status: "FAILED", errorCode: code, errorParam: "hub" });
  expect(row.errorMessage).not.toContain(store.home);
  expect(hub.rangesOf(WEIGHTS)).toEqual([]);
});

describe("requested", () => {
  it("by two names at once it is two models, each with a folder of its own", async () => {
    const downloads = open();
    const rows = await Promise.all(["tiny", "small"].map((name) => downloads.start(request({ name }))));
    for (const row of rows) expect(await ended(downloads, row)).toMatchObject({ status: "SUCCEEDED" });
    const models = await store.prisma.model.findMany();
    expect(new Set(models.map(({ artifact }) => artifact)).size).toBe(2);
    for (const model of models) expect(await readdir(modelFolder(store, model))).toContain(WEIGHTS);
    // SUCCEEDED is sent first, then the files are removed.
    await expect.poll(async () => (await folders()).downloads).toEqual([]);
  });

  it("twice it is one; the name for something else, or of a model, is CONFLICT", async () => {
    hub.faults = { slowMs: 50 };
    const downloads = open();
    const [one, two] = await Promise.all([downloads.start(request()), downloads.start(request())]);
    expect(two.id).toBe(one.id);
    await expect(downloads.start(request({ revision: "v1" }))).rejects.toMatchObject({
      code: "CONFLICT",
      param: "name",
    });
    expect(await ended(downloads, one)).toMatchObject({ status: "SUCCEEDED" });
    await expect(downloads.start(request())).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it.each([
    [{ name: "a b" }, "BAD_INPUT", "name"],
    [{ hub: "../x" }, "BAD_INPUT", "hub"],
    [{ revision: "a?b" }, "BAD_INPUT", "revision"],
    [{ revision: "none" }, "NOT_FOUND", "revision"],
    [{ hub: "seyonec/none" }, "NOT_FOUND", "hub"],
  ])("with %j it is %s, and there is no row", async (changes, code, param) => {
    await expect(open().start(request(changes))).rejects.toMatchObject({ code, param });
    expect(await store.prisma.modelDownload.count()).toBe(0);
  });

  it("of a full disk it is DISK_FULL with the numbers; a disk that fills meanwhile ends it and is freed", async () => {
    const full = open({ freeBytes: async () => 1_000 });
    await expect(full.start(request())).rejects.toMatchObject({ code: "DISK_FULL", details: { free: 1_000 } });
    await close(full);
    let looks = 0;
    const filling = open({ freeBytes: async () => (looks++ === 0 ? 1e12 : 1_000) });
    const row = await ended(filling, await filling.start(request()));
    expect(row).toMatchObject({ status: "FAILED", errorCode: "DISK_FULL" });
    await expect.poll(async () => (await folders()).downloads).toEqual([]);
  });

  it("of a server that is offline it is HUB_UNREACHABLE, with the advice to use a folder", async () => {
    await expect(open({ hub: null }).start(request())).rejects.toMatchObject({
      code: "HUB_UNREACHABLE",
      message: expect.stringContaining("folder"),
    });
  });
});

describe("a cancel", () => {
  it("ends what runs, removes its files, and changes nothing the second time", async () => {
    hub.faults = { stalls: { [WEIGHTS]: [1_000] } };
    const downloads = open({ tickMs: 60_000 });
    const begun = await downloads.start(request());
    while (hub.rangesOf(WEIGHTS).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await downloads.cancel(begun.id);
    const row = await ended(downloads, begun);
    expect(row).toMatchObject({ status: "CANCELLED", errorCode: null, modelId: null });
    expect(await folders()).toEqual({ downloads: [], models: [] });
    expect(await downloads.cancel(begun.id)).toMatchObject({ status: "CANCELLED", finishedAt: row.finishedAt });
    await expect(downloads.cancel(newId())).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("ends at once what waits, and removes what an earlier try had brought unless another waits for it", async () => {
    const idle = open({ hub: null });
    const folder = store.artifacts.path(`downloads/seyonec--tiny-bert--${COMMIT}`);
    await mkdir(folder, { recursive: true });
    const { prisma } = store;
    const fields = { name: "tiny", hub: REPOSITORY, revision: "main", commit: COMMIT, files: [], totalBytes: 1n };
    const { id } = await prisma.modelDownload.create({ data: { id: newId(), ...fields } });
    const other = await prisma.modelDownload.create({ data: { id: newId(), ...fields, name: "small" } });
    await idle.cancel(other.id);
    expect((await folders()).downloads).toHaveLength(1);
    const row = await idle.cancel(id);
    await expect.poll(async () => (await folders()).downloads).toEqual([]);
    expect(row).toMatchObject({ status: "CANCELLED", startedAt: null });
    expect(row.finishedAt).toBeInstanceOf(Date);
  });
});

it("parts that were not requested again for a week are removed, others stay", async () => {
  const root = store.artifacts.path("downloads");
  for (const name of ["old", "new"]) {
    await mkdir(join(root, name), { recursive: true });
    await writeFile(join(root, name, "x.part"), "x");
  }
  const lastMonth = new Date(Date.now() - 30 * 24 * 3_600_000);
  for (const path of ["old/x.part", "old"]) await utimes(join(root, path), lastMonth, lastMonth);
  await removeStale(store);
  expect(await readdir(root)).toEqual(["new"]);
});
