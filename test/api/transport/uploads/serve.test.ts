/** Files by HTTP: a FooDB dump with every known fault, CSV, and failed uploads, which leave nothing. */
import { readdirSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { importFoodb } from "../../../../src/datasets/foodb/import.js";
import { MaillardError } from "../../../../src/errors.js";
import { startTestService, type TestService } from "../../../support/api.js";
import { maillard } from "../../../support/command-line.js";
import { until } from "../../../support/compute.js";
import { FOODB_EXPECTED as EXPECTED, foodbArchive, foodbFiles } from "../../../support/data/foodb.js";

const KEY = "a-key-of-24-characters-xx";
let service: TestService;
let keyed: TestService;
let folder: string;
beforeAll(async () => {
  [service, keyed] = await Promise.all([
    startTestService({ models: {}, maxUploadBytes: 200_000 }),
    startTestService({ models: {}, apiKeys: [KEY] }),
  ]);
  folder = await mkdtemp(join(tmpdir(), "maillard-foodb-"));
});
afterAll(async () => {
  await Promise.all([service?.close(), keyed?.close()]);
  await rm(folder, { recursive: true, force: true });
});

const HEADERS = { "content-type": "application/octet-stream", "x-maillard-client": "test" };
async function send(path: string, body: Buffer | string, headers: Record<string, string> = HEADERS, url = service.url) {
  const response = await fetch(`${url}${path}`, { method: "POST", body, headers });
  const text = await response.text();
  const lines = text.split("\n").filter(Boolean);
  return { status: response.status, last: JSON.parse(lines.at(-1) ?? "null"), lines };
}
const datasets = async () => (await service.store.prisma.dataset.findMany()).map(({ name }) => name).sort();
const labelsOf = async (dataset: string) => {
  const answer = await service.data<{
    dataset: { size: number; labelSets: { name: string; kind: string; counts: { value: string; count: number }[] }[] };
  }>(`{ dataset(name: "${dataset}") { size labelSets { name kind counts { value count } } } }`);
  return answer.dataset;
};

describe("a FooDB dump", () => {
  it.each([
    ["a plain tar", {}],
    ["gzip", { gzip: true }],
    ["the header of other exports", { rightHeader: true }],
  ])("as %s: the SMILES found by content, links joined, every dropped row reported", async (name, options) => {
    const dataset = name.replaceAll(" ", "-");
    const { status, last } = await send(`/import/foodb?dataset=${dataset}`, await foodbArchive(options));
    expect(status).toBe(200);
    expect(last.error).toBeUndefined();
    expect(last.smilesColumn).toEqual({
      position: 7,
      header: "rightHeader" in options ? "moldb_smiles" : "cas_number",
    });
    const dropped = Object.values(EXPECTED.dropped).reduce((sum, count) => sum + count, 0);
    expect(last.report).toMatchObject({
      rows: EXPECTED.records,
      imported: EXPECTED.imported,
      merged: EXPECTED.merged,
      dropped,
    });
    expect(last.report.codes).toEqual(EXPECTED.dropped);
    expect(last.report.problems.map(({ line }: { line: number }) => line)).toEqual([26, 27, 28]);
    expect(last.danglingLinks).toEqual(EXPECTED.dangling);
    expect(last.records).toMatchObject({ Compound: EXPECTED.records, CompoundOntologyTerm: 6, Flavor: 4 });
    const { size, labelSets } = await labelsOf(dataset);
    expect(size).toBe(EXPECTED.imported);
    const counts = Object.fromEntries(
      labelSets.map((set) => [set.name, Object.fromEntries(set.counts.map(({ value, count }) => [value, count]))]),
    );
    expect(counts.superclass).toMatchObject({
      Benzenoids: 4,
      "Organic acids and derivatives": 5,
      "Organosulfur compounds": 3,
    });
    expect(counts.flavor).toEqual({ sweet: 2, fruity: 1, "green, grassy": 1, pungent: 2 });
    expect(counts.health_effect).toEqual({ antioxidant: 1, irritant: 1 });
    expect([counts.ontology1, counts.ontology4, counts.ontology5]).toEqual([
      { Disposition: 1 },
      { Source: 2 },
      { "Biological role": 1 },
    ]);
    expect(labelSets.filter(({ kind }) => kind === "MULTI_LABEL").map(({ name: set }) => set)).toEqual([
      "flavor",
      "health_effect",
      "ontology1",
      "ontology4",
      "ontology5",
    ]);
  });

  it("keeps names, salts and molecules without a class; both ids of one molecule are one compound", async () => {
    const { data } = await service.ask<Record<string, { name: string; labels: { value: string }[] }>>(`{
      carotene: compound(smiles: "CC1=C(C(C)(C)CCC1)/C=C/C(C)=C/C=C") { name labels(dataset: "gzip") { value } }
      acetate: compound(smiles: "CC(=O)[O-]") { name labels(dataset: "gzip") { value } }
      ether: compound(smiles: "CCOCC") { name labels(dataset: "gzip") { value } }
      ethanol: compound(smiles: "OCC") { name labels(dataset: "gzip") { value } } }`);
    expect(data!.carotene.name).toBe("β-Carotene");
    expect(data!.acetate.name).toBe("Sodium acetate");
    expect(data!.ether.labels).toEqual([]);
    // The flavor is under its second id, the health effect and the ontology under its first.
    expect(data!.ethanol.labels.map(({ value }) => value)).toEqual(
      expect.arrayContaining(["pungent", "irritant", "Source", "Biological role", "Organooxygen compounds"]),
    );
  });

  it("given again changes nothing", async () => {
    const before = await labelsOf("gzip");
    const { last } = await send("/import/foodb?dataset=gzip", await foodbArchive());
    expect(last.report).toMatchObject({ imported: 0, merged: EXPECTED.imported + EXPECTED.merged });
    expect(await labelsOf("gzip")).toEqual(before);
  });

  it("of the command line is an archive or a folder, sent without the tables that no code reads", async () => {
    const archive = join(folder, "foodb_2020_4_7_csv.tar.gz");
    await writeFile(archive, await foodbArchive()); // a plain tar in spite of its name
    const unpacked = join(folder, "foodb_2020_04_07_csv");
    await mkdir(unpacked);
    for (const [name, text] of Object.entries(foodbFiles())) await writeFile(join(unpacked, name), text);
    const outs = [];
    for (const [index, path] of [archive, unpacked].entries()) {
      const { exitCode, out, err } = await maillard(`${service.url}/graphql`, [
        "import",
        "foodb",
        path,
        "-d",
        `cli-${index}`,
      ]);
      expect(exitCode, err).toBe(0);
      outs.push(out.replaceAll(`cli-${index}`, "cli"));
    }
    expect(outs[0]).toBe(outs[1]);
    expect(outs[0]).toContain("SMILES in column 8 of Compound.csv, which its header calls cas_number");
    expect(outs[0]).toContain("CompoundOntologyTerm 2 of 6 (NO_LEVEL 1, UNKNOWN_TERM 1)");
    expect(outs[0]).toContain("27 imported, 1 merged with molecules already there, 3 dropped");
  });

  it.each([
    ["without any SMILES", async () => foodbArchive({ withoutSmiles: true }), "COLUMN_NOT_FOUND"],
    ["cut off", async () => (await foodbArchive()).subarray(0, 9_000), "BAD_INPUT"],
    ["cut off in gzip", async () => (await foodbArchive({ gzip: true })).subarray(0, 900), "BAD_INPUT"],
    ["that is no archive", async () => Buffer.from("smiles\nCCO\n"), "BAD_INPUT"],
    ["that is empty", async () => Buffer.alloc(0), "BAD_INPUT"],
  ])("%s is refused, and nothing of it is stored", async (_name, body, code) => {
    const before = await datasets();
    const { last } = await send("/import/foodb?dataset=refused", await body());
    expect(last.error).toMatchObject({ code });
    expect(await datasets()).toEqual(before);
  });
});

describe("a CSV file", () => {
  const CSV = "title,smiles,taste,mass\nethanol,CCO,sharp|burning,46\nopen,C1CC,,\nether,CCOCC,sweet,74\n";
  const QUERY = "smiles=smiles&name=title&multi=taste&number=mass";

  it("is imported as it is, plain or gzip", async () => {
    const { gzipSync } = await import("node:zlib");
    for (const [name, body] of [
      ["plain", Buffer.from(CSV)],
      ["packed", gzipSync(CSV)],
    ] as const) {
      const { last, lines } = await send(`/import/csv?dataset=csv-${name}&${QUERY}`, body);
      expect(last).toMatchObject({
        dataset: { name: `csv-${name}`, size: 2 },
        report: { rows: 3, imported: 2, dropped: 1, codes: { INVALID_SMILES: 1 } },
      });
      expect(JSON.parse(lines[0])).toMatchObject({ description: { encoding: "utf-8", delimiter: ",", lines: 4 } });
      expect(JSON.parse(lines[1])).toEqual({ progress: { done: 4, rows: 4 } });
    }
    const { labelSets } = await labelsOf("csv-plain");
    expect(labelSets.map(({ name, kind }) => [name, kind])).toEqual([
      ["mass", "NUMBER"],
      ["taste", "MULTI_LABEL"],
    ]);
    const { dataset } = await service.data<{ dataset: { report: object } }>(
      `{ dataset(name: "csv-plain") { report { reasons { code count } problems { line code } } } }`,
    );
    expect(dataset.report).toEqual({
      reasons: [{ code: "INVALID_SMILES", count: 1 }],
      problems: [{ line: 3, code: "INVALID_SMILES" }],
    });
  });

  it.each([
    ["a column that is missing", "dataset=no&smiles=structure", CSV, "COLUMN_NOT_FOUND"],
    ["no rows", `dataset=no&${QUERY}`, "title,smiles,taste,mass\n", "EMPTY_INPUT"],
    ["nothing", `dataset=no&${QUERY}`, "", "EMPTY_INPUT"],
    ["no name of a dataset", QUERY, CSV, "BAD_INPUT"],
    ["a bad name", `dataset=no%20name&${QUERY}`, CSV, "BAD_INPUT"],
  ])("%s is refused: no dataset, no file left, no path in the message", async (_name, query, body, code) => {
    const before = await datasets();
    const { last } = await send(`/import/csv?${query}`, Buffer.from(body));
    expect(last.error).toMatchObject({ code });
    expect(JSON.stringify(last)).not.toContain("/uploads/");
    expect(await datasets()).toEqual(before);
    expect(await readdir(join(service.home, "uploads")).catch(() => [])).toEqual([]);
  });
});

describe("an upload", () => {
  it("needs the header that other sites cannot send, and a key if keys are set", async () => {
    const body = Buffer.from("smiles\nC\n");
    const { "x-maillard-client": _ours, ...without } = HEADERS;
    expect(await send("/import/csv?dataset=x", body, without)).toMatchObject({
      status: 403,
      last: { errors: [{ extensions: { code: "FORBIDDEN" } }] },
    });
    expect(await send("/import/csv?dataset=x", body, HEADERS, keyed.url)).toMatchObject({ status: 401 });
    const authorized = { ...HEADERS, authorization: `Bearer ${KEY}` };
    expect(await send("/import/csv?dataset=x", body, authorized, keyed.url)).toMatchObject({
      status: 200,
      last: { dataset: { size: 1 } },
    });
    expect(await send("/import/csv?dataset=x", body, { ...HEADERS, "content-type": "text/csv" })).toMatchObject({
      status: 415,
    });
    expect(await send("/graphql", body)).toMatchObject({ status: 415 });
    expect(await datasets()).not.toContain("x");
  });

  it("above the limit is refused, by its Content-Length or as it arrives", async () => {
    const body = Buffer.alloc(300_000, "C\n");
    expect(await send("/import/csv?dataset=large", body)).toMatchObject({
      status: 413,
      last: { errors: [{ extensions: { code: "BODY_TOO_LARGE" } }] },
    });
    const last = await chunked("/import/csv?dataset=large", [body.subarray(0, 150_000), body.subarray(150_000)]);
    expect(JSON.parse(last)).toMatchObject({ error: { code: "FILE_TOO_LARGE", details: { maximum: 200_000 } } });
    expect(await datasets()).not.toContain("large");
  });

  it("whose client leaves in the middle of the import ends, and leaves no dataset that it made", async () => {
    const chains = Array.from({ length: 3_000 }, (_, n) => `${"C".repeat(1 + (n % 60))}O${"C".repeat(1 + n / 60)}`);
    const body = `smiles\n${chains.join("\n")}\n`;
    await send("/import/csv?dataset=older", "smiles\nCCO\n");
    for (const dataset of ["fresh", "older"]) {
      const options = { method: "POST", headers: HEADERS, agent: false };
      const call = request(`${service.url}/import/csv?dataset=${dataset}`, options);
      call.on("error", () => undefined);
      call.end(body);
      // The first batch is written when the first progress comes.
      await new Promise<void>((resolve) => {
        call.on("response", (response) => {
          response.on("error", () => undefined);
          response.on("close", () => resolve());
          response.on("data", (chunk: Buffer) => {
            if (String(chunk).includes("progress")) call.destroy();
          });
        });
      });
    }
    await until(() => readdirSync(join(service.home, "uploads")).length === 0);
    expect(await datasets()).not.toContain("fresh");
    // Of a dataset that was there before, the batches that were written stay.
    const { size } = await service.store.prisma.dataset.findFirstOrThrow({ where: { name: "older" } });
    expect(size).toBeGreaterThan(1);
    expect(size).toBeLessThan(3_000);
  });

  it("that fails for an unexpected reason is INTERNAL, and the log has the reason", async () => {
    const { chemistry } = service.application;
    const parse = vi.spyOn(chemistry, "parse").mockRejectedValue(new TypeError("broken"));
    const { last } = await send("/import/csv?dataset=broken", "smiles\nCCO\n");
    parse.mockRestore();
    expect(last).toMatchObject({ error: { code: "INTERNAL", message: expect.stringContaining("request") } });
    expect(service.problems.at(-1)).toMatchObject({ fields: { error: "TypeError: broken" } });
    expect(await datasets()).not.toContain("broken");
  });

  it("whose connection breaks leaves nothing", async () => {
    const tar = await foodbArchive();
    for (const [path, part] of [
      ["/import/foodb?dataset=torn", tar.subarray(0, 12_000)],
      ["/import/csv?dataset=torn", Buffer.from("smiles\nCCO\nCC")],
    ] as const)
      await new Promise<void>((resolve) => {
        const call = request(`${service.url}${path}`, { method: "POST", headers: HEADERS });
        call.on("error", () => resolve());
        call.write(part, () => setTimeout(() => call.destroy(), 100));
      });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await datasets()).not.toContain("torn");
    expect(await readdir(join(service.home, "uploads")).catch(() => [])).toEqual([]);
  });
});

