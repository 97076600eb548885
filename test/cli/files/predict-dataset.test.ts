/** `maillard predict --dataset`: a run whose table is downloaded, and whole after an interruption. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ImportTurns } from "../../../src/api/transport/uploads/places.js";
import { MaillardError } from "../../../src/errors.js";
import { stopped } from "../../../src/process/refusals.js";
import { newKey } from "../../support/access/keys.js";
import { importLibrary, startTestService, type TestService } from "../../support/api.js";
import { maillard } from "../../support/command-line.js";

const MEMBERS = 12;
let service: TestService;
let folder: string;
beforeAll(async () => {
  service = await startTestService({
    models: { classifier: "tiny-bert", base: "tiny-bert-masked" },
    transport: { predictionTables: 3, predictionTablesPerAddress: 2 },
  });
  folder = await mkdtemp(join(tmpdir(), "maillard-predicted-"));
  const rows = Array.from({ length: MEMBERS }, (_, row) => ({
    smiles: `${"C".repeat(row + 1)}O`,
    name: `alcohol ${row}`,
  }));
  await importLibrary(service, "alcohols", rows);
  // Two members for each part of 2,048 positions.
  await service.store.pool.query(`UPDATE "DatasetCompound" SET position = -1 - position * 1024`);
  await service.store.pool.query(`UPDATE "DatasetCompound" SET position = -1 - position`);
});
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => void vi.restoreAllMocks());

const START = "mutation ($input: StartPredictionInput!) { startPrediction(input: $input) { run { id } } }";
const start = async (input: object): Promise<string> => {
  const { startPrediction } = await service.data<{ startPrediction: { run: { id: string } } }>(START, { input });
  return startPrediction.run.id;
};
const rowsOf = (text: string) => parse(text, { columns: true }) as Record<string, string>[];
const get = (id: string, query = "") => fetch(`${service.url}/runs/${id}/predictions${query}`);
const statusOf = (globalId: string) => async () => {
  const id = Buffer.from(globalId, "base64url").toString().replace("Run:", "");
  const { status, errorCode } = await service.store.prisma.run.findUniqueOrThrow({ where: { id } });
  return [status, errorCode];
};
const codeOf = async (response: Response) => {
  const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
  return [response.status, errors[0].extensions.code];
};

describe("maillard predict --dataset", () => {
  it("goes on after the last part when it is interrupted, and has the numbers of `predict`", async () => {
    const { compute } = service.application;
    const infer = compute.infer.bind(compute);
    let calls = 0;
    vi.spyOn(compute, "infer").mockImplementation(async (request) => {
      calls += 1;
      if (calls === 4) throw stopped("The compute pool is closing.", "SHUTDOWN");
      if (calls === 6) throw new MaillardError("COMPUTE_CRASHED", "The process did not survive this item, twice.");
      return infer(request);
    });
    const out = join(folder, "alcohols.csv");
    const args = ["predict", "--dataset", "alcohols", "-m", "classifier", "-o", out, "--probabilities"];
    const { exitCode, err } = await maillard(service.url, args);
    expect([exitCode, err]).toEqual([0, expect.stringContaining(`alcohols.csv: ${MEMBERS} rows`)]);
    // Six parts, the fourth twice; of the fifth, each half again.
    expect(calls).toBe(6 + 1 + 2);
    vi.restoreAllMocks();
    const replaced = await maillard(service.url, args);
    expect([replaced.exitCode, replaced.err.split(" ")[0]]).toEqual([1, "CONFLICT"]);
    expect(await service.store.prisma.run.count({ where: { kind: "PREDICTION" } })).toBe(1);
    const rows = rowsOf(readFileSync(out, "utf8"));
    expect(rows.map(({ name }) => name)).toEqual(Array.from({ length: MEMBERS }, (_, row) => `alcohol ${row}`));
    expect(rows.filter(({ error_code: code }) => code !== "")).toEqual([]);
    const smiles = rows.map((row) => row.smiles);
    const { predict } = await service.data<{ predict: { labels: { label: string; score: number }[] }[] }>(
      `query ($smiles: [String!]!) {
        predict(smiles: $smiles, model: "classifier") { ... on Prediction { labels { label score } } } }`,
      { smiles },
    );
    for (const [index, { labels }] of predict.entries()) {
      expect(rows[index].label).toBe(labels[0].label);
      for (const { label, score } of labels) expect(Number(rows[index][`probability_${label}`])).toBeCloseTo(score, 6);
    }
    const [run] = await service.store.prisma.run.findMany({ where: { kind: "PREDICTION" } });
    expect(run).toMatchObject({
      status: "SUCCEEDED",
      attempt: 2,
      step: 11 * 1024 + 1,
      output: { rows: MEMBERS, errors: {} },
    });
    expect(Number(run.outputBytes)).toBeGreaterThan(500);
    await service.application.predictions.written();
    expect(await service.store.prisma.prediction.count()).toBe(MEMBERS);
  });

  it("is one run for one key, and its table is downloaded in every format", async () => {
    const input = { dataset: "alcohols", model: "classifier", averageOver: 2, idempotencyKey: "one" };
    const [id, again] = [await start(input), await start(input)];
    expect(again).toBe(id);
    expect(await service.refusal(START, { input: { ...input, averageOver: 1 } })).toMatchObject({ code: "CONFLICT" });
    const out = join(folder, "later.sdf");
    expect((await maillard(service.url, ["predict", "--run", id, "-o", out])).exitCode).toBe(0);
    expect(readFileSync(out, "utf8").match(/\$\$\$\$\n/g)).toHaveLength(MEMBERS);
    const { run } = await service.data<{ run: { predictions: object; task: null; targets: string[] } }>(
      `{ run(id: "${id}") { kind task targets predictions { url rows problems { code } } } }`,
    );
    expect(run).toEqual({
      ...{ kind: "PREDICTION", task: null, targets: [] },
      predictions: { url: `/runs/${id}/predictions`, rows: MEMBERS, problems: [] },
    });
    const response = await get(id, "?output=tsv");
    expect(response.headers.get("content-disposition")).toBe(
      'attachment; filename="alcohols-predicted-by-classifier.tsv"',
    );
    expect((await response.text()).split("\n")[0].split("\t")).toEqual([
      ...["name", "smiles", "inchi_key", "label", "score", "note", "error_code", "error_message"],
    ]);
    expect(await codeOf(await get(id, "?output=xlsx"))).toEqual([400, "BAD_INPUT"]);
  });

  it("is CONFLICT when its model was replaced before its end; a table that is there keeps its labels", async () => {
    const { store } = service;
    const { id, checksum, labels } = await store.prisma.model.findFirstOrThrow({ where: { name: "classifier" } });
    const before = (await store.prisma.run.findFirstOrThrow({ where: { kind: "PREDICTION" } })).id;
    const table = () => get(Buffer.from(`Run:${before}`).toString("base64url"), "?probabilities=true");
    const head = await (await table()).text();
    const { compute } = service.application;
    const infer = compute.infer.bind(compute);
    vi.spyOn(compute, "infer").mockImplementation(async (request) => {
      await store.prisma.model.update({ where: { id }, data: { checksum: "new", labels: ["x", "y", "z"] } });
      return infer(request);
    });
    const late = await start({ dataset: "alcohols", model: "classifier", averageOver: 3 });
    await expect.poll(statusOf(late), { timeout: 20_000 }).toEqual(["FAILED", "CONFLICT"]);
    expect(await (await table()).text()).toBe(head);
    vi.restoreAllMocks();
    await store.prisma.model.update({ where: { id }, data: { checksum, labels: labels as string[] } });
  });

  it("that is cancelled leaves no file, and has no table", async () => {
    const { compute } = service.application;
    let begun: () => void = () => undefined;
    const begins = new Promise<void>((resolve) => {
      begun = resolve;
    });
    vi.spyOn(compute, "infer").mockImplementation(({ signal }) => {
      begun();
      return new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(new MaillardError("CANCELLED", "left")), { once: true });
      });
    });
    const id = await start({ dataset: "alcohols", model: "classifier" });
    await begins;
    expect(await codeOf(await get(id))).toEqual([409, "CONFLICT"]);
    await service.data(`mutation { cancelRun(id: "${id}") { run { id } } }`);
    const { exitCode, err } = await maillard(service.url, ["predict", "--run", id, "-o", join(folder, "none.csv")]);
    expect([exitCode, err]).toEqual([1, expect.stringContaining("CONFLICT")]);
  });

  it.each([
    [{ dataset: "nothing", model: "classifier" }, "NOT_FOUND"],
    [{ dataset: "alcohols", model: "nobody" }, "NOT_FOUND"],
    [{ dataset: "alcohols", model: "base" }, "MODEL_HAS_NO_HEAD"],
    [{ dataset: "alcohols", model: "classifier", averageOver: 33 }, "BAD_INPUT"],
  ])("refuses %j before there is a run", async (input, code) => {
    const before = await service.store.prisma.run.count();
    expect(await service.refusal(START, { input })).toMatchObject({ code });
    expect(await service.store.prisma.run.count()).toBe(before);
  });

  describe("the table", () => {
    const held = async () => {
      const { id } = await service.store.prisma.run.findFirstOrThrow({ where: { status: "SUCCEEDED" } });
      const { chemistry } = service.application;
      const molBlocks = chemistry.molBlocks.bind(chemistry);
      let open: () => void = () => undefined;
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      const spy = vi.spyOn(chemistry, "molBlocks").mockImplementation(async (...given) => {
        await opened;
        return molBlocks(...given);
      });
      return { id: Buffer.from(`Run:${id}`).toString("base64url"), spy, open };
    };

    it("n are sent at once in all and to one address, n + 1 is OVERLOADED", async () => {
      const { id, spy, open } = await held();
      const elsewhere = () =>
        new Promise<IncomingMessage>((resolve, reject) => {
          const url = `${service.url}/runs/${id}/predictions?output=sdf`;
          request(url, { localAddress: "127.0.0.2" }, resolve).on("error", reject).end();
        });
      const own = [get(id, "?output=sdf"), get(id, "?output=sdf")];
      await vi.waitUntil(() => spy.mock.calls.length === 2);
      const refused = await get(id, "?output=sdf");
      expect(await codeOf(refused)).toEqual([503, "OVERLOADED"]);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      const third = elsewhere();
      await vi.waitUntil(() => spy.mock.calls.length === 3);
      const fourth = await elsewhere();
      expect(fourth.statusCode).toBe(503);
      fourth.resume();
      open();
      for (const response of await Promise.all(own))
        expect((await response.text()).match(/\$\$\$\$\n/g)).toHaveLength(MEMBERS);
      const last = await third;
      expect(last.statusCode).toBe(200);
      await new Promise((resolve) => last.resume().once("end", resolve));
      await vi.waitUntil(async () => (await get(id)).status === 200);
    });

    it("is CANCELLED in the audit log when its client leaves before its turn", async () => {
      const { id } = await held();
      let waits: () => void = () => undefined;
      const waiting = new Promise<void>((resolve) => {
        waits = resolve;
      });
      vi.spyOn(ImportTurns.prototype, "take").mockImplementationOnce((_address, signal) => {
        waits();
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
      });
      const leave = new AbortController();
      const table = fetch(`${service.url}/runs/${id}/predictions`, { signal: leave.signal });
      await waiting;
      leave.abort();
      await expect(table).rejects.toThrow();
      const entry = () => service.store.prisma.auditEntry.findFirst({ orderBy: { id: "desc" } });
      await vi.waitUntil(async () => (await entry())?.outcome === "CANCELLED");
      expect(await entry()).toMatchObject({ action: "exportPredictions", details: { runId: id, format: "CSV" } });
    });

    it("is not given to a page of another site", async () => {
      const { id } = await held();
      const response = await fetch(`${service.url}/runs/${id}/predictions`, {
        headers: { "user-agent": "Mozilla/5.0" },
      });
      expect(await codeOf(response)).toEqual([403, "FORBIDDEN"]);
    });

    it("breaks off when the key is revoked", async () => {
      const { id, spy, open } = await held();
      const { authorization } = await newKey(service.application, { name: "reader", role: "READER" });
      try {
        const headers = { authorization };
        const table = fetch(`${service.url}/runs/${id}/predictions?output=sdf`, { headers }).then((found) =>
          found.text(),
        );
        const broken = expect(table).rejects.toThrow(TypeError);
        await vi.waitUntil(() => spy.mock.calls.length === 1);
        await service.store.prisma.apiKey.updateMany({ data: { revokedAt: new Date() } });
        await service.application.keys.refresh();
        await broken;
      } finally {
        open();
        await service.store.prisma.apiKey.deleteMany();
        await service.application.keys.refresh();
      }
    });
  });

  it("says what is no prediction run, and what is not there", async () => {
    expect(await codeOf(await get("nothing"))).toEqual([400, "BAD_INPUT"]);
    expect(await codeOf(await get(Buffer.from("Run:none").toString("base64url")))).toEqual([404, "NOT_FOUND"]);
    const { id } = await service.store.prisma.run.findFirstOrThrow({ where: { status: "SUCCEEDED" } });
    await rm(service.store.artifacts.path(`runs/${id}/predictions`), { recursive: true });
    expect(await codeOf(await get(Buffer.from(`Run:${id}`).toString("base64url")))).toEqual([404, "NOT_FOUND"]);
  });
});
