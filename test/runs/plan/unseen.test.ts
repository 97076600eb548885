/** What a run warns of: molecules that were cut, and tokens that the model does not know. */
import { expect, it } from "vitest";
import { UnseenCount } from "../../../src/runs/plan/warnings/unseen.js";
import { createAtomwiseTokenizer } from "../../../src/tokenizer/index.js";

const tokenizer = createAtomwiseTokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "C", "O", "N"]);

function warningsOf(smiles: string[], maximum: number) {
  const count = new UnseenCount(tokenizer, maximum);
  for (const text of smiles) count.add(text, tokenizer.encode(text, maximum));
  return count.warnings();
}

it("has no warning of molecules that are seen as a whole, at the maximum too", () => {
  expect(warningsOf(["CCO", "CCCCCCCO", "N"], 10)).toEqual([]);
});

it("counts molecules that are cut, and names the longest", () => {
  expect(warningsOf(["CCCCCCCCO", "CCCCCCCCCCCC", "C"], 10)).toEqual([
    {
      code: "INPUTS_CUT",
      message: "2 of 3 molecules have more than the 10 tokens that are read, and were cut there; the longest has 14.",
      details: { count: 2, molecules: 3, maximum: 10, longest: 14 },
    },
  ]);
});

it("counts molecules with unknown tokens, and names the most frequent ones", () => {
  expect(warningsOf(["[U]C", "C[Pu][U]", "[U][U]", "CO"], 10)).toEqual([
    {
      code: "UNKNOWN_TOKENS",
      message: "3 of 4 molecules have tokens that the model does not know: [U] (3), [Pu] (1).",
      details: { count: 3, molecules: 4, tokens: { "[U]": 3, "[Pu]": 1 } },
    },
  ]);
  const many = Array.from({ length: 25 }, (_, number) => `[${number + 1}CH4]`);
  const [{ message, details }] = warningsOf(many, 10);
  expect(message).toMatch(/\[18CH4\] \(1\).*, and 5 others\.$/);
  expect(Object.keys(details.tokens as object)).toHaveLength(20);
});

it("names an unknown token behind the cut, too", () => {
  expect(warningsOf(["CCCCCCCCCCCC[U]"], 10).map(({ code }) => code)).toEqual(["INPUTS_CUT", "UNKNOWN_TOKENS"]);
});