/** The last line of the answer to a body without a length. */
function chunked(path: string, parts: Buffer[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(`${service.url}${path}`, { method: "POST", headers: HEADERS }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(text.trim().split("\n").at(-1) ?? ""));
    });
    call.on("error", reject);
    for (const part of parts) call.write(part);
    call.end();
  });
}

it("a FooDB import that fails between two batches says what is kept, is retryable, and then continues", async () => {
  const chains = Array.from(
    { length: 1_100 },
    (_, n) => `${"C".repeat(1 + (n % 40))}O${"C".repeat(Math.floor(n / 40))}N`,
  );
  const text = [
    "id,public_id,name,moldb_smiles,kingdom,superklass",
    ...chains.map((smiles, n) => `${n},F,n,${smiles},a,b`),
  ];
  async function* tables() {
    yield { table: "Compound" as const, bytes: Readable.from([Buffer.from(text.join("\n"))]), size: 1 };
  }
  const { store, chemistry } = service.application;
  const parse: typeof chemistry.parse = (smiles) => {
    if (smiles.length === 100) throw new MaillardError("OVERLOADED", "Too much.", { retryable: true });
    return chemistry.parse(smiles);
  };
  const broken = { store, chemistry: Object.create(chemistry, { parse: { value: parse } }) };
  await expect(importFoodb(broken, tables(), { dataset: "halves" })).rejects.toMatchObject({
    code: "OVERLOADED",
    retryable: true,
    message: "Too much. The 1000 rows above were read and imported: import it again, nothing is doubled.",
  });
  const before = await labelsOf("halves");
  const { report } = await importFoodb({ store, chemistry }, tables(), { dataset: "halves" });
  const after = await labelsOf("halves");
  expect([report.rows, report.merged + report.imported]).toEqual([1_100, 1_100]);
  expect(report.imported).toBe(after.size - before.size);
  expect(after.labelSets.find(({ name }) => name === "superclass")?.counts).toEqual([
    { value: "b", count: after.size },
  ]);
});
