/** POST /import/…?background=true: a file that becomes a run, and every way in which that ends. */
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { uploadArtifact } from "../../../../src/runs/orders/import-order.js";
import type { Run } from "../../../../src/store/generated/client.js";
import { newKey } from "../../../support/access/keys.js";
import { startTestService, type TestService } from "../../../support/api.js";
import { maillard } from "../../../support/command-line.js";
import { FOODB_EXPECTED, foodbArchive } from "../../../support/data/foodb.js";

let service: TestService;
let folder: string;
beforeAll(async () => {
  service = await startTestService({ models: {} });
  folder = await mkdtemp(join(tmpdir(), "maillard-background-"));
});
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => void vi.restoreAllMocks());

const TABLE = `smiles,name,taste,mass\n${[
  "CCO,ethanol,sweet,46",
  "CCCO,propanol,sweet,60",
  "OCC,again,sweet,46",
  "C1CC,broken,sweet,1",
  "CCN,amine,fishy,45",
  "CCCN,propylamine,fishy,59",
].join("\n")}\n`;
const COLUMNS = "smiles=smiles&name=name&label=taste&number=mass";
const HEADERS = { "content-type": "application/octet-stream", "x-maillard-client": "test" };
interface Line {
  run?: { id: string; name: string; kind: string; status: string };
  description?: object;
  report?: object;
  error?: { code: string };
}
async function send(path: string, body: Buffer | string, headers: Record<string, string> = {}) {
  const response = await fetch(`${service.url}${path}`, {
    method: "POST",
    body: new Uint8Array(Buffer.from(body)),
    headers: { ...HEADERS, ...headers },
  });
  const text = await response.text();
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}
const order = async (query: string, body: Buffer | string = TABLE): Promise<string> =>
  (await send(`/import/csv?background=true&${query}`, body)).at(-1)?.run?.id as string;
const rowOf = (globalId: string): Promise<Run> =>
  service.store.prisma.run.findUniqueOrThrow({
    where: { id: Buffer.from(globalId, "base64url").toString().replace("Run:", "") },
  });
const whenEnded = (globalId: string): Promise<Run> =>
  vi.waitFor(
    async () => {
      const run = await rowOf(globalId);
      if (!["SUCCEEDED", "FAILED", "CANCELLED"].includes(run.status)) throw new Error(run.status);
      return run;
    },
    { timeout: 30_000, interval: 50 },
  );
const fileOf = ({ id }: Run) => stat(service.store.artifacts.path(uploadArtifact(id))).catch(() => null);
const untilStopped = (signal?: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const leave = () => reject(signal?.reason);
    if (signal?.aborted) leave();
    else signal?.addEventListener("abort", leave, { once: true });
  });
/** It is removed right after the run has its status. */
const fileGone = (run: Run): Promise<void> =>
  vi.waitFor(async () => expect(await fileOf(run)).toBeNull(), { timeout: 10_000 });
const REPORT = "rows imported merged dropped problemCount problems { line code } reasons { code count }";
const contentOf = async (name: string) => {
  const { dataset } = await service.data<{ dataset: { report: object } }>(
    `query ($name: String!) { dataset(name: $name) { size report { ${REPORT} }
      labelSets { name kind counts { value count } } compounds(first: 10) { edges { node { smiles name } } } } }`,
    { name },
  );
  return dataset;
};

