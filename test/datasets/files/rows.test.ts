/** Tables with ragged rows, stray quotes, lines above them and odd bytes: each with the right reading. */
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withoutLines } from "../../../src/datasets/files/preamble.js";
import {
  alcohols,
  beside,
  columnOf,
  type Describer,
  encoded,
  labelsOf,
  startDescriber,
  table,
} from "../../support/data/tables.js";

let tables: Describer;
beforeAll(async () => {
  tables = await startDescriber();
});
afterAll(() => tables?.close());

const COUNT = 30;
const SMILES = alcohols(COUNT);
const CLASSES = ["alcohol", "acid", "amine"];
const range = <T>(count: number, value: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => value(i));
const read: Describer["read"] = (...given) => tables.read(...given);

describe("a table between tabs is no SMILES file, and its ragged rows are problems of their own", () => {
  const lines = SMILES.map((smiles, i) => `${smiles}\tn${i}\t${CLASSES[i % 3]}`);
  const replaced = (line: string) =>
    `smiles\tname\tclass\n${lines.map((own, i) => (i === 7 ? line : own)).join("\n")}\n`;

  it.each([
    ["a row that ends early", replaced(`${SMILES[7]}\tn7`), 29, [[9, /3: "class" is missing/]]],
    ["a row with a tab too many", replaced(`${SMILES[7]}\tn\t7\tacid`), 29, [[9, /4 cells.*hold a tab/]]],
    [
      "a line break inside a cell",
      replaced(`${SMILES[7]}\tfirst line\nsecond line\tacid`),
      29,
      [
        [9, /"class" is missing/],
        [10, /"class" is missing/],
      ],
    ],
  ] as const)("%s", async (_what, text, imported, problems) => {
    const { found, good, bad } = await read(text);
    expect(found).toMatchObject({ format: "CSV", delimiter: "\t", header: true, malformedRows: problems.length });
    expect(columnOf(found, "class")).toMatchObject({ use: "SINGLE_LABEL", distinct: 3 });
    expect(good).toHaveLength(imported);
    expect(good[0].labels).toEqual({ class: ["alcohol"] });
    expect(bad).toEqual(problems.map(([line, text]) => [line, expect.stringMatching(text)]));
  });

  it("with two columns and a header, too; lines without a header may be a SMILES file", async () => {
    const two = SMILES.map((smiles, i) => `${smiles}\t${CLASSES[i % 3]}`);
    const { found, good, bad } = await read(`smiles\tclass\n${two.join("\n")}\nCCS\nCCSC\tacid\tx\n`);
    expect([found.format, good.length, bad.map(([line]) => line)]).toEqual(["CSV", 30, [32, 33]]);
    const plain = await read("CCO\tethanol\nCCN ethyl amine\nCCC\tpropane\nCCS\tthe thiol\n");
    expect(plain.found.format).toBe("SMILES");
    expect(plain.good.map(({ name }) => name)).toEqual(["ethanol", "ethyl amine", "propane", "the thiol"]);
  });
});

describe("cells that a program left out at the end of rows are empty ones", () => {
  it("under a header with a separator too many", async () => {
    const { found, good, bad } = await read(
      `smiles,class,\n${beside(
        "class",
        range(COUNT, (i) => CLASSES[i % 3]),
      )}`.replace("smiles,class\n", ""),
    );
    expect([good.length, bad, found.malformedRows]).toEqual([COUNT, [], 0]);
    expect(labelsOf(good, "class").slice(0, 3)).toEqual(CLASSES);
  });

  it("where some rows lack them, and where rows have empty ones too many", async () => {
    const rows = SMILES.map((smiles, i) => [smiles, CLASSES[i % 3], ...(i % 3 === 0 ? [] : ["n"])]);
    const ragged = await read(table(["smiles", "class", "note"], rows));
    expect([ragged.good.length, ragged.bad, ragged.found.endsEarly]).toEqual([COUNT, [], true]);
    const surplus = await read(
      `smiles,class\n${SMILES.map((smiles, i) => `${smiles},${CLASSES[i % 3]},, \n`).join("")}`,
    );
    expect([surplus.good.length, surplus.bad]).toEqual([COUNT, []]);
    expect(surplus.good[1].labels).toEqual({ class: ["acid"] });
  });

  it("of labels too, where that is usual; in a column that is not used, always", async () => {
    const rows = SMILES.map((smiles, i) => [smiles, CLASSES[i % 3], ...(i % 3 === 0 ? [] : [`${i}.5`])]);
    const usual = await read(table(["smiles", "class", "logP"], rows));
    expect([usual.good.length, labelsOf(usual.good, "logP").length]).toEqual([COUNT, 20]);
    const once = rows.map((row, i) => (i === 3 ? row : [...row.slice(0, 2), `${i}.5`]));
    const rare = await read(table(["smiles", "class", "logP"], once));
    expect(rare.bad).toEqual([[5, expect.stringContaining('"logP" is missing')]]);
    expect((await read(table(["smiles", "class", "logP"], once), { labels: ["class"] })).bad).toEqual([]);
  });

  it("in the first row of a table without a header", async () => {
    const rows = SMILES.map((smiles, i) => [smiles, CLASSES[i % 3], ...(i % 3 === 0 ? [] : ["n"])]);
    const { found, good } = await read(table(null, rows));
    expect([found.header, found.columns.length, good.length]).toEqual([false, 3, COUNT]);
  });
});

