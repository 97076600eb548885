/**
 * Models as files by HTTP and by the command line: taken in three formats, sent back with an equal checksum, refused by
 * role, project, name, quota and content, and nothing left of what fails or is abandoned.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { globalId } from "../../../../src/api/ids.js";
import { modelExports } from "../../../../src/compute/jobs/exports.js";
import { newKey } from "../../../support/access/keys.js";
import { startTestService, type TestService } from "../../../support/api.js";
import { maillard } from "../../../support/command-line.js";
import { FakeCompute } from "../../../support/fake-compute.js";
import { addComposed, checkpointFiles, tar, unpacked } from "../../../support/data/model-files.js";

const MODELS = ["tiny-bert", "tiny-bert-masked", "tiny-roberta", "tiny-albert-masked"];
let service: TestService;
let folder: string;
const keys: Record<string, string> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maillard-models-"));
  service = await startTestService({
    compute: new FakeCompute(),
    maxUploadBytes: 2_000_000,
    transport: { exportsPerAddress: 2 },
    models: Object.fromEntries(MODELS.map((name) => [name, name])),
  });
  await addComposed(service.store, folder);
  for (const [name, role, project] of [
    ["reader", "READER", "one"],
    ["member", "MEMBER", "one"],
    ["other", "MEMBER", "two"],
  ] as const)
    keys[name] = (await newKey(service.application, { name, role, projects: [project] })).authorization;
  keys.admin = (await newKey(service.application, { name: "admin", role: "ADMIN" })).authorization;
  keys.small = (
    await newKey(service.application, { name: "small", projects: ["one"] }, { maxBytes: 1_000 })
  ).authorization;
});
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

const take = (model: string, format: string, authorization = keys.admin, signal?: AbortSignal) =>
  fetch(`${service.url}/models/${model}/export?format=${format}`, { headers: { authorization }, signal });

const faultsOf = async (response: Response) =>
  ((await response.json()) as { errors: { message: string; extensions: { code: string } }[] }).errors;
const codeOf = async (response: Response) => (await faultsOf(response))[0].extensions.code;

async function taken(model: string, format: string): Promise<Map<string, Buffer>> {
  const response = await take(model, format);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/gzip");
  return unpacked(Buffer.from(await response.arrayBuffer()));
}

interface Sent {
  status: number;
  model?: { id: string; name: string; checksum: string };
  error?: { code: string; message: string };
}
async function send(name: string, body: Buffer | Uint8Array, authorization = keys.admin): Promise<Sent> {
  const headers = { authorization, "x-maillard-client": "test", "content-type": "application/octet-stream" };
  const response = await fetch(`${service.url}/models?name=${name}`, { method: "POST", body: body as never, headers });
  const last = (await response.text()).trim().split("\n").at(-1) as string;
  const { errors, ...answer } = JSON.parse(last);
  const error = errors && { code: errors[0].extensions.code, message: errors[0].message };
  return { status: response.status, ...answer, ...(error ? { error } : {}) };
}

const modelFolders = () => readdir(service.store.artifacts.path("models")).then((names) => names.sort());
const left = () => readdir(join(service.home, "exports")).catch((): string[] => []);
const until = (holds: () => Promise<boolean>) => vi.waitUntil(holds, { timeout: 60_000, interval: 20 });
const entries = (action: string) =>
  service.store.prisma.auditEntry.findMany({ where: { action }, orderBy: [{ at: "asc" }, { id: "asc" }] });

describe("what is taken and sent again", () => {
  it("has the same checksum: every family, tied tables, merged low-rank matrices", async () => {
    const again = async (name: string): Promise<void> => {
      const response = await take(name, "huggingface");
      const archive = Buffer.from(await response.arrayBuffer());
      const { checksum } = await service.store.prisma.model.findFirstOrThrow({ where: { name } });
      const files = await unpacked(archive);
      expect([...files.keys()].sort()).toContain(`${name}/README.md`);
      const sent = await send(`${name}-again`, archive);
      expect(sent.error).toBeUndefined();
      expect(sent.model).toMatchObject({ name: `${name}-again`, checksum });
      const row = await service.store.prisma.model.findFirstOrThrow({ where: { name: `${name}-again` } });
      expect(Number(row.bytes)).toBeGreaterThan(10_000);
      const weights = await readFile(join(service.store.artifacts.path(row.artifact), "model.safetensors"));
      expect(weights.equals(files.get(`${name}/model.safetensors`) as Buffer)).toBe(true);
    };
    await Promise.all(["tiny-bert-masked", "tiny-roberta"].map(again));
    await Promise.all(["tiny-albert-masked", "merged"].map(again));
  });
});

describe("formats", () => {
  it("a tokenizer that other programs would not read right is written anew", async () => {
    const files = await taken("old", "huggingface");
    expect(JSON.parse(String(files.get("old/tokenizer.json"))).model).toMatchObject({
      type: "WordLevel",
      vocab: { C: 5 },
    });
    const config = JSON.parse(String(files.get("old/tokenizer_config.json")));
    expect(config).toMatchObject({ tokenizer_class: "PreTrainedTokenizerFast", cls_token: "[CLS]" });
    expect(files.has("old/vocab.txt")).toBe(true);
  });

  it("ONNX has the layout of transformers.js", async () => {
    expect([...(await taken("tiny-bert", "onnx")).keys()].sort()).toEqual(
      ["README.md", "config.json", "onnx/model.onnx", "tokenizer.json", "tokenizer_config.json"].map(
        (file) => `tiny-bert/${file}`,
      ),
    );
    await until(async () => (await left()).length === 0);
  });

  it("a probe is exported as its base and its layer, and as one graph", async () => {
    const files = await taken("linear", "huggingface");
    expect([...files.keys()]).toEqual(
      expect.arrayContaining(["linear/probe.json", "linear/base/config.json", "linear/base/model.safetensors"]),
    );
    expect(String(files.get("linear/README.md"))).toContain("`base` is the model merged");
    expect([...(await taken("linear", "onnx")).keys()]).toContain("linear/onnx/model.onnx");
    const bits = await taken("bits", "onnx");
    expect([...bits.keys()].sort()).toEqual(["bits/README.md", "bits/onnx/model.onnx", "bits/probe.json"]);
    expect(String(bits.get("bits/README.md"))).toContain("GetMorganGenerator(radius=2, fpSize=64)");
  });

  it("an ensemble is exported as its members with their weights", async () => {
    const files = await taken("both", "huggingface");
    const { members, mean } = JSON.parse(String(files.get("both/ensemble.json")));
    expect(mean).toBe("probabilities");
    expect(members).toEqual([
      { name: "merged", weight: 0.75, folder: "members/merged" },
      { name: "bits", weight: 0.25, folder: "members/bits" },
    ]);
    expect([...files.keys()]).toEqual(
      expect.arrayContaining([
        "both/members/merged/model.safetensors",
        "both/members/bits/probe.json",
        "both/README.md",
      ]),
    );
    const triton = await taken("both", "triton");
    expect([...triton.keys()]).toEqual(
      expect.arrayContaining(["both.ensemble.json", "merged/config.pbtxt", "bits/config.pbtxt", "bits/1/model.onnx"]),
    );
    const [{ folder: first }] = JSON.parse(String(triton.get("both.ensemble.json"))).members;
    expect(first).toBe("merged");
  });
});

describe("who may", () => {
  it("take models: members, of their own projects; each export is in the audit log", async () => {
    const own = await send("own", gzipSync(await tar(await checkpointFiles("tiny-bert"))), keys.member);
    expect(own.model?.name).toBe("own");
    expect((await take("own", "huggingface", keys.reader)).status).toBe(403);
    for (const [key, given] of [
      [keys.other, "own"],
      [keys.other, own.model?.id as string],
      [keys.member, "tiny-bert"],
    ]) {
      const refused = await take(given, "huggingface", key);
      expect(refused.status).toBe(404);
      expect(await codeOf(refused)).toBe("NOT_FOUND");
    }
    const byId = await take(own.model?.id as string, "huggingface", keys.member);
    expect(byId.headers.get("content-disposition")).toBe('attachment; filename="own-huggingface.tar.gz"');
    await byId.arrayBuffer();
    const last = (await entries("export")).at(-1);
    expect(last).toMatchObject({ keyName: "member", outcome: "OK", details: { model: "own", format: "huggingface" } });
    expect(Number((last?.details as { bytes?: number } | undefined)?.bytes)).toBeGreaterThan(10_000);
    expect((await entries("export")).map(({ outcome }) => outcome)).toEqual(
      expect.arrayContaining(["FORBIDDEN", "NOT_FOUND"]),
    );
    expect((await entries("upload")).at(-1)).toMatchObject({
      outcome: "OK",
      details: { name: "own", modelId: own.model?.id },
    });
  });

  it("nobody without a key; another format is BAD_INPUT; a page of another site is refused", async () => {
    expect((await fetch(`${service.url}/models/tiny-bert/export`)).status).toBe(401);
    const wrong = await take("tiny-bert", "tensorflow");
    expect([wrong.status, await codeOf(wrong)]).toEqual([400, "BAD_INPUT"]);
    const page = { authorization: keys.admin, "sec-fetch-site": "cross-site", "user-agent": "Mozilla/5.0" };
    expect((await fetch(`${service.url}/models/tiny-bert/export`, { headers: page })).status).toBe(403);
    const missing = await fetch(`${service.url}/models?name=x`, {
      method: "POST",
      headers: { authorization: keys.admin },
    });
    expect(missing.status).toBe(403);
  });

  it("send as many bytes as their quota has room for", async () => {
    const before = await modelFolders();
    const body = await tar(await checkpointFiles("tiny-bert"));
    expect(await send("too-much", body, keys.small)).toMatchObject({ status: 403, error: { code: "QUOTA_EXCEEDED" } });
    // Without a length it is known when all has come.
    const chunked = {
      authorization: keys.small,
      "x-maillard-client": "test",
      "content-type": "application/octet-stream",
    };
    const response = await fetch(`${service.url}/models?name=too-much`, {
      method: "POST",
      body: Readable.from([body]) as never,
      duplex: "half",
      headers: chunked,
    } as RequestInit);
    expect((await response.text()).trim().split("\n").at(-1)).toContain("QUOTA_EXCEEDED");
    expect(await modelFolders()).toEqual(before);
  });
});

describe("what is refused leaves nothing", () => {
  it("a name that is taken, before the body is read", async () => {
    const before = await modelFolders();
    // A body that never ends: an answer that waited for it would never come.
    const answer = await new Promise<number>((resolve, reject) => {
      const headers = {
        authorization: keys.admin,
        "x-maillard-client": "test",
        "content-type": "application/octet-stream",
        "content-length": 1_000_000,
      };
      const sending = request(`${service.url}/models?name=tiny-bert`, { method: "POST", headers }, (response) => {
        response.resume();
        resolve(response.statusCode as number);
        sending.destroy();
      });
      sending.on("error", reject);
      sending.write("half of it");
    });
    expect(answer).toBe(409);
    expect(await send("not/a/name", Buffer.from("x"))).toMatchObject({ status: 400, error: { code: "BAD_INPUT" } });
    expect(await modelFolders()).toEqual(before);
  });

  it.each<[string, string, () => Promise<Buffer>]>([
    ["no archive", "BAD_INPUT", async () => Buffer.alloc(2_000, "x")],
    [
      "half an archive",
      "BAD_INPUT",
      async () => {
        const whole = gzipSync(await tar(await checkpointFiles("tiny-bert")));
        return whole.subarray(0, whole.length / 2);
      },
    ],
    ["no weights", "CHECKPOINT_INVALID", async () => tar({ "config.json": "{}", "x/../../evil": "x" })],
    ["two models", "CHECKPOINT_INVALID", async () => tar({ "a/config.json": "{}", "b/config.json": "{}" })],
    [
      "a file twice",
      "CHECKPOINT_INVALID",
      async () =>
        Buffer.concat([(await tar({ "config.json": "{}" })).subarray(0, 1024), await tar({ "config.json": "{}" })]),
    ],
    [
      "another config",
      "CHECKPOINT_INVALID",
      async () => {
        const files = await checkpointFiles("tiny-bert");
        return tar({
          ...files,
          "config.json": String(files["config.json"]).replace('"vocab_size": 40', '"vocab_size": 41'),
        });
      },
    ],
  ])("%s: %s", async (_, code, make) => {
    const before = await modelFolders();
    const sent = await send("refused", await make());
    expect(sent.error?.code).toBe(code);
    expect(sent.error?.message).not.toContain(service.home);
    expect(await service.store.prisma.model.count({ where: { name: "refused" } })).toBe(0);
    expect(await modelFolders()).toEqual(before);
    expect((await entries("upload")).at(-1)).toMatchObject({ outcome: code, details: { name: "refused" } });
  });

  it("more bytes than a file may have", async () => {
    const before = await modelFolders();
    expect(await send("large", Buffer.alloc(2_000_001))).toMatchObject({
      status: 413,
      error: { code: "BODY_TOO_LARGE" },
    });
    expect(await modelFolders()).toEqual(before);
  });

  it("an upload whose client leaves", async () => {
    const before = await modelFolders();
    const whole = await tar(await checkpointFiles("tiny-bert"));
    const sending = request(`${service.url}/models?name=abandoned`, {
      method: "POST",
      headers: { authorization: keys.admin, "x-maillard-client": "test", "content-type": "application/octet-stream" },
    });
    sending.on("error", () => undefined);
    sending.write(whole.subarray(0, whole.length - 2_000));
    await until(async () => (await modelFolders()).length > before.length);
    sending.destroy();
    await until(async () => (await modelFolders()).length === before.length);
    expect(await service.store.prisma.model.count({ where: { name: "abandoned" } })).toBe(0);
  });
});

describe("exports that end early", () => {
  it("one whose client leaves ends its process and its files", async () => {
    const leaving = new AbortController();
    const answer = take("tiny-albert-masked", "onnx", keys.admin, leaving.signal).catch((error: Error) => error.name);
    await until(async () => modelExports.gauges.running === 1);
    leaving.abort();
    expect(await answer).toBe("AbortError");
    await until(async () => modelExports.gauges.running === 0 && (await left()).length === 0);
    await until(async () => (await entries("export")).at(-1)?.outcome === "CANCELLED");
  });

  it("more at once than an address may have is OVERLOADED", async () => {
    const [first, second] = [take("tiny-bert", "onnx"), take("tiny-roberta", "onnx")];
    await until(async () => modelExports.gauges.running === 2);
    const third = await take("tiny-albert-masked", "huggingface");
    expect([third.status, await codeOf(third)]).toEqual([503, "OVERLOADED"]);
    expect(Number(third.headers.get("retry-after"))).toBeGreaterThan(0);
    for (const response of await Promise.all([first, second])) {
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
    expect((await take("tiny-albert-masked", "huggingface")).status).toBe(200);
  });

  it("a model whose files are not here says so", async () => {
    const { store } = service;
    const row = await store.prisma.model.findFirstOrThrow({ where: { name: "merged-again" } });
    await store.prisma.model.update({ where: { id: row.id }, data: { artifact: "models/nowhere" } });
    for (const format of ["huggingface", "onnx"]) {
      const refused = await take(globalId("Model", row.id), format);
      const [{ message, extensions }] = await faultsOf(refused);
      expect([refused.status, extensions.code]).toEqual([500, "MODEL_FILES_MISSING"]);
      expect(message).toContain("merged-again");
    }
  });
});

describe("the command line", () => {
  const command = (...args: string[]) =>
    maillard(service.url, ["model", ...args], { MAILLARD_API_KEY: keys.admin.replace("Bearer ", "") });

  it("exports into a folder or a file, and sends either", async () => {
    const [to, file] = [join(folder, "out"), join(folder, "out.tar.gz")];
    const made = await command("export", "tiny-bert", "--to", to);
    expect(made).toMatchObject({ exitCode: 0 });
    expect(made.out).toMatch(/^tiny-bert: huggingface, \d+\.\d MB in /);
    expect((await readdir(to)).sort()).toEqual([
      "README.md",
      "config.json",
      "model.safetensors",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    expect((await command("export", "tiny-bert", "--to", file)).exitCode).toBe(0);
    const { checksum } = await service.store.prisma.model.findFirstOrThrow({ where: { name: "tiny-bert" } });
    const upload = async (name: string, path: string): Promise<void> => {
      const sent = await command("upload", path, "--name", name, "--json");
      expect(sent.exitCode).toBe(0);
      expect(JSON.parse(sent.out)).toMatchObject({ name, checksum });
    };
    await upload("from-folder", to);
    expect((await command("upload", file, "--name", "from-folder")).err).toContain("CONFLICT");
    expect((await command("upload", to, "--name", "from-folder")).err).toContain("CONFLICT");
    expect((await command("export", "tiny-bert", "--to", to)).err).toContain("USAGE");
    expect((await command("upload", join(folder, "nothing"))).err).toContain("BAD_INPUT");
    expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("puts Triton models side by side into one repository", async () => {
    const repository = join(folder, "repository");
    await mkdir(join(repository, "another"), { recursive: true });
    const take = (name: string) => command("export", name, "--to", repository, "--format", "triton");
    expect((await take("bits")).exitCode).toBe(0);
    expect((await readdir(repository)).sort()).toEqual(["another", "bits"]);
    const again = await take("bits");
    expect(again).toMatchObject({ exitCode: 1 });
    expect(again.err).toContain("has bits already");
    expect((await command("export", "nobody", "--to", join(folder, "none"))).err).toContain("NOT_FOUND");
    await writeFile(join(folder, "taken.tar.gz"), "x");
    expect((await command("export", "tiny-bert", "--to", join(folder, "taken.tar.gz"))).err).toContain("USAGE");
    expect(await readFile(join(folder, "taken.tar.gz"), "utf8")).toBe("x");
  });
});