describe("a table", () => {
  it("becomes the dataset that it is without a run, and its file goes", async () => {
    const [description, answer] = await send(`/import/csv?dataset=later&background=true&${COLUMNS}`, TABLE);
    expect([Object.keys(description), answer.run]).toEqual([
      ["description"],
      expect.objectContaining({ name: "import-into-later", kind: "IMPORT", status: "QUEUED" }),
    ]);
    const run = await whenEnded(answer.run?.id as string);
    await send(`/import/csv?dataset=now&${COLUMNS}`, TABLE);
    expect([run.status, run.baseModelId]).toEqual(["SUCCEEDED", null]);
    await fileGone(run);
    const content = await contentOf("later");
    expect(content).toEqual(await contentOf("now"));
    const asked = await service.data<{ run: object }>(
      `query ($id: ID!) { run(id: $id) { baseModel { name } dataset { name } diskUsage { files }
        import { line report { ${REPORT} } }
        input { ... on ImportSettings { dataset format file { bytes } table } } } }`,
      { id: answer.run?.id },
    );
    expect(asked.run).toEqual({
      ...{ baseModel: null, dataset: { name: "later" }, diskUsage: { files: 0 } },
      import: { line: 7, report: content.report },
      input: {
        ...{ dataset: "later", format: "csv", file: { bytes: TABLE.length } },
        table: expect.objectContaining({ smiles: "smiles", labels: ["taste", "mass"] }),
      },
    });
    expect(content.report).toMatchObject({ rows: 6, imported: 4, merged: 1, dropped: 1 });
  });

  it("is told all that an import without a run is told", async () => {
    const rows = Array.from({ length: 1_001 }, (_, row) => [
      ...[row === 1_000 ? "CCN" : row % 2 === 0 ? "CCO" : "OCC", row < 3 ? "sour" : "sweet", row % 7],
      // Found in the whole file alone.
      row < 1_000 ? "train" : "test",
    ]);
    const table = ["smiles,taste,mass,split", ...rows.map((cells) => cells.join())].join("\n");
    const query = "onConflict=majority&description=of%20a%20test&source=here";
    const id = await order(`dataset=told&idempotencyKey=told&${query}`, table);
    expect((await whenEnded(id)).status).toBe("SUCCEEDED");
    await send(`/import/csv?dataset=told-now&${query}`, table);
    const fields = `description source report { ${REPORT} onConflict conflicts { labelSet count } }
      labelSets { name kind counts { value count } }`;
    const [told, now] = await Promise.all(
      ["told", "told-now"].map((name) =>
        service.data<{ dataset: object }>(`query ($name: String!) { dataset(name: $name) { ${fields} } }`, { name }),
      ),
    );
    expect(told).toEqual(now);
    expect(told.dataset).toMatchObject({
      ...{ description: "of a test", source: "here", report: { imported: 2, onConflict: "MAJORITY" } },
      labelSets: expect.arrayContaining([
        expect.objectContaining({ name: "taste", counts: [{ value: "sweet", count: 2 }] }),
        expect.objectContaining({ name: "split" }),
      ]),
    });
    const { run } = await service.data<{ run: object }>(
      "query ($id: ID!) { run(id: $id) { input { ... on ImportSettings { onConflict source } } } }",
      { id },
    );
    expect(run).toEqual({ input: { onConflict: "MAJORITY", source: "here" } });
    const other = await send(`/import/csv?background=true&dataset=told&idempotencyKey=told&source=here`, table);
    expect(other.at(-1)?.error?.code).toBe("CONFLICT");
    const wrong = await send("/import/csv?background=true&dataset=told&onConflict=last", table);
    expect(wrong.at(-1)?.error).toMatchObject({ code: "BAD_INPUT" });
  });

  it("that is sorted by split has its split, which the first 1,000 rows do not show", async () => {
    const row = (_: unknown, n: number) =>
      `${"C".repeat(1 + (n % 10))}${n < 1_050 ? "O" : "N"},${n < 1_050 ? "train" : "test"}`;
    const sorted = `smiles,split\n${Array.from({ length: 1_080 }, row).join("\n")}\n`;
    const run = await whenEnded(await order("dataset=sorted", sorted));
    await send("/import/csv?dataset=sorted-now", sorted);
    const content = await contentOf("sorted");
    expect([run.status, content]).toEqual(["SUCCEEDED", await contentOf("sorted-now")]);
    expect(content).toMatchObject({ size: 20, labelSets: [{ name: "split", kind: "SINGLE_LABEL" }] });
    // The run holds what was shown.
    expect(run.input).toMatchObject({ table: {}, columns: { smiles: "smiles", labels: ["split"] } });
  });

  it("is one run for one key and file, and another file under the key is a CONFLICT", async () => {
    const query = `dataset=keyed&idempotencyKey=twice&${COLUMNS}`;
    const [first, second] = [await order(query), await order(query)];
    expect(second).toBe(first);
    await whenEnded(first);
    const other = await send(`/import/csv?background=true&${query}`, `${TABLE}CO,methanol,sweet,32\n`);
    expect(other.at(-1)?.error?.code).toBe("CONFLICT");
    expect((await contentOf("keyed")).report).toMatchObject({ rows: 6, imported: 4 });
  });

  it("whose columns are wrong is refused before there is a run or a dataset", async () => {
    const runs = await service.store.prisma.run.count();
    const path = "/import/csv?background=true&dataset=refused";
    expect((await send(`${path}&smiles=none`, TABLE)).at(-1)?.error?.code).toBe("COLUMN_NOT_FOUND");
    expect((await send("/import/csv?background=true", TABLE)).at(-1)?.error?.code).toBe("BAD_INPUT");
    expect((await send(`${path}&idempotencyKey=`, TABLE)).at(-1)?.error?.code).toBe("INVALID_CONFIG");
    expect(await service.store.prisma.run.count()).toBe(runs);
    expect(await service.store.prisma.dataset.count({ where: { name: "refused" } })).toBe(0);
  });
});