describe("quotes", () => {
  const lines = SMILES.map((smiles, i) => `${smiles},n${i},${CLASSES[i % 3]}`);
  const replaced = (more: Record<number, string>) =>
    `smiles,name,class\n${lines.map((own, i) => more[i] ?? own).join("\n")}\n`;

  it.each(['5"-x', '"5\'-x" phosphate', 'a "quoted" word'])("of text inside a cell are text: %s", async (name) => {
    const { good, bad } = await read(replaced({ 7: `${SMILES[7]},${name},acid` }));
    expect([good.length, bad]).toEqual([COUNT, []]);
    expect(good[7]).toMatchObject({ line: 9, name, labels: { class: ["acid"] } });
  });

  it.each([
    ["never closed", replaced({ 7: `${SMILES[7]},"5 prime,acid` })],
    ["closed before more text", replaced({ 7: `${SMILES[7]},"5 prime,acid`, 20: `${SMILES[20]},"3 prime",acid` })],
    ["below blank lines and remarks", `# one\n\n${replaced({ 4: `\n${SMILES[4]},"5 prime,acid` })}`],
  ])("that open a cell and are %s name the line where they open", async (_what, text) => {
    await expect(tables.describe(text)).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: expect.stringContaining("on line 9"),
      details: { line: 9 },
    });
  });

  it("that close in another row are a problem of the row that swallowed the others", async () => {
    const { good, bad } = await read(replaced({ 7: `${SMILES[7]},"5 prime,acid`, 20: `${SMILES[20]},3 prime",acid` }));
    expect(bad).toEqual([[22, expect.stringMatching(/on line 9 and closes on line 22/)]]);
    expect(good).toHaveLength(COUNT - 14);
    const prose = await read(replaced({ 7: `${SMILES[7]},"a name, with\na second, and\n""quoted"" line",acid` }));
    expect([prose.good.length, prose.bad]).toEqual([COUNT, []]);
  });
});

describe("lines above a table", () => {
  const rows = (delimiter: string) =>
    beside(
      "class",
      range(COUNT, (i) => CLASSES[i % 3]),
      delimiter,
    );

  it.each([
    ["sep=; of Excel", `sep=;\n${rows(";")}`, ["sep=;"], ";"],
    ["sep= of a character that is not looked for", `sep=^\r\n${rows("^")}`, ["sep=^"], "^"],
    ["remarks", `# exported, by a "tool\n# units: nM\n\n${rows(",")}`, ['# exported, by a "tool', "# units: nM"], ","],
    ["remarks of old line ends", `# a\r# b\r${rows("\t").replaceAll("\n", "\r")}`, ["# a", "# b"], "\t"],
  ])("%s are skipped and named", async (_what, text, skipped, delimiter) => {
    const { found, good, bad } = await read(text);
    expect(found).toMatchObject({ skipped, delimiter, header: true, sampledRows: COUNT });
    expect([good.length, bad]).toEqual([COUNT, []]);
    expect(good[0]).toEqual({
      line: text.split(/\r\n|\n|\r/).findIndex((line) => line.startsWith(SMILES[0])) + 1,
      smiles: SMILES[0],
      labels: { class: ["alcohol"] },
    });
  });

  it("may be the header itself, and stand in a SMILES file", async () => {
    const { found, good } = await read(`# made by hand\n#${rows(",")}`);
    expect(found).toMatchObject({ skipped: ["# made by hand"], header: true });
    expect(found.columns.map(({ name }) => name)).toEqual(["smiles", "class"]);
    expect([good.length, good[0].line]).toEqual([COUNT, 3]);
    const smiles = await read("# zinc\nCCO ethanol\nCCN amine\n");
    expect(smiles.good.map(({ line, name }) => [line, name])).toEqual([
      [2, "ethanol"],
      [3, "amine"],
    ]);
  });

  it("are taken off wherever a stream cuts them", async () => {
    for (const end of ["\n", "\r\n", "\r"])
      for (let cut = 0; cut < 8; cut++) {
        const text = `ab${end}cd${end}ef${end}`;
        const pieces = [text.slice(0, cut), text.slice(cut)].map((piece, i) => (i ? piece : Buffer.from(piece)));
        let left = "";
        for await (const piece of withoutLines(Readable.from(pieces, { objectMode: true }), 2)) left += piece;
        expect(left, `${JSON.stringify(end)} at ${cut}`).toBe(`ef${end}`);
      }
  });
});

describe("bytes that are no text name their line", () => {
  const text = beside(
    "class",
    range(COUNT, (i) => CLASSES[i % 3]),
  );

  it("a zero byte", async () => {
    for (const [bytes, line] of [
      [Buffer.from(`${text}CC\0O,acid\n`), 32],
      [encoded(`${text}CC\0O,acid\n`, "utf-16le", true), 32],
    ] as const)
      await expect(tables.describe(bytes)).rejects.toMatchObject({ code: "BAD_INPUT", details: { line } });
  });

  it("two encodings in one line, between any line ends; windows-1252 alone is read", async () => {
    for (const end of ["\n", "\r\n", "\r"])
      await expect(
        tables.describe(
          Buffer.concat(
            [Buffer.from(`${text}CCS,é`), Buffer.from([0x74, 0xe9]), Buffer.from("\n")].map((part) =>
              Buffer.from(part.toString("latin1").replaceAll("\n", end), "latin1"),
            ),
          ),
        ),
        JSON.stringify(end),
      ).rejects.toMatchObject({
        code: "BAD_INPUT",
        message: expect.stringContaining("mixes encodings"),
        details: { line: 32, utf8Line: 32 },
      });
    const western = await tables.describe(encoded(`${text}CCS,«CAFÉ» Ã – 5 €\n`, "windows-1252"));
    expect(western.encoding).toBe("windows-1252");
  });
});
