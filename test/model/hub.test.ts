/** The client of a hub against one in this process: what it fetches, how it resumes, and what it refuses. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { MaillardError } from "../../src/errors.js";
import { checkRepository, checkRevision, endpointProblem, isPrivate } from "../../src/model/hub/address.js";
import { retryAfter, unreachable } from "../../src/model/hub/errors.js";
import {
  downloadFile,
  type Hub,
  type HubFile,
  type HubRepository,
  readRepository,
  toError,
} from "../../src/model/hub/index.js";
import { askHub, redirectTarget } from "../../src/model/hub/request.js";
import { pauseAfter } from "../../src/model/hub/tries.js";
import { COMMIT, type Faults, gitSha, REPOSITORY, sha256, startHub, type TestHub } from "../support/peers/hub.js";

let hub: TestHub;
let folder = "";
let given: Hub;
beforeEach(async () => {
  hub = await startHub();
  given = { endpoint: hub.endpoint };
  folder = await mkdtemp(join(tmpdir(), "maillard-hub-"));
  return async () => {
    await hub.close();
    await rm(folder, { recursive: true });
  };
});

const FAST = { tries: 3, pauseMs: 1, idleMs: 2_000 };
const WEIGHTS = "model.safetensors";
const read = (revision = "main", options = {}) => readRepository(given, REPOSITORY, revision, { tries: 1, ...options });
async function weights(): Promise<[HubRepository, HubFile]> {
  const repository = await read();
  return [repository, repository.files.find(({ name }) => name === WEIGHTS) as HubFile];
}
async function fetchWeights(faults: Faults, options = {}): Promise<number[]> {
  hub.faults = { ...hub.faults, ...faults };
  const reported: number[] = [];
  const [repository, file] = await weights();
  const onBytes = (bytes: number) => reported.push(bytes);
  await downloadFile(given, repository, file, folder, { ...FAST, onBytes, ...options });
  return reported;
}
const content = () => hub.files.get(WEIGHTS) as Buffer;
const fetched = () => readFile(join(folder, WEIGHTS));

describe("a repository", () => {
  it("is what a model needs of it, at one commit, with size and checksum of each file", async () => {
    for (const other of ["tf_model.h5", "pytorch_model.bin", "training_args.bin", "runs/events", "vocab.json"])
      hub.files.set(other, Buffer.from(other));
    const { commit, files } = await read();
    expect(commit).toBe(COMMIT);
    const names = ["config.json", "tokenizer.json", "tokenizer_config.json", "vocab.json", WEIGHTS];
    expect(files.map(({ name }) => name)).toEqual(names);
    expect(files.at(-1)).toEqual({
      name: WEIGHTS,
      bytes: 82_788,
      checksum: { kind: "sha256", value: sha256(content()) },
    });
    const config = hub.files.get("config.json") as Buffer;
    expect(files[0].checksum).toEqual({ kind: "git-sha1", value: gitSha(config) });
  });

  it("of a mirror that lists names only is asked file by file, and says the same", async () => {
    const { files } = await read();
    hub.faults = { bare: true };
    expect((await read()).files).toEqual(files);
    expect(hub.asked.filter(({ method }) => method === "HEAD").map(({ at }) => at)).toEqual(files.map(() => "hub"));
  });

  it("that breaks its connection or has a fault is asked again a few times; after a 429 it is not", async () => {
    const { files } = await read();
    hub.faults = { statuses: { "/revision/main": [503] }, drops: { "/revision/main": [20] } };
    expect((await read("main", { tries: 3, pauseMs: 1 })).files).toEqual(files);
    hub.faults = { bare: true, statuses: { [WEIGHTS]: [500, 500] } };
    expect((await read("main", { tries: 3, pauseMs: 1 })).files).toEqual(files);
    hub.asked.length = 0;
    hub.faults = { statuses: { "/revision/main": [500, 500, 500, 500] } };
    await expect(read("main", { tries: 3, pauseMs: 1 })).rejects.toMatchObject({ code: "HUB_UNAVAILABLE" });
    expect(hub.asked).toHaveLength(3);
    hub.faults = { statuses: { "/revision/main": [429] } };
    await expect(read("main", { tries: 3, pauseMs: 1 })).rejects.toMatchObject({ code: "HUB_RATE_LIMITED" });
    expect(hub.asked).toHaveLength(4);
  });

  it("whose files have names that lead elsewhere gives none of those", async () => {
    const { files } = await read();
    const paths = ["../config.json", "/etc/passwd", "sub/vocab.txt", "..\\vocab.txt", "vocab.txt\0", "Config.json"];
    for (const name of paths) hub.files.set(name, Buffer.from("{}"));
    expect((await read()).files).toEqual(files);
  });

  it.each([
    [["config.json"], {}, "CHECKPOINT_INVALID"],
    [[WEIGHTS], { "model.safetensors.index.json": "{}" }, "CHECKPOINT_UNSUPPORTED"],
    [[WEIGHTS], { "tf_model.h5": "h5" }, "CHECKPOINT_UNSUPPORTED"],
    [["tokenizer.json"], {}, "CHECKPOINT_INVALID"],
  ])("without %j and with %j is %s", async (without, having, code) => {
    for (const name of without) hub.files.delete(name);
    for (const [name, text] of Object.entries(having)) hub.files.set(name, Buffer.from(text));
    await expect(read()).rejects.toMatchObject({ code, param: "hub" });
  });

  it("is refused above the limits, each kind of file at its own", async () => {
    const exact = { weightsBytes: 82_788, pickleBytes: 3, cardBytes: 4, otherBytes: 5_000_000 };
    await expect(readRepository(given, REPOSITORY, "main", { limits: exact })).resolves.toBeDefined();
    const low = { ...exact, weightsBytes: 82_787 };
    await expect(readRepository(given, REPOSITORY, "main", { limits: low })).rejects.toMatchObject({
      code: "HUB_TOO_LARGE",
      details: { bytes: 82_788, maximum: 82_787 },
    });
    const none = readRepository(given, REPOSITORY, "main", { limits: { ...exact, otherBytes: 10 } });
    await expect(none).rejects.toMatchObject({ code: "HUB_TOO_LARGE" });
  });

  it("with a card too long for a row comes without it; a pickle too large for memory is refused", async () => {
    const limits = { weightsBytes: 1e6, pickleBytes: 3, cardBytes: 4, otherBytes: 5e6 };
    const names = async () => (await read("main", { limits })).files.map(({ name }) => name);
    hub.files.set("README.md", Buffer.from("card"));
    expect(await names()).toContain("README.md");
    hub.files.set("README.md", Buffer.from("a card"));
    expect(await names()).not.toContain("README.md");
    hub.files.delete(WEIGHTS);
    hub.files.set("pytorch_model.bin", Buffer.from("four"));
    await expect(names()).rejects.toMatchObject({ code: "HUB_TOO_LARGE", details: { bytes: 4, maximum: 3 } });
  });

  it.each([
    [401, "HUB_UNAUTHORIZED", false],
    [403, "HUB_FORBIDDEN", false],
    [404, "NOT_FOUND", false],
    [429, "HUB_RATE_LIMITED", true],
    [500, "HUB_UNAVAILABLE", true],
    [503, "HUB_UNAVAILABLE", true],
    [418, "HUB_PROTOCOL", false],
  ])("that answers %i is %s", async (status, code, retryable) => {
    hub.faults = { statuses: { "/revision/main": [status] } };
    await expect(read()).rejects.toMatchObject({ code, retryable, details: { status } });
  });

  it("names the revision when it is that which is missing, and the wait of a 429", async () => {
    await expect(read("v2")).rejects.toMatchObject({ code: "NOT_FOUND", param: "revision" });
    hub.faults = { statuses: { "/revision/main": [{ status: 429, headers: { "retry-after": "7" } }] } };
    await expect(read()).rejects.toMatchObject({ details: { retryAfterMs: 7_000 } });
    expect(retryAfter({ "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" })).toBe(0);
    expect([retryAfter({}), retryAfter({ "retry-after": "soon" })]).toEqual([null, null]);
  });

  it("that is not a hub is HUB_PROTOCOL, no server is HUB_UNREACHABLE with the advice to use a folder", async () => {
    hub.faults = { statuses: { "/revision/main": [200] } };
    await expect(read()).rejects.toMatchObject({ code: "HUB_PROTOCOL" });
    await hub.close();
    await expect(read()).rejects.toMatchObject({
      code: "HUB_UNREACHABLE",
      retryable: true,
      message: expect.stringMatching(/nothing listens.*folder/s),
    });
    hub = await startHub();
  });
});

describe("a file", () => {
  it("is fetched whole, and not again when it is there", async () => {
    const reported = await fetchWeights({});
    expect([reported[0], reported.at(-1)]).toEqual([0, 82_788]);
    expect((await fetched()).equals(content())).toBe(true);
    expect(await readdir(folder)).toEqual([WEIGHTS]);
    const before = hub.asked.length;
    expect(await fetchWeights({})).toEqual([82_788]);
    expect(hub.asked.length).toBe(before + 1); // the list alone
  });

  it("continues where the connection broke, with the ETag of the server that delivers it", async () => {
    await fetchWeights({ drops: { [WEIGHTS]: [30_000, 20_000] } });
    expect((await fetched()).equals(content())).toBe(true);
    const atStore = hub.asked.filter(({ at }) => at === "store");
    expect(atStore.map(({ headers }) => [headers.range, headers["if-range"]])).toEqual([
      [undefined, undefined],
      ["bytes=30000-", `"of-the-store-${WEIGHTS}"`],
      ["bytes=50000-", `"of-the-store-${WEIGHTS}"`],
    ]);
  });

  it("resumes the part that another process left, and starts again where Range or ETag does not hold", async () => {
    const part = join(folder, `${WEIGHTS}.part`);
    await writeFile(part, content().subarray(0, 10_000));
    await fetchWeights({});
    expect(hub.rangesOf(WEIGHTS).at(-1)).toEqual(["store", "bytes=10000-"]);
    for (const faults of [{ noRange: true }, {}]) {
      await rm(join(folder, WEIGHTS));
      await writeFile(part, Buffer.alloc(10_000, 1));
      await writeFile(`${part}.etag`, '"of an older time"');
      await fetchWeights(faults);
      expect((await fetched()).equals(content())).toBe(true);
    }
  });

  it("that is wrong once is fetched again; wrong twice it is CHECKSUM_MISMATCH and no file stays", async () => {
    await fetchWeights({ wrong: { [WEIGHTS]: 1 } });
    expect((await fetched()).equals(content())).toBe(true);
    await rm(join(folder, WEIGHTS));
    await expect(fetchWeights({ wrong: { [WEIGHTS]: 2 } })).rejects.toMatchObject({
      code: "CHECKSUM_MISMATCH",
      details: { file: WEIGHTS, expected: sha256(content()) },
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it("a part with a wrong byte in it is found out at the end, by git's checksum as well", async () => {
    const repository = await read();
    const file = repository.files[1];
    await writeFile(join(folder, `${file.name}.part`), Buffer.alloc(100, 1));
    await downloadFile(given, repository, file, folder, FAST);
    expect((await readFile(join(folder, file.name))).equals(hub.files.get(file.name) as Buffer)).toBe(true);
    expect(hub.rangesOf(file.name)).toEqual([
      ["hub", "bytes=100-"],
      ["hub", undefined],
    ]);
  });

  it("continues after 429 and 5xx, and fails after the allowed number of tries; received bytes are kept", async () => {
    await fetchWeights({ statuses: { [WEIGHTS]: [503, { status: 429, headers: { "retry-after": "0" } }] } });
    await rm(join(folder, WEIGHTS));
    const drops = { [WEIGHTS]: [100, 1, 1, 1, 1] };
    await expect(fetchWeights({ drops })).rejects.toMatchObject({ code: "HUB_UNREACHABLE", retryable: true });
    expect(drops[WEIGHTS]).toHaveLength(2);
    // On a busy machine, bytes that Node buffered when a connection broke are lost; bytes that were read are kept.
    const kept = await readFile(join(folder, `${WEIGHTS}.part`));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThanOrEqual(102);
    expect(kept.equals(content().subarray(0, kept.length))).toBe(true);
    await expect(fetchWeights({ drops: {}, statuses: { [WEIGHTS]: [403] } })).rejects.toMatchObject({
      code: "HUB_FORBIDDEN",
    });
  });

  it("of no bytes, or of a server without Range that breaks at random, is given up as well", async () => {
    hub.files.set("merges.txt", Buffer.alloc(0));
    const statuses = { "/merges.txt": Array.from({ length: 20 }, () => 503) };
    const empty = {
      name: "merges.txt",
      bytes: 0,
      checksum: { kind: "git-sha1" as const, value: gitSha(Buffer.alloc(0)) },
    };
    hub.faults = { statuses };
    await expect(downloadFile(given, await read(), empty, folder, FAST)).rejects.toMatchObject({
      code: "HUB_UNAVAILABLE",
    });
    expect(20 - statuses["/merges.txt"].length).toBe(3);
    hub.faults = {};
    for (const _twice of [1, 2]) await downloadFile(given, await read(), empty, folder, FAST);
    expect(await readFile(join(folder, "merges.txt"), "utf8")).toBe("");
    const drops = { [WEIGHTS]: Array.from({ length: 20 }, (_, n) => (n % 2 ? 1_000 : 70_000)) };
    await expect(fetchWeights({ noRange: true, drops })).rejects.toMatchObject({ code: "HUB_UNREACHABLE" });
    expect(20 - drops[WEIGHTS].length).toBe(6);
  });

  it("whose signed address has expired is requested again", async () => {
    await fetchWeights({ statuses: { [`/signed/${WEIGHTS}`]: [403] }, drops: { [WEIGHTS]: [40_000] } });
    expect(hub.rangesOf(WEIGHTS).map(([at]) => at)).toEqual(["hub", "store", "hub", "store", "hub", "store"]);
    expect((await fetched()).equals(content())).toBe(true);
  });

  it("is not delivered where every address is refused: HUB_UNAVAILABLE, and no token is blamed", async () => {
    given = { ...given, token: "hf_secret" };
    const statuses = { [`/signed/${WEIGHTS}`]: [403, 403, 403] };
    await expect(fetchWeights({ statuses })).rejects.toMatchObject({
      code: "HUB_UNAVAILABLE",
      retryable: true,
      details: { status: 403 },
      message: expect.stringMatching(/^(?!.*HF_TOKEN).*delivers for the hub refuses.*403/),
    });
  });

  it("that is sent compressed is refused: its bytes are not the requested ones", async () => {
    await expect(fetchWeights({ encoding: "gzip" })).rejects.toMatchObject({ code: "HUB_PROTOCOL" });
    expect(await readdir(folder)).toEqual([]);
  });

  it("is requested again after 1, 2, 4, … 60 s, or as late as the hub says, ten minutes at most", () => {
    const broken = unreachable("x");
    expect([1, 2, 3, 7, 30].map((inVain) => pauseAfter(broken, inVain, 1_000))).toEqual([
      1_000, 2_000, 4_000, 60_000, 60_000,
    ]);
    const asked = (retryAfterMs: number) => new MaillardError("HUB_RATE_LIMITED", "", { details: { retryAfterMs } });
    expect([500, 300_000, 1e9].map((ms) => pauseAfter(asked(ms), 1, 1_000))).toEqual([1_000, 300_000, 600_000]);
  });

  it("that is longer than it says is refused, and a silent server is left", async () => {
    const [repository, file] = await weights();
    await expect(downloadFile(given, repository, { ...file, bytes: 1_000 }, folder, FAST)).rejects.toMatchObject({
      code: "HUB_PROTOCOL",
    });
    await rm(join(folder, `${WEIGHTS}.part`), { force: true });
    await expect(fetchWeights({ slowMs: 60_000 }, { tries: 1, idleMs: 50 })).rejects.toMatchObject({
      code: "HUB_UNREACHABLE",
    });
  });

  it("stops at once on request, and keeps its part", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const onBytes = (bytes: number) => bytes > 0 && stop.abort(reason);
    await expect(fetchWeights({ slowMs: 5 }, { signal: stop.signal, onBytes })).rejects.toBe(reason);
    expect(await readdir(folder)).toContain(`${WEIGHTS}.part`);
  });

  it("a full disk is DISK_FULL, unlike a broken connection and a disk that refuses", () => {
    const failed = (code: string, syscall: string) => toError(Object.assign(new Error("x"), { code, syscall })).code;
    expect([failed("ENOSPC", "write"), failed("EDQUOT", "write")]).toEqual(["DISK_FULL", "DISK_FULL"]);
    expect([failed("ECONNRESET", "read"), failed("EACCES", "open")]).toEqual(["HUB_UNREACHABLE", "INTERNAL"]);
  });
});

describe("the token", () => {
  it("gives access to private models, goes to the endpoint alone, and is in no message", async () => {
    hub.faults = { token: "hf_secret" };
    const refusedWithout = await read().catch((error) => error);
    expect(refusedWithout).toMatchObject({ code: "HUB_UNAUTHORIZED", message: expect.stringContaining("HF_TOKEN=") });
    given = { ...given, token: "hf_wrong" };
    const refusedWith = await read().catch((error) => error);
    expect(refusedWith.code).toBe("HUB_UNAUTHORIZED");
    expect(JSON.stringify([refusedWith, refusedWith.stack])).not.toContain("hf_wrong");
    given = { ...given, token: "hf_secret" };
    await fetchWeights({});
    const sent = (at: string) => hub.asked.filter((one) => one.at === at).map(({ headers }) => headers.authorization);
    expect(new Set(sent("store"))).toEqual(new Set([undefined]));
    expect(sent("hub").at(-1)).toBe("Bearer hf_secret");
  });
});

describe("a redirect", () => {
  it.each([
    ["file:///etc/passwd", "HUB_REDIRECT_REFUSED"],
    ["ftp://example.org/x", "HUB_REDIRECT_REFUSED"],
    ["http://user:word@127.0.0.1/x", "HUB_REDIRECT_REFUSED"],
    ["http://[broken", "HUB_PROTOCOL"],
  ])("to %s is %s", async (location, code) => {
    await expect(fetchWeights({ location })).rejects.toMatchObject({ code });
    expect(await readdir(folder)).toEqual([]);
  });

  it("from https continues over https alone, also to the same host", () => {
    const from = new URL("https://hub.example.org/a/b");
    expect(redirectTarget(from, "/c?d", from).href).toBe("https://hub.example.org/c?d");
    for (const location of ["http://hub.example.org/c", "http://cdn.example.org/c"])
      expect(() => redirectTarget(from, location, from)).toThrow(
        expect.objectContaining({ code: "HUB_REDIRECT_REFUSED" }),
      );
  });

  it("in a circle ends", async () => {
    await expect(fetchWeights({ location: `/${REPOSITORY}/resolve/${COMMIT}/${WEIGHTS}` })).rejects.toMatchObject({
      code: "HUB_PROTOCOL",
    });
    expect(hub.rangesOf(WEIGHTS)).toHaveLength(6);
  });

  it("from a public hub to a private address is refused, by number and by name, before a byte is sent", async () => {
    const reached: string[] = [];
    const inside = createServer((request, response) => {
      reached.push(request.url as string);
      response.end("secret");
    });
    await new Promise<void>((done) => inside.listen(0, "127.0.0.1", done));
    const { port } = inside.address() as AddressInfo;
    for (const host of ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"]) {
      hub.faults = { location: `http://${host}:${port}/` };
      // The first address judged is the endpoint's own: here a public one.
      let judged = 0;
      const judge = (address: string) => judged++ > 0 && isPrivate(address);
      const asked = askHub(given, `/${REPOSITORY}/resolve/${COMMIT}/${WEIGHTS}`, { judge });
      await expect(asked).rejects.toMatchObject({ code: "HUB_REDIRECT_REFUSED" });
    }
    expect(reached).toEqual([]);
    const open = await askHub(given, `/${REPOSITORY}/resolve/${COMMIT}/${WEIGHTS}`);
    open.body.destroy();
    expect(reached).toEqual(["/"]);
    inside.closeAllConnections();
    await new Promise((done) => inside.close(done));
  });
});

describe("names, revisions, endpoints and addresses", () => {
  it("that could lead elsewhere are BAD_INPUT", () => {
    for (const name of ["a", "a/b/c", "../b", "a/..", "a/b..c", "a/b?x", "a/b#", "a b/c", "/a/b", "a/b/", "a/\0", ""])
      expect(() => checkRepository(name), name).toThrow(expect.objectContaining({ code: "BAD_INPUT", param: "hub" }));
    for (const revision of ["", "..", "a/../b", "a?b", "a#b", "-x", "a b", "\0"])
      expect(() => checkRevision(revision), revision).toThrow(expect.objectContaining({ code: "BAD_INPUT" }));
    expect(() => checkRepository("DeepChem/ChemBERTa-77M-MLM")).not.toThrow();
    for (const revision of ["main", "refs/pr/1", "v1.0", COMMIT]) expect(() => checkRevision(revision)).not.toThrow();
  });

  it("an endpoint is an address of http or https; a token goes without TLS to this machine or network only", () => {
    const sound = ["https://huggingface.co", "http://127.0.0.1:8080", "http://mirror.example.org/hf"];
    expect(sound.map((endpoint) => endpointProblem({ endpoint }))).toEqual([null, null, null]);
    for (const endpoint of ["file:///x", "huggingface.co", "https://u:p@x.org", "https://x.org?y", ""])
      expect(endpointProblem({ endpoint }), endpoint).toMatch(/^HF_ENDPOINT/);
    const token = "hf_x";
    expect(endpointProblem({ endpoint: "http://mirror.example.org", token })).toMatch(/^HF_TOKEN/);
    expect(endpointProblem({ endpoint: "http://10.0.0.5", token })).toBeNull();
    expect(endpointProblem({ endpoint: "https://x.org", token: "a\nb" })).toMatch(/^HF_TOKEN/);
  });

  it("private addresses are known in every form", () => {
    const near = ["127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"];
    const near6 = ["::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"];
    expect([...near, ...near6].filter((address) => !isPrivate(address))).toEqual([]);
    const far = ["1.1.1.1", "172.32.0.1", "100.128.0.1", "18.66.0.1", "2600:9000::1", "::ffff:8.8.8.8"];
    expect(far.filter(isPrivate)).toEqual([]);
  });
});