describe("a FooDB dump", () => {
  it("is imported; what is none fails, keeps its file for a retry, and garbage collection takes it", async () => {
    const [dump] = await send("/import/foodb?background=true&dataset=foodb", await foodbArchive());
    const run = await whenEnded(dump.run?.id as string);
    expect([run.status, (run.output as { report: object }).report]).toEqual([
      "SUCCEEDED",
      expect.objectContaining({ rows: FOODB_EXPECTED.records, imported: FOODB_EXPECTED.imported }),
    ]);
    const [none] = await send("/import/foodb?background=true&dataset=none", "no archive");
    const failed = await whenEnded(none.run?.id as string);
    expect([failed.status, failed.errorCode, (await fileOf(failed))?.size]).toEqual(["FAILED", "BAD_INPUT", 10]);
    const again = await service.application.runs.retry(failed.id);
    // A worker may have it already.
    expect(["QUEUED", "RUNNING"]).toContain(again.status);
    expect((await whenEnded(none.run?.id as string)).errorCode).toBe("BAD_INPUT");
    expect(await service.application.removals.collectGarbage({ dryRun: false })).toEqual([]);
    await service.store.pool.query(`UPDATE "Run" SET "finishedAt" = now() - interval '8 days' WHERE id = $1`, [
      failed.id,
    ]);
    expect(await service.application.removals.collectGarbage({ dryRun: false })).toEqual([
      expect.objectContaining({ kind: "CHECKPOINTS", count: 1, bytes: 10 }),
    ]);
    expect(await fileOf(failed)).toBeNull();
  });
});

describe("an import that is stopped", () => {
  it("keeps what was imported, and goes on after a retry", async () => {
    const { chemistry } = service.application;
    const parse = chemistry.parse.bind(chemistry);
    let id = "";
    let calls = 0;
    // The first two describe the table.
    const held = vi.spyOn(chemistry, "parse").mockImplementation(async (smiles, signal) => {
      if (!smiles.includes("CCCCCO")) return parse(smiles, signal);
      calls += 1;
      if (calls === 1) return parse(smiles, signal);
      await vi.waitFor(() => expect(id).not.toBe(""));
      await service.data(`mutation ($id: ID!) { cancelRun(id: $id) { run { status } } }`, { id });
      return untilStopped(signal);
    });
    id = await order(`dataset=stopped&${COLUMNS}`, `${TABLE}CCCCCO,pentanol,sweet,88\n`);
    const run = await whenEnded(id);
    expect([run.status, run.output, (await fileOf(run))?.isFile()]).toEqual(["CANCELLED", null, true]);
    held.mockRestore();
    await service.application.runs.retry(run.id);
    const after = await whenEnded(id);
    expect(after.status).toBe("SUCCEEDED");
    await fileGone(after);
    expect((await contentOf("stopped")).report).toMatchObject({ rows: 7, imported: 5 });
  });
});

describe("maillard import --background", () => {
  it("answers with the run, which `watch` follows to its report", async () => {
    const file = join(folder, "tastes.csv");
    await writeFile(file, TABLE);
    const started = await maillard(service.url, ["import", file, "-d", "of-cli", "--background", "--json"]);
    expect(started.exitCode).toBe(0);
    const { id, kind } = JSON.parse(started.out);
    expect(kind).toBe("IMPORT");
    const watched = await maillard(service.url, ["watch", id]);
    expect([watched.exitCode, watched.out]).toEqual([
      0,
      expect.stringContaining("6 rows, to line 7: 4 imported, 1 merged with molecules already there, 1 dropped"),
    ]);
    await maillard(service.url, ["import", file, "-d", "of-foreground"]);
    expect(await contentOf("of-cli")).toEqual(await contentOf("of-foreground"));
  });

  it("sends what the command was told of conflicts and of the layout", async () => {
    const file = join(folder, "layout.txt");
    // By itself it would be read as a file of SMILES.
    await writeFile(file, "CCO\nOCC\nCCN\n");
    const args = ["--read-as", "csv", "--delimiter", ",", "--no-header", "--no-labels", "--on-conflict", "drop"];
    const started = await maillard(service.url, ["import", file, "-d", "laid", "--background", "--json", ...args]);
    expect(started.exitCode).toBe(0);
    const run = await whenEnded(JSON.parse(started.out).id);
    expect(run.input).toMatchObject({ onConflict: "DROP", table: { format: "CSV", delimiter: ",", header: false } });
  });
});

/** Last: from now on the service asks for a key. */
describe("a key", () => {
  it("gives the run its owner; a reader may not import; the audit log names the run", async () => {
    const member = await newKey(service.application, { name: "importer" });
    const reader = await newKey(service.application, { name: "reader", role: "READER" });
    const path = `/import/csv?background=true&dataset=of-key&${COLUMNS}`;
    const refused = await send(path, TABLE, { authorization: reader.authorization });
    expect(JSON.stringify(refused)).toContain("FORBIDDEN");
    const line = (await send(path, TABLE, { authorization: member.authorization })).at(-1);
    const run = await whenEnded(line?.run?.id as string);
    expect([run.status, run.createdById, run.outputBytes]).toEqual(["SUCCEEDED", member.id, 0n]);
    const entry = await service.store.prisma.auditEntry.findFirstOrThrow({
      where: { action: "import", keyId: member.id },
    });
    expect(entry).toMatchObject({ outcome: "OK", details: { dataset: "of-key", format: "csv", runId: line?.run?.id } });
  });
});
