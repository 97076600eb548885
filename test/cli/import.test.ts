/** `maillard import` against a real server: what is taken, what is reported, and what a second import changes. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestService, type TestService } from "../support/api.js";
import { maillard } from "../support/command-line.js";
import { alcohols } from "../support/data/tables.js";
import { sheetRow, workbook } from "../support/data/zip.js";

let service: TestService;
let folder: string;

beforeAll(async () => {
  service = await startTestService({ models: {} });
  folder = await mkdtemp(join(tmpdir(), "maillard-csv-"));
});
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

const CSV = [
  "title,smiles,superclass,flavors,logP",
  "ethanol,CCO,alcohol,sweet|solvent,-0.3",
  "ethanol again,OCC,alcohol,,",
  "open ring,C1CC,alcohol,,",
  "five bonds,C(C)(C)(C)(C)C,other,,",
  'methyl formate,COC=O,ester,"fruity",0.03',
  "a cell too few,CCN,amine",
  "salt,CC(=O)[O-].[Na+],acid,,not a number",
  "",
].join("\n");

const file = async (name: string, content: string | Buffer): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};

const run = (path: string, ...more: string[]) =>
  maillard(`${service.url}/graphql`, ["import", path, "--dataset", "mine", ...more]);

const LABELS = ["--name", "title", "--labels", "superclass", "--kind", "flavors=multi_label", "--kind", "logP=NUMBER"];

interface Library {
  dataset: {
    size: number;
    labelSets: { name: string; kind: string; counts: { value: string; count: number }[] }[];
    compounds: { edges: { node: { smiles: string; name: string | null } }[] };
  };
}
const library = () =>
  service.data<Library>(`{ dataset(name: "mine") { size labelSets { name kind counts { value count } }
    compounds(first: 10) { edges { node { smiles name } } } } }`);

describe("a format", () => {
  const take = async (name: string, content: string | Buffer, ...more: string[]) => {
    const dataset = name.replaceAll(".", "-");
    const { out, err } = await maillard(`${service.url}/graphql`, [
      ...["import", await file(name, content), "--dataset", dataset, "--json"],
      ...more,
    ]);
    if (out === "") throw new Error(err.replaceAll("\n", " ¶ "));
    const { report, description } = JSON.parse(out);
    const { dataset: kept } = await service.data<Library>(
      `query ($name: String!) { dataset(name: $name) { size labelSets { name kind counts { value count } }
        compounds(first: 30) { edges { node { smiles name } } } } }`,
      { name: dataset },
    );
    const nodes = kept.compounds.edges.map(({ node }) => node);
    return { report, description, sets: kept.labelSets, smiles: nodes.map((node) => node.smiles), nodes };
  };
  const MOLECULES = ["C", "CC", "CCC"].flatMap((end) => [`CCCCCC${end}O`, `CCCCCC${end}N`]);
  const classOf = (smiles: string) => (smiles.endsWith("O") ? "alcohol" : "amine");

  it("of CXSMILES is read in cells and in SMILES files, and keeps the names", async () => {
    const rows = MOLECULES.map((smiles) => `"${smiles} |$_AV:x;y$,r|",${classOf(smiles)}`);
    const cells = await take("extended.csv", `drawn,kind\n${rows.join("\n")}\n`);
    expect([cells.report.dropped, cells.smiles]).toEqual([0, MOLECULES]);
    const lines = MOLECULES.map((smiles, row) => `${smiles} |&1:1,r| made ${row}`);
    for (const name of ["extended.smi", "extended.txt"]) {
      const { nodes, report } = await take(name, `${lines.join("\n")}\n`, "--no-labels");
      expect([report.dropped, nodes.map((node) => node.smiles)]).toEqual([0, MOLECULES]);
      if (name.endsWith("smi")) expect(nodes.map((node) => node.name)).toEqual(lines.map((_, row) => `made ${row}`));
    }
  });

  it("with characters that cannot be seen names them in the report", async () => {
    const rows = MOLECULES.map((smiles) => `${smiles}\u200b,x`).join("\n");
    const { report } = await take("unseen.csv", `smiles,kind\n${rows}\nCCF,y\n`);
    expect([report.imported, report.dropped]).toEqual([1, 6]);
    expect(report.problems[0]).toMatchObject({
      line: 2,
      message: expect.stringContaining("U+200B (zero width space)"),
    });
  });

  it("of InChIs is found, unless a column has SMILES", async () => {
    const inchis = ["InChI=1S/C5H12O/c1-2-3-4-5-6/h6H,2-5H2,1H3", "InChI=1S/C6H14O/c1-2-3-4-5-6-7/h7H,2-6H2,1H3"];
    const rows = inchis.map((inchi, row) => `"${inchi}",${row}`).join("\n");
    const { smiles, report } = await take("inchi.csv", `structure,id\n${rows}\n"InChI=1S/C5H12O/c1",3\n`);
    expect([smiles, report.dropped]).toEqual([["CCCCCO", "CCCCCCO"], 1]);
    const both = inchis.map((inchi, row) => `"${inchi}",${MOLECULES[row]}`).join("\n");
    const { description } = await take("both.csv", `inchi,structure\n${both}\n`);
    expect(description.columns.map(({ use }: { use: string }) => use)).toEqual([null, "SMILES"]);
  });

  it("of an SDF and of a workbook is read by the command", async () => {
    const atoms = (count: number) =>
      Array.from(
        { length: count },
        (_, at) => `    ${at}.0000    0.0000    0.0000 ${at + 1 < count ? "C" : "S"}   0  0\n`,
      );
    const bonds = (count: number) => Array.from({ length: count - 1 }, (_, at) => `  ${at + 1}  ${at + 2}  1  0\n`);
    const records = [2, 3, 4].map(
      (count) =>
        `chain ${count}\n  made\n\n  ${count}  ${count - 1}  0  0  0  0  0  0  0  0999 V2000\n` +
        `${atoms(count).join("")}${bonds(count).join("")}M  END\n> <kind>\n${count > 3 ? "long" : "short"}\n\n$$$$\n`,
    );
    const read = await take("set.sdf", records.join(""));
    expect(read.description).toMatchObject({ source: "SDF", lines: records.join("").split("\n").length - 1 });
    expect(read.nodes).toEqual(["CS", "CCS", "CCCS"].map((smiles, row) => ({ smiles, name: `chain ${row + 2}` })));
    expect(read.sets).toEqual([
      { name: "kind", kind: "SINGLE_LABEL", counts: expect.arrayContaining([{ value: "short", count: 2 }]) },
    ]);
    const rows = [["mol", "kind"], ...MOLECULES.map((smiles) => [smiles, classOf(smiles)])];
    const book = workbook({ a: "", b: rows.map((cells, row) => sheetRow(row + 1, cells)).join("") });
    expect((await take("book.xlsx", book, "--sheet", "b")).smiles).toEqual(MOLECULES);
  });
});

describe("import", () => {
  it("imports the good rows, reports the others with line and reason, and adds nothing the second time", async () => {
    const path = await file("molecules.csv", CSV);
    const first = await run(path, ...LABELS, "--json");
    expect(first.exitCode).toBe(0);
    const { dataset, report } = JSON.parse(first.out);
    expect(dataset).toMatchObject({ name: "mine", size: 3 });
    expect(report).toMatchObject({ rows: 7, imported: 3, merged: 1, dropped: 3, problemCount: 4 });
    expect(report.problems.map(({ line, code }: { line: number; code: string }) => [line, code])).toEqual([
      [4, "INVALID_SMILES"],
      [5, "INVALID_SMILES"],
      [7, "BAD_ROW"],
      [8, "BAD_NUMBER"],
    ]);
    const once = await library();
    expect(once.dataset.labelSets).toEqual([
      { name: "flavors", kind: "MULTI_LABEL", counts: expect.arrayContaining([{ value: "sweet", count: 1 }]) },
      { name: "logP", kind: "NUMBER", counts: [] },
      { name: "superclass", kind: "SINGLE_LABEL", counts: expect.arrayContaining([{ value: "ester", count: 1 }]) },
    ]);
    expect(once.dataset.compounds.edges[0].node).toEqual({ smiles: "CCO", name: "ethanol" });

    const second = await run(path, ...LABELS);
    expect(second.exitCode).toBe(0);
    expect(second.out).toContain("7 rows: 0 imported, 4 merged with molecules already there, 3 dropped");
    expect(second.out).toMatch(/^ {3}4 {2}INVALID_SMILES {2}.*ring/m);
    expect(second.err).toContain("Try: npx maillard finetune --dataset mine --target superclass --watch");
    expect(await library()).toEqual(once);
  });

  it("reads gzip and other delimiters, and shows no more problems than requested", async () => {
    const text = ["SMILES;superclass", "CCCO;alcohol", "nonsense!;x", "C1;x", ""].join("\n");
    const path = await file("semicolons.csv.gz", gzipSync(text));
    const { exitCode, out } = await run(
      path,
      "--smiles",
      "SMILES",
      "--labels",
      "superclass",
      "--delimiter",
      ";",
      "--problems",
      "1",
    );
    expect(exitCode).toBe(0);
    expect(out).toContain("3 rows: 1 imported, 0 merged with molecules already there, 2 dropped");
    expect(out).toContain("… and 1 more");
  });

  it("turns a text that the API would refuse into a problem of its row", async () => {
    const path = await file("long.csv", `smiles,note\nCCCCO,${"x".repeat(1_001)}\nCCCCCO,short\n`);
    const { exitCode, out } = await run(path, "--labels", "note", "--json");
    expect(exitCode).toBe(0);
    expect(JSON.parse(out).report).toMatchObject({
      rows: 2,
      imported: 1,
      dropped: 1,
      problems: [{ line: 2, code: "BAD_ROW", message: expect.stringContaining("1001 characters; at most 1000") }],
    });
  });

  it("sends rows of many labels in requests that the server takes", async () => {
    const labels = Array.from({ length: 80 }, (_, n) => `t${n}`).join("|");
    const rows = alcohols(400).map((smiles, n) => `${smiles},${labels}|u${n % 7}`);
    const path = await file("many-labels.csv", `smiles,${"flavors of ".repeat(7)}\n${rows.join("\n")}\n`);
    const { exitCode, out, err } = await maillard(`${service.url}/graphql`, [
      "import",
      path,
      "-d",
      "many-labels",
      "--json",
    ]);
    expect(exitCode, err).toBe(0);
    expect(JSON.parse(out).report).toMatchObject({ rows: 400, imported: 400, dropped: 0, problemCount: 0 });
    expect(await service.store.prisma.label.count({ where: { value: "t79" } })).toBe(400);
  });

  it("sends many rows in batches and adds their reports up", async () => {
    const rows = Array.from({ length: 520 }, (_, index) => `${"C".repeat(1 + (index % 20))}N`);
    const { exitCode, out, err } = await maillard(`${service.url}/graphql`, [
      "import",
      await file("many.csv", `smiles\n${rows.join("\n")}\n`),
      "--dataset",
      "many",
      "--json",
    ]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out).report).toMatchObject({ rows: 520, imported: 20, merged: 500, dropped: 0 });
    expect(err).toContain("many.csv 100 %  520 rows, 0 dropped");
    const { dataset } = await service.data<{ dataset: { report: { rows: number } } }>(
      `{ dataset(name: "many") { report { rows } } }`,
    );
    expect(dataset.report.rows).toBe(520);
  });

  it("leaves out and counts texts that mean not known, as the upload does; --missing says otherwise", async () => {
    const rows = alcohols(30).map((smiles, i) => `${smiles},${["nan", "acid", "None", "amine"][i % 4]}`);
    const path = await file("marks.csv", `smiles,class\n${rows.join("\n")}\n`);
    const countsOf = async (dataset: string) => {
      const answer = await service.data<{ dataset: { labelSets: { counts: { value: string }[] }[] } }>(
        `{ dataset(name: "${dataset}") { labelSets { counts { value } } } }`,
      );
      return answer.dataset.labelSets[0].counts.map(({ value }) => value).sort();
    };
    const send = (...args: string[]) => maillard(`${service.url}/graphql`, ["import", path, ...args]);
    const shown = await send("-d", "marks");
    expect(shown.err).toContain("read as not known: nan, None (--missing with a list says otherwise");
    expect(shown.out).toContain('labels read as not known: "nan" 8, "None" 7');
    expect(await countsOf("marks")).toEqual(["acid", "amine"]);
    expect(JSON.parse((await send("-d", "kept", "--missing", "nan", "--json")).out).report.missing).toEqual({ nan: 8 });
    expect(await countsOf("kept")).toEqual(["None", "acid", "amine"]);
    await send("-d", "every", "--missing", "");
    expect(await countsOf("every")).toHaveLength(4);
    for (const [query, expected] of [
      ["dataset=marks-http", { nan: 8, None: 7 }],
      ["dataset=kept-http&missing=nan", { nan: 8 }],
      ["dataset=every-http&missing=", {}],
    ] as const) {
      const headers = { "content-type": "application/octet-stream", "x-maillard-client": "test" };
      const body = await readFile(path);
      const response = await fetch(`${service.url}/import/csv?${query}`, { method: "POST", body, headers });
      const last = (await response.text()).trim().split("\n").at(-1) as string;
      expect(JSON.parse(last).report.missing).toEqual(expected);
    }
    expect(await countsOf("every-http")).toHaveLength(4);
  });

  it.each([
    ["a missing file", "absent.csv", null, "BAD_INPUT", "cannot be read"],
    ["an empty file", "empty.csv", "", "EMPTY_INPUT", "is empty"],
    ["a header without rows", "header.csv", "smiles,superclass\n", "EMPTY_INPUT", "no row below"],
    [
      "a file without SMILES",
      "other.csv",
      "structure,superclass\nethanol,x\n",
      "COLUMN_NOT_FOUND",
      '"structure", "superclass"',
    ],
  ])("refuses %s before anything is sent", async (_what, name, content, code, text) => {
    const path = content === null ? join(folder, name) : await file(name, content);
    const { exitCode, out, err } = await run(path);
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
    expect(err).toContain(code);
    expect(err).toContain(text);
  });

  it("ends with 1 when no row could be imported, and with the API's code when the kinds contradict", async () => {
    const bad = await run(await file("bad.csv", "smiles\nC1CC\n"));
    expect(bad.exitCode).toBe(1);
    expect(bad.out).toContain("1 row: 0 imported, 0 merged with molecules already there, 1 dropped");
    const conflict = await run(await file("kinds.csv", "smiles,superclass\nCCO,1\n"), "--kind", "superclass=NUMBER");
    expect(conflict.exitCode).toBe(1);
    expect(conflict.err).toMatch(/^CONFLICT /m);
  });
});
