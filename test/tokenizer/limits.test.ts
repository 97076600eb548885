/** Tokenizers that people bring: patterns are matched in linear time, sizes and ids are bounded before use. */
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLibraryTokenizer } from "../../src/tokenizer/hugging-face.js";
import { loadTokenizer } from "../../src/tokenizer/index.js";
import { checkFileSize, checkTokenizerJson, limitedLines, TOKENIZER_LIMITS } from "../../src/tokenizer/limits.js";
import { LinearPattern } from "../../src/tokenizer/linear-pattern.js";
import { ATOMWISE_PATTERN } from "../../src/tokenizer/pattern.js";
import { atomwiseJson } from "../../src/tokenizer/written/write.js";

const TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "C", "O", "CC", "(", ")", "=", "1", "c", "P"];
type Json = ReturnType<typeof atomwiseJson>;

/** A WordLevel tokenizer with another pattern. */
const withPattern = (pattern: string): Json => {
  const json = structuredClone(atomwiseJson(TOKENS));
  json.pre_tokenizer.pattern.Regex = pattern;
  return json;
};
const withVocabulary = (vocab: Record<string, number>) => ({
  ...atomwiseJson(TOKENS),
  model: { type: "WordLevel", vocab },
});

describe("patterns", () => {
  it.each(["(C+)+P", "(C|CC)*P", "(.*)*(.*)*(.*)*P"])("%s takes linear time", (pattern) => {
    const tokenizer = createLibraryTokenizer(withPattern(pattern));
    const began = performance.now();
    for (const length of [40, 1000]) expect(tokenizer.encode("C".repeat(length), 512).length).toBeGreaterThan(2);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it("give the ids that JavaScript's own engine gives", () => {
    const plain = createLibraryTokenizer(withPattern(ATOMWISE_PATTERN));
    const linear = createLibraryTokenizer(withPattern(ATOMWISE_PATTERN.replace("[0-9])", "[0-9]|J)")));
    for (const smiles of ["CC(=O)Oc1ccccc1C(=O)O", "[Na+].[Cl-]", "C%12CC%12", "", "ÄC😀C", "N#C/C=C\\Br"])
      expect([...linear.encode(smiles, 64)]).toEqual([...plain.encode(smiles, 64)]);
  });

  it.each(["C+", "C|", "[^C]", "\\p{L}", "(c)(1)", "\\d", "\\/", "[\\]\\[]", "=O?"])(
    "%s: each use as in JavaScript",
    (source) => {
      const [own, theirs] = [new LinearPattern(source), new RegExp(source, "gu")];
      for (const text of ["CCO[N]c1CC/C=O1", "", "😀C]["]) {
        expect(text.match(own as unknown as RegExp)).toEqual(text.match(theirs));
        expect([...text.matchAll(own as unknown as RegExp)].map(({ index, 0: match }) => [index, match])).toEqual(
          [...text.matchAll(theirs)].map(({ index, 0: match }) => [index, match]),
        );
        expect(text.replaceAll(own as unknown as RegExp, "<>")).toBe(text.replaceAll(theirs, "<>"));
      }
      expect("aCCb1".split(new LinearPattern("C+"))).toEqual(["a", "b1"]);
    },
  );

  it.each(["C(?=O)", "(C)\\1", "((C{1000}){1000}){1000}"])("%s is refused", (pattern) => {
    expect(() => createLibraryTokenizer(withPattern(pattern))).toThrow(
      expect.objectContaining({ code: "CHECKPOINT_UNSUPPORTED", message: expect.stringContaining("RE2") }),
    );
  });

  it("that replaces is linear too, inside a sequence", () => {
    const json = {
      ...atomwiseJson(TOKENS),
      normalizer: {
        type: "Sequence",
        normalizers: [{ type: "Replace", pattern: { Regex: "(C+)+P" }, content: "O" }],
      },
    };
    const tokenizer = createLibraryTokenizer(json);
    expect(tokenizer.encode("C".repeat(60), 64)).toHaveLength(62);
    expect([...tokenizer.encode("CCCP", 64)]).toEqual([2, 6, 3]);
  });
});

it("of a part that the library does not expect, reached by some texts alone, is CHECKPOINT_INVALID", () => {
  const json = { ...atomwiseJson(TOKENS), post_processor: { type: "Sequence", processors: [{ type: 5 }] } };
  const read = () => createLibraryTokenizer(json).encode("CCO", 64);
  expect(read).toThrow(expect.objectContaining({ code: "CHECKPOINT_INVALID" }));
});

describe("limits", () => {
  const refused = (limit: number, value: number) =>
    expect.objectContaining({ code: "CHECKPOINT_INVALID", details: expect.objectContaining({ limit, value }) });
  const { vocabulary, addedTokens, merges, patternLength, wordLength, steps, growth, tokenLength } = TOKENIZER_LIMITS;
  const base = atomwiseJson(TOKENS);
  const added = (length: number) => ({ ...base, added_tokens: Array(length).fill({ id: 1, content: "C" }) });
  const normalizers = (length: number, content = "") => ({
    ...base,
    pre_tokenizer: null,
    normalizer: { type: "Sequence", normalizers: Array(length).fill({ type: "Replace", content }) },
  });

  it.each([
    ["added tokens", (n: number) => added(n), addedTokens.most],
    ["merges", (n: number) => ({ model: { type: "BPE", vocab: {}, merges: Array(n).fill("C C") } }), merges.most],
    ["entries", (n: number) => ({ model: { type: "Unigram", vocab: Array(n).fill(["C", 0]) } }), vocabulary.most],
    ["pattern", (n: number) => withPattern("C".repeat(n)), patternLength.most],
    ["word", (n: number) => ({ model: { type: "WordPiece", max_input_chars_per_word: n } }), wordLength.most],
    ["token", (n: number) => ({ added_tokens: [{ id: 1, content: "C".repeat(n) }] }), tokenLength.most],
    ["steps", (n: number) => normalizers(n - 1), steps.most],
    ["growth", (n: number) => normalizers(1, "C".repeat(n - 1)), growth.most],
  ] as const)("of %s: n is read, n + 1 is refused", (_name, make, most) => {
    expect(() => checkTokenizerJson(make(most))).not.toThrow();
    expect(() => checkTokenizerJson(make(most + 1))).toThrow(refused(most, most + 1));
  });

  it.each([
    ["vocab", 4e9],
    ["added", 4e9],
    ["vocab", vocabulary.most],
  ])("an id of %s of %d is refused at once", (where, id) => {
    const json = where === "vocab" ? withVocabulary({ C: id }) : { ...base, added_tokens: [{ id, content: "C" }] };
    const began = performance.now();
    expect(() => createLibraryTokenizer(json)).toThrow(refused(vocabulary.most - 1, id));
    expect(performance.now() - began).toBeLessThan(100);
  });

  it("an id of the unknown token outside the list of tokens is refused", () => {
    const json = (unk_id: number) => ({
      model: {
        type: "Unigram",
        unk_id,
        vocab: [
          ["a", 0],
          ["b", -1],
        ],
      },
    });
    expect(() => checkTokenizerJson(json(1))).not.toThrow();
    expect(() => checkTokenizerJson(json(2))).toThrow(refused(1, 2));
  });

  it("nine replacements that double the text are refused", () => {
    expect(() => checkTokenizerJson(normalizers(9, "CC"))).toThrow(
      expect.objectContaining({ code: "CHECKPOINT_INVALID" }),
    );
  });

  it("of lines and files", () => {
    const lines = "C\n".repeat(merges.most);
    expect(limitedLines("merges.txt", lines, "merges")).toHaveLength(merges.most + 1);
    expect(() => limitedLines("merges.txt", `${lines}C\n`, "merges")).toThrow(refused(merges.most, merges.most + 1));
    const bytes = TOKENIZER_LIMITS.fileBytes.most;
    checkFileSize("vocab.json", bytes);
    expect(() => checkFileSize("vocab.json", bytes + 1)).toThrow(refused(bytes, bytes + 1));
  });
});

describe("in a folder", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "maillard-limits-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("ids of 4e9 in tokenizer.json are refused before the vocabulary is made", async () => {
    const json = atomwiseJson(TOKENS);
    await writeFile(
      join(folder, "tokenizer.json"),
      JSON.stringify({ ...json, model: { ...json.model, vocab: { C: 4e9 } } }),
    );
    await expect(loadTokenizer(folder)).rejects.toMatchObject({
      code: "CHECKPOINT_INVALID",
      details: { file: "tokenizer.json", field: "model.vocab", value: 4e9 },
    });
  });

  it("a file above the limit is not read", async () => {
    await writeFile(join(folder, "tokenizer.json"), "");
    await truncate(join(folder, "tokenizer.json"), 8 * 2 ** 30);
    await expect(loadTokenizer(folder)).rejects.toMatchObject({
      code: "CHECKPOINT_INVALID",
      details: { file: "tokenizer.json", value: 8 * 2 ** 30, limit: TOKENIZER_LIMITS.fileBytes.most },
    });
  });
});
