/** What `embed` promises: CLS is position 0 of the last hidden layer, MEAN the mean over the real tokens. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestService, type TestService } from "../../support/api.js";

const EMBED = `query ($smiles: [String!]!, $model: String! = "bert", $pooling: Pooling! = CLS) {
  embed(smiles: $smiles, model: $model, pooling: $pooling) {
    __typename
    ... on Embedding { id smiles pooling dimension vector model { name } compound { id inchiKey } }
    ... on SmilesError { smiles code message }
  }
}`;
interface Item {
  __typename: string;
  id: string;
  smiles: string;
  pooling: string;
  dimension: number;
  vector: number[];
  compound: { id: string };
  code: string;
}

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ models: { bert: "tiny-bert", roberta: "tiny-roberta" } });
});
afterAll(() => service.close());

const embed = async (smiles: string[], rest: object = {}): Promise<Item[]> =>
  (await service.data<{ embed: Item[] }>(EMBED, { smiles, ...rest })).embed;

/** Last hidden layers saved by transformers, float64, [tokens, width] a molecule. Read without the tested code. */
function reference(family: string): { smiles: string[]; hidden: number[][][] } {
  const folder = join(import.meta.dirname, "../../../bench/reference");
  const text = JSON.parse(readFileSync(join(folder, `tiny-${family}.json`), "utf8"));
  const bytes = readFileSync(join(folder, `tiny-${family}.safetensors`));
  const start = 8 + Number(bytes.readBigUInt64LE());
  const { hidden } = JSON.parse(bytes.subarray(8, start).toString());
  const [, width] = hidden.shape as [number, number];
  const row = (index: number): number[] =>
    Array.from({ length: width }, (_, column) =>
      bytes.readDoubleLE(start + hidden.data_offsets[0] + 8 * (index * width + column)),
    );
  let next = 0;
  return { smiles: text.smiles, hidden: (text.tokenIds as number[][]).map((ids) => ids.map(() => row(next++))) };
}

describe.each(["bert", "roberta"])("embed by %s", (model) => {
  const { smiles, hidden } = reference(model);
  const close = (vector: number[], expected: number[]) => {
    expect(vector).toHaveLength(32);
    for (const [index, value] of vector.entries()) expect(value).toBeCloseTo(expected[index], 4);
  };

  it("answers position 0 of transformers' last hidden layer for CLS", async () => {
    const answers = await embed(smiles.slice(0, 3), { model, pooling: "CLS" });
    for (const [index, answer] of answers.entries()) {
      expect(answer).toMatchObject({ smiles: smiles[index], pooling: "CLS", dimension: 32, model: { name: model } });
      close(answer.vector, hidden[index][0]);
    }
  });

  it("answers the mean over the real tokens for MEAN, for neighbours of any length", async () => {
    const answers = await embed(smiles.slice(0, 3), { model, pooling: "MEAN" });
    for (const [index, answer] of answers.entries()) {
      const rows = hidden[index];
      close(
        answer.vector,
        rows[0].map((_, column) => rows.reduce((sum, row) => sum + row[column], 0) / rows.length),
      );
    }
  });
});

describe("embed", () => {
  it("answers the same row for the same molecule, and a SmilesError in the place of a bad one", async () => {
    const [first, bad, again] = await embed(["OCC", "C1CC", "C(O)C"]);
    expect([first.id, bad.code]).toEqual([again.id, "INVALID_SMILES"]);
    expect(again).toEqual(first);
    expect((await embed(["CCO"], { pooling: "MEAN" }))[0]).toMatchObject({ compound: { id: first.compound.id } });
  });

  it("refuses by code", async () => {
    const refusal = (variables: object) => service.refusal(EMBED, variables);
    expect(await refusal({ smiles: [] })).toMatchObject({ code: "EMPTY_INPUT", param: "smiles" });
    expect(await refusal({ smiles: Array(257).fill("C") })).toMatchObject({ code: "TOO_MANY_ITEMS" });
    expect(await refusal({ smiles: ["C"], model: "nobody" })).toMatchObject({ code: "NOT_FOUND", param: "model" });
    expect(await refusal({ smiles: ["C"], pooling: "MAX" })).toMatchObject({ code: "BAD_USER_INPUT" });
  });
});
