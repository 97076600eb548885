/**
 * Descriptions of files over HTTP and on the command line: both give the same, before a file is imported, and a
 * description writes nothing.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestService, type TestService } from "../support/api.js";
import { maillard } from "../support/command-line.js";
import { alcohols, encoded, table } from "../support/data/tables.js";

let service: TestService;
let folder: string;
beforeAll(async () => {
  service = await startTestService({ models: {} });
  folder = await mkdtemp(join(tmpdir(), "maillard-describe-"));
});
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

const HEADERS = { "content-type": "application/octet-stream", "x-maillard-client": "test" };
async function send(query: string, body: Buffer | string) {
  const response = await fetch(`${service.url}/import/csv?${query}`, { method: "POST", body, headers: HEADERS });
  return (await response.text())
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
const file = async (name: string, content: string | Buffer): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};
const run = (...args: string[]) => maillard(`${service.url}/graphql`, ["import", ...args]);
const datasets = async () => (await service.store.prisma.dataset.findMany()).map(({ name }) => name).sort();
const setsOf = async (dataset: string) => {
  const answer = await service.data<{
    dataset: { size: number; labelSets: { name: string; kind: string; counts: { value: string; count: number }[] }[] };
  }>(`{ dataset(name: "${dataset}") { size labelSets { name kind counts { value count } } } }`);
  return answer.dataset;
};

/** An export of a German Excel: semicolons, decimal commas, windows-1252; and a toxicity flag with gaps. */
const SMILES = alcohols(30);
const EXPORT = encoded(
  table(
    ["Titel name", "Struktur", "Geruch", "logP", "NR-AR"],
    SMILES.map((smiles, i) => [
      `Äther ${i}`,
      smiles,
      ["süß|grün", "süß", "grün"][i % 3],
      `${i},5`,
      ["0", "1", ""][i % 3],
    ]),
    ";",
  ),
  "windows-1252",
);
const KINDS = { Geruch: "MULTI_LABEL", "NR-AR": "SINGLE_LABEL", logP: "NUMBER" };

describe("a description by HTTP", () => {
  it("gives in one line what was found, and writes nothing", async () => {
    const before = await datasets();
    const lines = await send("describe=true", gzipSync(EXPORT));
    expect(lines).toHaveLength(1);
    expect(lines[0].description).toMatchObject({
      format: "CSV",
      encoding: "windows-1252",
      byteOrderMark: false,
      compression: "GZIP",
      delimiter: ";",
      header: true,
      lines: 31,
      sampledRows: 30,
      isWhole: true,
      malformedRows: 0,
      missing: [],
    });
    expect(lines[0].description.columns).toMatchObject([
      { name: "Titel name", kind: "NAME", use: "NAME", distinct: 30, examples: ["Äther 0", "Äther 1", "Äther 2"] },
      { name: "Struktur", kind: "SMILES", use: "SMILES" },
      { name: "Geruch", kind: "MULTI_LABEL", use: "MULTI_LABEL", separator: "|", distinct: 2 },
      { name: "logP", kind: "NUMBER", use: "NUMBER", decimal: "," },
      { name: "NR-AR", kind: "SINGLE_LABEL", use: "SINGLE_LABEL", missingShare: 1 / 3 },
    ]);
    expect(await datasets()).toEqual(before);
    expect(await readdir(join(service.home, "uploads"))).toEqual([]);
  });

  it("comes first in the answer of an import, and the import uses it", async () => {
    const lines = await send("dataset=export", EXPORT);
    expect(lines.map((line) => Object.keys(line)[0])).toEqual(["description", "progress", "dataset"]);
    expect(lines.at(-1).report).toMatchObject({ rows: 30, imported: 30, problemCount: 0 });
    const { labelSets } = await setsOf("export");
    expect(Object.fromEntries(labelSets.map(({ name, kind }) => [name, kind]))).toEqual(KINDS);
    expect(labelSets.find(({ name }) => name === "Geruch")!.counts).toEqual([
      { value: "grün", count: 20 },
      { value: "süß", count: 20 },
    ]);
    const { label } = { label: await service.store.prisma.label.findFirst({ where: { value: "7.5" } }) };
    expect(label!.number).toBe(7.5);
  });

  it("gives way to parameters of the address", async () => {
    const [{ description }] = await send(
      "describe=true&label=logP&multi=NR-AR&separator=%2B&name=Geruch&encoding=iso-8859-1&header=true&delimiter=;",
      EXPORT,
    );
    expect(description).toMatchObject({ encoding: "iso-8859-1", delimiter: ";" });
    expect(
      description.columns.map(({ use, separator }: { use: string; separator: string }) => [use, separator]),
    ).toEqual([
      [null, null],
      ["SMILES", null],
      ["NAME", null],
      ["SINGLE_LABEL", null],
      ["MULTI_LABEL", "+"],
    ]);
    const last = (await send("dataset=bare&label=", EXPORT)).at(-1);
    expect(last.dataset.size).toBe(30);
    expect((await setsOf("bare")).labelSets).toEqual([]);
    const [smiles] = await send("describe=true&format=smiles", "CCO a,b\nCCC c,d\n");
    expect(smiles.description).toMatchObject({ format: "SMILES", columns: [{ use: "SMILES" }, { use: "NAME" }] });
    const [part] = await send("describe=true&part=true", "smiles\nCCO\n");
    expect(part.description.isWhole).toBe(false);
  });

  it.each([
    ["dataset=no", "canonical,isomeric\nCCO,OCC\nCCC,CCC\n", "COLUMN_AMBIGUOUS", "smiles"],
    ["dataset=no", "name,class\nethanol,a\n", "COLUMN_NOT_FOUND", "smiles"],
    ["dataset=no&label=taste", "smiles,class\nCCO,a\n", "COLUMN_NOT_FOUND", "taste"],
    ["describe=true&smiles=structure", "smiles,class\nCCO,a\n", "COLUMN_NOT_FOUND", "structure"],
    ["dataset=no&encoding=utf-8", encoded("smiles,name\nCCO,café\n", "windows-1252"), "BAD_INPUT", "file"],
    ["dataset=no&encoding=klingon", "smiles\nCCO\n", "BAD_INPUT", "encoding"],
    ["dataset=no&delimiter=ab", "smiles\nCCO\n", "BAD_INPUT", "delimiter"],
    ["dataset=no&header=perhaps", "smiles\nCCO\n", "BAD_INPUT", "header"],
    ["dataset=no&decimal=x", "smiles\nCCO\n", "BAD_INPUT", "decimal"],
    ["dataset=no&format=sdf", "smiles\nCCO\n", "BAD_INPUT", "format"],
    ["describe=1", "smiles\nCCO\n", "BAD_INPUT", "describe"],
    ["describe=true&format=constructor", "smiles\nCCO\n", "BAD_INPUT", "format"],
    ["dataset=no&delimiter=ab", Buffer.alloc(20_000_000, "C"), "BAD_INPUT", "delimiter"],
  ])("%s of a file that does not match is refused with a code", async (query, body, code, param) => {
    const before = await datasets();
    const last = (await send(query, body)).at(-1);
    expect(last.error).toMatchObject({ code, param });
    expect(JSON.stringify(last)).not.toContain("/uploads/");
    expect(await datasets()).toEqual(before);
  });
});

