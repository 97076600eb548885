/** Encodings: found for the whole file, read without loss, or refused by line. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCsv } from "../../../src/datasets/files/csv.js";
import { examineText, readHead } from "../../../src/datasets/files/text-file.js";
import { encoded } from "../../support/data/tables.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maillard-text-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const file = async (content: string | Buffer): Promise<string> => {
  const path = join(folder, "table.csv");
  await writeFile(path, content);
  return path;
};
const names = async (path: string, encoding?: string): Promise<(string | undefined)[]> => {
  const found = [];
  for await (const { name } of readCsv(await examineText(path, encoding), { smiles: "smiles", name: "name" }))
    found.push(name);
  return found;
};

const TEXT = "smiles,name\nCCO,β-Carotin\nCCC,Äthanol\n";
const WESTERN = "smiles,name\nCCO,Äthanol – 5 €\nCCC,café\n";
/** More than the first part that is examined, and more than one chunk of every stream. */
const LONG = `smiles,name\n${`CCO,ethanol and more of it ${"a".repeat(40)}\n`.repeat(20_000)}`;

describe("an encoding", () => {
  it.each([
    ["utf-8", TEXT, "utf-8", false],
    ["utf-8 with its mark", TEXT, "utf-8", true],
    ["utf-16le by its mark", TEXT, "utf-16le", true],
    ["utf-16be by its mark", TEXT, "utf-16be", true],
    ["windows-1252, being no utf-8", WESTERN, "windows-1252", false],
  ])("%s is found and read, plain and gzip", async (_name, text, encoding, byteOrderMark) => {
    const bytes = encoded(text, encoding, byteOrderMark);
    for (const [content, compression] of [
      [bytes, "NONE"],
      [gzipSync(bytes), "GZIP"],
    ] as const) {
      const path = await file(content);
      expect(await examineText(path)).toEqual({ path, compression, encoding, byteOrderMark, lines: 3 });
      expect(await names(path)).toEqual(text === TEXT ? ["β-Carotin", "Äthanol"] : ["Äthanol – 5 €", "café"]);
    }
  });

  it("holds for the whole file: a byte far below the first part decides", async () => {
    const path = await file(Buffer.concat([Buffer.from(LONG), encoded("CCC,café\n", "windows-1252")]));
    expect(await examineText(path)).toMatchObject({ encoding: "windows-1252", lines: 20_002 });
    expect((await names(path)).at(-1)).toBe("café");
    const utf8 = await file(`${LONG}CCC,café\n`);
    expect(await examineText(utf8)).toMatchObject({ encoding: "utf-8", lines: 20_002 });
    expect((await names(utf8)).at(-1)).toBe("café");
  });

  it("is whole wherever a stream cuts its characters", async () => {
    // Chunks are of 65,536 bytes: with 0 to 3 letters before them, characters of 2 to 4 bytes lie across every cut.
    for (const encoding of ["utf-8", "utf-16le", "utf-16be"])
      for (let shift = 0; shift < 4; shift++) {
        const name = `${"a".repeat(shift)}${"é€😀".repeat(30_000)}`;
        const path = await file(encoded(`smiles,name\nCCO,${name}\n`, encoding, true));
        expect((await names(path))[0] === name, `${encoding}, ${shift}`).toBe(true);
      }
  });

  it.each([
    [
      "mixed",
      Buffer.concat([Buffer.from(TEXT), encoded("CCC,café\n", "windows-1252")]),
      undefined,
      /mixes.*line 2 .*line 4/,
    ],
    [
      "named utf-8 and broken far below",
      Buffer.concat([Buffer.from(LONG), Buffer.from([0xe9, 0x0a])]),
      "utf-8",
      /not UTF-8: line 20002/,
    ],
    [
      "neither",
      Buffer.from([...Buffer.from("smiles\nC"), 0x81, 0x0a]),
      undefined,
      /neither UTF-8 nor windows-1252: line 2/,
    ],
    ["UTF-16 without its mark", encoded(TEXT, "utf-16le"), undefined, /zero byte.*utf-16le/],
    [
      "half a UTF-16 pair",
      Buffer.concat([encoded("smiles\nC", "utf-16le", true), Buffer.from([0x3d, 0xd8, 0x0a, 0])]),
      undefined,
      /not utf-16le: line 2/,
    ],
    [
      "named against its mark",
      encoded(TEXT, "utf-16le", true),
      "windows-1252",
      /mark of utf-16le, and windows-1252 was named/,
    ],
    ["unknown by name", Buffer.from(TEXT), "klingon", /"klingon" is no encoding/],
    ["no encoding of text", Buffer.from(TEXT), "base64", /"base64" is no encoding/],
    ["a workbook", Buffer.from("PK\x03\x04 and so on"), undefined, /as an Excel workbook .*save the sheet as CSV/],
    ["a gzip that breaks off", gzipSync(LONG).subarray(0, 2_000), undefined, /to its end/],
    ["a line without end", Buffer.alloc(5_000_000, "C"), undefined, /line 1 has more than/],
    ["a line without end in a named encoding", Buffer.alloc(5_000_000, "C"), "iso-8859-1", /line 1 has more than/],
  ])("that is %s is BAD_INPUT", async (_name, content, encoding, message) => {
    await expect(examineText(await file(content), encoding)).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: expect.stringMatching(message),
    });
  });

  it("that is named is taken at its word, under any spelling", async () => {
    const path = await file(encoded("smiles,name\nCCO,žluť\n", "windows-1250"));
    expect(await names(path, "windows-1250")).toEqual(["žluť"]);
    expect(await names(path, "CP1250")).toEqual(["žluť"]);
    expect(await examineText(await file(encoded(WESTERN, "windows-1252")), "cp1252")).toMatchObject({
      encoding: "windows-1252",
    });
    expect(await names(await file(encoded(TEXT, "utf-16le")), "UTF-16LE")).toEqual(["β-Carotin", "Äthanol"]);
  });

  it("of no bytes is EMPTY_INPUT; of a mark alone a text without lines", async () => {
    await expect(examineText(await file(""))).rejects.toMatchObject({ code: "EMPTY_INPUT" });
    const marked = await examineText(await file(Buffer.from([0xef, 0xbb, 0xbf])));
    expect(await readHead(marked, 100)).toEqual({ text: "", isWhole: true });
  });
});

describe("the first part of a text", () => {
  it("is of whole lines, and says whether it is all", async () => {
    const read = await examineText(await file("smiles\nCCO\nCCC\n"));
    expect(await readHead(read, 12)).toEqual({ text: "smiles\nCCO\n", isWhole: false });
    expect(await readHead(read, 15)).toEqual({ text: "smiles\nCCO\nCCC\n", isWhole: true });
  });
});
