/**
 * Our own tokenizer: ids as written here, nothing dropped, the same ids as the Hugging Face library for the file we
 * write.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLibraryTokenizer } from "../../src/tokenizer/hugging-face.js";
import {
  buildVocabulary,
  createAtomwiseTokenizer,
  loadTokenizer,
  splitAtomwise,
  type Tokenizer,
  writeTokenizer,
} from "../../src/tokenizer/index.js";
import { atomwiseVocabulary } from "../../src/tokenizer/load.js";

const SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
const small = createAtomwiseTokenizer([...SPECIAL, "C", "O", "(", ")", "=", "[C@@H]", "Cl", "%10"]);

const samples = parse(await readFile(new URL("../../samples/food-compounds.csv", import.meta.url), "utf8"), {
  columns: true,
}) as { smiles: string }[];
const smiles = samples.map((row) => row.smiles);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maillard-tokenizer-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("atom-wise ids", () => {
  it("are the places in the vocabulary, between start and end", () => {
    expect([...small.encode("CC(=O)[C@@H]Cl", 512)]).toEqual([2, 5, 5, 7, 9, 6, 8, 10, 11, 3]);
    expect([...small.encode("C%10O%10", 512)]).toEqual([2, 5, 12, 6, 12, 3]);
    expect([...small.encode("", 512)]).toEqual([2, 3]);
  });

  it("keep what is unknown as the unknown token", () => {
    expect([...small.encode("C[Xe]O", 512)]).toEqual([2, 5, 1, 6, 3]);
    expect([...small.encode("CéèO", 512)]).toEqual([2, 5, 1, 6, 3]);
    expect([...small.encode("C[O", 512)]).toEqual([2, 5, 1, 6, 3]);
    expect([...small.encode("xyz", 512)]).toEqual([2, 1, 3]);
  });

  it("are at most maxLength, with the end token last", () => {
    expect([...small.encode("CCCCO", 7)]).toEqual([2, 5, 5, 5, 5, 6, 3]);
    expect([...small.encode("CCCCO", 6)]).toEqual([2, 5, 5, 5, 5, 3]);
    expect([...small.encode("CCCCO", 3)]).toEqual([2, 5, 3]);
    expect(() => small.encode("C", 2)).toThrow(expect.objectContaining({ code: "BAD_INPUT", param: "maxLength" }));
  });

  it("read back as tokens, and know the special ones", () => {
    expect([...small.encode("CC(=O)Cl", 512)].map((id) => small.tokenOf(id)).join("")).toBe("[CLS]CC(=O)Cl[SEP]");
    expect([small.padId, small.unknownId, small.startId, small.endId, small.maskId]).toEqual([0, 1, 2, 3, 4]);
    expect([...small.specialIds]).toEqual([0, 1, 2, 3, 4]);
    expect(small.vocabularySize).toBe(13);
    expect(() => small.tokenOf(13)).toThrow(expect.objectContaining({ code: "BAD_INPUT" }));
  });

  it("lose no character in splitting", () => {
    for (const text of [...smiles, "[[C]", "%1%12", "C C", "é", ""]) expect(splitAtomwise(text).join("")).toBe(text);
    expect(splitAtomwise("BrC%12[nH]")).toEqual(["Br", "C", "%12", "[nH]"]);
  });

  it("need every special token but the mask, and each token once", () => {
    expect(createAtomwiseTokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "C"]).maskId).toBeNull();
    for (const [role, name] of [
      ["pad", "[PAD]"],
      ["unknown", "[UNK]"],
      ["start", "[CLS]"],
      ["end", "[SEP]"],
    ]) {
      const vocabulary = SPECIAL.filter((token) => token !== name);
      expect(() => createAtomwiseTokenizer(vocabulary)).toThrow(
        expect.objectContaining({ code: "CHECKPOINT_INVALID", details: { role } }),
      );
    }
    expect(() => createAtomwiseTokenizer([...SPECIAL, "C", "C"])).toThrow(/lists "C" twice/);
  });
});

describe("a vocabulary from a corpus", () => {
  const corpus = ["CCO", "CCN", "C[Xe]C", "C[Xe]C", "C[Kr]C", "[MASK]"];

  it("has the special tokens first, then tokens by frequency, then the rest that is always covered", () => {
    const vocabulary = buildVocabulary(corpus, { minCount: 2 });
    expect(vocabulary.slice(0, 7)).toEqual([...SPECIAL, "C", "[Xe]"]);
    expect(vocabulary).not.toContain("[Kr]");
    expect(new Set(vocabulary).size).toBe(vocabulary.length);
  });

  it("covers salts, charges, rings, stereo and organic atoms without having seen them", () => {
    const tokenizer = createAtomwiseTokenizer(buildVocabulary([]));
    for (const text of [
      "CC(=O)[O-].[Na+]",
      "[K+].[Cl-]",
      "[Ca+2].[OH-].[OH-]",
      "[NH4+].[Br-]",
      "[Mg+2].[Li+].[I-]",
      "[Zn+2].[Fe+2].[Fe+3]",
      "C[N+](C)(C)C",
      "C[NH+](C)C",
      "C[NH2+]C",
      "C[NH3+]",
      "c1cc[nH]c1",
      "F/C=C\\F",
      "N[C@@H](C)C(=O)O",
      "N[C@H](C)C(=O)O",
      "C[C@]1(F)CC%10CCC%10C1",
      "c1ccsc1",
      "BrC#N",
      "ClCI",
      "COP(=O)(O)O",
      "B(O)O",
    ]) {
      expect([...tokenizer.encode(text, 512)], text).not.toContain(tokenizer.unknownId);
    }
  });

  it("keeps to maxSize by leaving out the rarest, never what is always covered", () => {
    const always = buildVocabulary([]);
    const larger = buildVocabulary(corpus, { minCount: 1, maxSize: always.length + 1 });
    expect(larger.length).toBe(always.length + 1);
    expect(larger).toContain("[Xe]");
    expect(larger).not.toContain("[Kr]");
    expect(always.filter((token) => !larger.includes(token))).toEqual([]);
    expect(() => buildVocabulary(corpus, { maxSize: 10 })).toThrow(
      expect.objectContaining({ code: "BAD_INPUT", param: "maxSize" }),
    );
  });

  it("does not depend on the order of the corpus", () => {
    expect(buildVocabulary([...smiles].reverse())).toEqual(buildVocabulary(smiles));
  });
});

describe("the folder we write", () => {
  const vocabulary = buildVocabulary(smiles, { minCount: 5 });
  let loaded: Tokenizer;
  let tokenizerJson: Record<string, unknown>;
  beforeAll(async () => {
    await writeTokenizer(folder, vocabulary);
    loaded = await loadTokenizer(folder);
    tokenizerJson = JSON.parse(await readFile(join(folder, "tokenizer.json"), "utf8"));
  });

  it("is read by our own code, and has the same ids through the Hugging Face library", () => {
    expect(atomwiseVocabulary(tokenizerJson)).toEqual(vocabulary);
    const library = createLibraryTokenizer(tokenizerJson);
    const texts = [
      ...smiles,
      "C[Xe]C",
      "[[MASK]",
      "C[MASK]C",
      "[CLS]CC[SEP]",
      "xyzCé😀N",
      "C  C\nC",
      "[C",
      "C]",
      "",
      "%1%12",
    ];
    expect(texts.length).toBeGreaterThan(300);
    for (const text of texts) {
      for (const length of [512, 12]) expect(loaded.encode(text, length), text).toEqual(library.encode(text, length));
    }
    expect([library.padId, library.unknownId, library.startId, library.endId, library.maskId]).toEqual([0, 1, 2, 3, 4]);
    expect(library.vocabularySize).toBe(vocabulary.length);
  });

  it("goes through the library as soon as it says anything else", () => {
    expect(atomwiseVocabulary({ ...tokenizerJson, normalizer: { type: "Lowercase" } })).toBeNull();
    expect(atomwiseVocabulary({ ...tokenizerJson, truncation: { max_length: 8 } })).toEqual(vocabulary);
  });

  it("loads from vocab.txt alone with the same ids", async () => {
    const bare = await mkdtemp(join(folder, "bare-"));
    await writeFile(join(bare, "vocab.txt"), vocabulary.join("\r\n"));
    const tokenizer = await loadTokenizer(bare);
    for (const text of smiles) expect(tokenizer.encode(text, 512)).toEqual(loaded.encode(text, 512));
  });
});

describe("a folder that cannot be read", () => {
  const folderWith = async (files: Record<string, string>) => {
    const own = await mkdtemp(join(folder, "bad-"));
    for (const [name, text] of Object.entries(files)) await writeFile(join(own, name), text);
    return own;
  };
  const wordLevel = (extra: object) =>
    JSON.stringify({
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      model: {
        type: "WordLevel",
        vocab: Object.fromEntries(SPECIAL.map((token, id) => [token, id])),
        unk_token: "[UNK]",
      },
      ...extra,
    });
  it.each([
    ["no tokenizer", {}, "CHECKPOINT_INVALID"],
    ["broken JSON", { "tokenizer.json": "{" }, "CHECKPOINT_INVALID"],
    ["not an object", { "tokenizer.json": "[]" }, "CHECKPOINT_INVALID"],
    ["no model", { "tokenizer.json": "{}" }, "CHECKPOINT_INVALID"],
    ["no special tokens", { "vocab.txt": "C\nO\n" }, "CHECKPOINT_INVALID"],
    ["no start token", { "vocab.json": '{"C": 0}', "merges.txt": "" }, "CHECKPOINT_INVALID"],
    ["word pieces without a splitter", { "vocab.txt": `${SPECIAL.join("\n")}\nC\n##C\n` }, "CHECKPOINT_UNSUPPORTED"],
    ["nothing around a sequence", { "tokenizer.json": wordLevel({}) }, "CHECKPOINT_UNSUPPORTED"],
  ])("%s", async (_name, files, code) => {
    await expect(loadTokenizer(await folderWith(files as Record<string, string>))).rejects.toMatchObject({ code });
  });
});