it("a fault late in a file says what happened to the rows before it, over HTTP and on the command line", async () => {
  const path = await file("fault.csv", `smiles\n${alcohols(1_100).join("\n")}\n"CC\n`);
  const rows = "The 1000 rows above were read and imported";
  expect((await send("dataset=fault-http", await readFile(path))).at(-1).error).toMatchObject({
    code: "BAD_INPUT",
    message: expect.stringContaining(rows),
  });
  expect((await setsOf("fault-http")).size).toBe(1_000);
  const { exitCode, err } = await run(path, "-d", "fault-cli");
  expect([exitCode, err]).toEqual([1, expect.stringContaining(rows)]);
});

it("a text that is too long is a problem of its row, by HTTP and by the command; the rest is imported", async () => {
  const long = ["x".repeat(1_001), "C".repeat(1_200_000), `"${"a|".repeat(300_000)}"`];
  const text = table(
    ["smiles", "name", "odor"],
    [
      [SMILES[0], long[0], "a"],
      [long[1], "b", "b|a"],
      [SMILES[1], "c", long[2]],
      ...SMILES.slice(2).map((smiles, i) => [smiles, `n${i}`, ["a|b", "b"][i % 2]]),
    ],
  );
  const problems = [
    { line: 2, code: "BAD_ROW", message: expect.stringContaining("1001 characters") },
    { line: 3, code: "BAD_ROW", message: expect.stringContaining("1200000 characters") },
    { line: 4, code: "BAD_ROW", message: expect.stringContaining("300000 characters") },
  ];
  const expected = { rows: 31, imported: 28, dropped: 3, problems };
  expect((await send("dataset=long-http&smiles=smiles&name=name&multi=odor", text)).at(-1)).toMatchObject({
    report: expected,
  });
  const path = await file("long-texts.csv", text);
  const shown = await run(path, "-d", "long-cli", "-s", "smiles", "-n", "name", "-k", "odor=MULTI_LABEL", "--json");
  expect(shown.exitCode, shown.err).toBe(0);
  expect(JSON.parse(shown.out)).toMatchObject({ report: expected });
});

