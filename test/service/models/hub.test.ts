/**
 * addModel from a hub, over HTTP, WebSocket and the command line. The hub runs in this process and breaks its
 * connections.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runCommandLine } from "../../../src/cli/program.js";
import { readSettings } from "../../../src/cli/settings.js";
import { startTestService, type TestService } from "../../support/api.js";
import { keptTerminal, maillard } from "../../support/command-line.js";
import { COMMIT, REPOSITORY, startHub, type TestHub } from "../../support/peers/hub.js";

let hub: TestHub;
let service: TestService;
beforeAll(async () => {
  hub = await startHub();
  service = await startTestService({ hub: { endpoint: hub.endpoint, token: "hf_secret" } });
});
afterAll(async () => {
  await service.close();
  await hub.close();
});
beforeEach(() => {
  hub.faults = { token: "hf_secret" };
});

const ADD = `mutation ($input: AddModelInput!) { addModel(input: $input) {
  model { name } download { id name hub revision commit status bytes totalBytes error { code } model { name } } } }`;
interface Added {
  addModel: { model: { name: string } | null; download: { id: string; status: string; totalBytes: number } | null };
}
const add = (input: object) => service.data<Added>(ADD, { input });

describe("addModel", () => {
  it("takes exactly one of folder and hub, and a revision only with a hub", async () => {
    const bad = { code: "BAD_INPUT", param: "folder" };
    expect(await service.refusal(ADD, { input: { name: "x" } })).toMatchObject(bad);
    expect(await service.refusal(ADD, { input: { name: "x", folder: "/x", hub: "a/b" } })).toMatchObject(bad);
    const input = { name: "x", folder: "/x", revision: "main" };
    expect(await service.refusal(ADD, { input })).toMatchObject({ code: "BAD_INPUT", param: "revision" });
  });

  it("from a hub answers at once; the download is a node, is listed, and has its model when SUCCEEDED", async () => {
    hub.faults.drops = { "model.safetensors": [30_000] };
    const { model, download } = (await add({ name: "tiny", hub: REPOSITORY, revision: "v1" })).addModel;
    expect(model).toBeNull();
    expect(download).toMatchObject({ hub: REPOSITORY, revision: "v1", commit: COMMIT, error: null, model: null });
    const id = download?.id as string;
    const NODE = `query ($id: ID!) {
      node(id: $id) { id ... on ModelDownload { status bytes totalBytes model { name parameterCount } } }
      modelDownload(id: $id) { name } modelDownloads(first: 1) { totalCount edges { node { id name } } } }`;
    const ask = () => service.data<{ node: { status: string } }>(NODE, { id });
    while ((await ask()).node.status !== "SUCCEEDED") await new Promise((resolve) => setTimeout(resolve, 50));
    const bytes = download?.totalBytes;
    expect(await ask()).toEqual({
      node: { id, status: "SUCCEEDED", bytes, totalBytes: bytes, model: { name: "tiny", parameterCount: 19_619 } },
      modelDownload: { name: "tiny" },
      modelDownloads: { totalCount: 1, edges: [{ node: { id, name: "tiny" } }] },
    });
    const { embed } = await service.data<{ embed: unknown[] }>(
      `{ embed(smiles: ["CCO"], model: "tiny") { __typename ... on Embedding { dimension } } }`,
    );
    expect(embed).toEqual([{ __typename: "Embedding", dimension: 32 }]);
  });

  it("a hub's refusal is the answer, and never contains the token", async () => {
    hub.faults = { token: "another" };
    const { errors } = await service.ask(ADD, { input: { name: "y", hub: REPOSITORY } });
    expect(errors?.[0].extensions).toMatchObject({ code: "HUB_UNAUTHORIZED", param: "hub" });
    expect(JSON.stringify(errors)).not.toContain("hf_secret");
  });

  it("cancelModelDownload ends it; an unknown id is NOT_FOUND", async () => {
    hub.faults.stalls = { "model.safetensors": [1_000] };
    const { download } = (await add({ name: "slow", hub: REPOSITORY })).addModel;
    const CANCEL = "mutation ($id: ID!) { cancelModelDownload(id: $id) { download { name } } }";
    await service.data(CANCEL, { id: download?.id });
    const id = Buffer.from("ModelDownload:0").toString("base64url");
    expect(await service.refusal(CANCEL, { id })).toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("maillard model", () => {
  it("add hf:owner/name fetches it with a line of progress, under the repository's name", async () => {
    hub.faults.slowMs = 20;
    const { exitCode, out, err } = await maillard(service.url, ["model", "add", `hf:${REPOSITORY}`]);
    expect([exitCode, out]).toEqual([
      0,
      "tiny-bert: bert, 2 x 32, 4 heads, 19,619 weights, 3 classes, labels or targets",
    ]);
    expect(err).toMatch(/tiny-bert 100 % {2}0\.\d MB of 0\.\d MB/);
    expect(err).toContain("npx maillard predict");
    const list = await maillard(service.url, ["model", "downloads", "--json"]);
    expect(JSON.parse(list.out)[0]).toMatchObject({ name: "tiny-bert", status: "SUCCEEDED", revision: "main" });
    const table = await maillard(service.url, ["model", "downloads"]);
    expect(table.out).toContain(`${REPOSITORY}@main`);
  });

  it("add prints what failed and what to do, and refuses an unknown revision", async () => {
    hub.faults = { token: "another" };
    const refused = await maillard(service.url, ["model", "add", `hf:${REPOSITORY}@main`, "--name", "z"]);
    expect([refused.exitCode, refused.err]).toEqual([1, expect.stringMatching(/HUB_UNAUTHORIZED.*HF_TOKEN/)]);
    hub.faults = { token: "hf_secret", wrong: { "model.safetensors": 2 } };
    const wrong = await maillard(service.url, ["model", "add", `hf:${REPOSITORY}`, "--name", "z"]);
    expect([wrong.exitCode, wrong.err]).toEqual([1, expect.stringContaining("CHECKSUM_MISMATCH")]);
    const none = await maillard(service.url, ["model", "add", `hf:${REPOSITORY}@v9`, "--name", "z"]);
    expect([none.exitCode, none.err]).toEqual([1, expect.stringContaining("NOT_FOUND")]);
    expect((await maillard(service.url, ["model", "add", "hf:"])).err).toContain("USAGE");
  });

  it("Ctrl-C leaves it to the server; the same command follows it again, cancel ends it", async () => {
    hub.faults.stalls = { "model.safetensors": [1_000] };
    const watch = async (terminal = keptTerminal({ MAILLARD_URL: service.url })) => {
      const ended = runCommandLine(["model", "add", `hf:${REPOSITORY}`, "--name", "later"], terminal);
      while (!terminal.beside.some((line) => line.startsWith("later")))
        await new Promise((done) => setTimeout(done, 20));
      return { terminal, ended };
    };
    const first = await watch();
    first.terminal.interrupt();
    expect(await first.ended).toBe(130);
    expect(first.terminal.beside.at(-1)).toMatch(/The server goes on with later.*same command/);
    const back = await watch();
    const cancelled = await maillard(service.url, ["model", "cancel", "later"]);
    expect(cancelled).toMatchObject({ exitCode: 0, out: "later: stops" });
    expect([await back.ended, back.terminal.beside.at(-1)]).toEqual([1, expect.stringContaining("CANCELLED")]);
    expect(await maillard(service.url, ["model", "cancel", "nobody"])).toMatchObject({ exitCode: 1 });
  });
});

it("HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE are options of the operator, and are checked at the start", () => {
  expect(readSettings({}).hub).toEqual({ endpoint: "https://huggingface.co", token: undefined });
  const mirror = { HF_ENDPOINT: "https://mirror.example.org/", HF_TOKEN: "hf_x" };
  expect(readSettings(mirror).hub).toEqual({ endpoint: "https://mirror.example.org", token: "hf_x" });
  expect(readSettings({ ...mirror, HF_HUB_OFFLINE: "1" }).hub).toBeNull();
  for (const HF_ENDPOINT of ["file:///etc", "http://mirror.example.org"])
    expect(() => readSettings({ HF_ENDPOINT, HF_TOKEN: "hf_x" })).toThrow(
      expect.objectContaining({ code: "STARTUP", param: "HF_ENDPOINT" }),
    );
});