describe("maillard import", () => {
  it("--describe shows the same as the API, as a table or as JSON, and imports nothing", async () => {
    const before = await datasets();
    const path = await file("export.csv.gz", gzipSync(EXPORT));
    const shown = await run(path, "--describe");
    expect(shown).toMatchObject({ exitCode: 0, err: "" });
    expect(shown.out).toContain("windows-1252, gzip, cells separated by semicolons, with a header line");
    expect(shown.out).toMatch(/^Geruch +MULTI_LABEL +the same +2 +0\.0 % +"süß\|grün".* split at "\|"$/m);
    expect(shown.out).toMatch(/^logP +NUMBER +the same +30 +0\.0 % .* decimal commas$/m);
    const json = await run(path, "--describe", "--json");
    expect([JSON.parse(json.out)]).toEqual(
      (await send("describe=true", gzipSync(EXPORT))).map((line) => line.description),
    );
    expect(await datasets()).toEqual(before);
  });

  it("without named columns shows what was found, then imports it", async () => {
    const { exitCode, out, err } = await run(await file("export.csv", EXPORT), "-d", "shown", "--json");
    expect(exitCode, err).toBe(0);
    expect(err).toMatch(/^NR-AR +SINGLE_LABEL +the same/m);
    expect(JSON.parse(out)).toMatchObject({ report: { imported: 30 }, description: { encoding: "windows-1252" } });
    expect(await setsOf("shown")).toEqual(await setsOf("export"));
    const named = await run(
      join(folder, "export.csv"),
      "-d",
      "named",
      "-s",
      "Struktur",
      "-l",
      "logP",
      "-k",
      "NR-AR=NUMBER",
    );
    expect(named.err).not.toContain("the same");
    expect((await setsOf("named")).labelSets.map(({ name, kind }) => [name, kind])).toEqual([
      ["NR-AR", "NUMBER"],
      ["logP", "NUMBER"],
    ]);
    const corrected = await run(join(folder, "export.csv"), "-d", "corrected", "-k", "logP=SINGLE_LABEL");
    expect(corrected.exitCode).toBe(0);
    expect((await setsOf("corrected")).labelSets.map(({ kind }) => kind).sort()).toEqual([
      "MULTI_LABEL",
      "SINGLE_LABEL",
      "SINGLE_LABEL",
    ]);
    await run(join(folder, "export.csv"), "-d", "unlabelled", "--no-labels");
    expect(await setsOf("unlabelled")).toEqual({ size: 30, labelSets: [] });
  });

  it("finds the encoding from the whole file, though only its first part is described", async () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => [SMILES[i % 30], `ethanol and so on ${i}`]);
    const text = table(["smiles", "name"], [...rows, ["CCCS", "café"]]);
    const path = await file("long.csv", encoded(text, "windows-1252"));
    const { exitCode, out } = await run(path, "--describe", "--json");
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      encoding: "windows-1252",
      isWhole: false,
      sampledRows: 1_000,
      lines: 40_002,
    });
    const refused = await run(path, "-d", "long", "--encoding", "utf-8");
    expect(refused.exitCode).toBe(1);
    expect(refused.err).toMatch(/BAD_INPUT.*not UTF-8: line 40002/);
    expect(await datasets()).not.toContain("long");
  });

  it("reads a SMILES file by its file name; any text may be a molecule's name", async () => {
    const path = await file("things.smi.gz", gzipSync("CCO 1,2\nCCC a,b\nCCCN\nnonsense! x,y\n"));
    const { exitCode, out, err } = await run(path, "-d", "things", "--json");
    expect(exitCode, err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      description: { format: "SMILES", header: false },
      report: { rows: 4, imported: 3, dropped: 1, problems: [{ line: 4, code: "INVALID_SMILES" }] },
    });
    expect(err).toContain("SMILES file (SMILES, white space, name), without a header line");
  });

  it("of a file whose SMILES column is ambiguous ends with a code, after the table", async () => {
    const path = await file("two.csv", "canonical,isomeric,class\nCCO,OCC,a\nCCC,CCC,a\nCCN,NCC,b\n");
    for (const more of [["-d", "two"], ["--describe"]]) {
      const { exitCode, out, err } = await run(path, ...more);
      expect(exitCode).toBe(1);
      expect(`${out}\n${err}`).toMatch(/^isomeric +SMILES +–/m);
      expect(err).toMatch(/^COLUMN_AMBIGUOUS .*"canonical", "isomeric"/m);
    }
    expect(await datasets()).not.toContain("two");
    expect((await run(path, "-d", "two", "--smiles", "isomeric")).exitCode).toBe(0);
    const none = await run(await file("none.csv", "name,class\nethanol,a\nwater,a\n"), "--describe", "--json");
    expect(none.exitCode).toBe(1);
    expect(JSON.parse(none.out).columns).toHaveLength(2);
    expect(none.err).toMatch(/^COLUMN_NOT_FOUND /m);
  });

  it("refuses invalid values of options", async () => {
    const path = await file("plain.csv", "smiles\nCCO\n");
    for (const [option, value] of [
      ["--decimal", "x"],
      ["--delimiter", "ab"],
      ["--kind", "x=y"],
    ])
      expect((await run(path, "-d", "plain", option, value)).exitCode).toBe(1);
    expect(await run(path)).toMatchObject({ exitCode: 1, err: expect.stringContaining("--dataset <name> is missing") });
  });
});
