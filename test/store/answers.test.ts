/** Rows of answers: none of weights that a model has no more. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { findEmbeddings, storeEmbeddings } from "../../src/store/answers/embeddings.js";
import { findPredictions, storePredictions } from "../../src/store/answers/predictions.js";
import type { Store } from "../../src/store/index.js";
import { createTestStore } from "../support/database.js";
import { seedBase } from "../support/run-fixtures.js";

let store: Store;
beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  const row = { inchiKey: "K", skeletonKey: "S", formula: "C", molecularWeight: 1, scaffold: "", smiles: "C" };
  await store.prisma.compound.create({ data: { ...row, id: "compound" } });
});
afterAll(() => store.close());

it("are stored for the checksum that was asked, and for no other", async () => {
  const { id: modelId, checksum } = await store.prisma.model.findFirstOrThrow();
  const ofModel = { modelId, projectId: "default" };
  const [predictions, embeddings] = [
    { ...ofModel, forms: 1 },
    { ...ofModel, pooling: "CLS" as const, layer: 2 },
  ];
  const of = (smiles: string) => ({ smiles, compoundId: "compound" });
  const vector = new Uint8Array(8);
  for (const [smiles, sum] of [
    ["C", "another"],
    ["CC", checksum],
  ]) {
    const answer = { ...of(smiles), label: "a", score: 1, scores: vector };
    await storePredictions(store, { ...predictions, checksum: sum }, [answer]);
    await storeEmbeddings(store, { ...embeddings, checksum: sum }, [{ ...of(smiles), vector }]);
  }
  expect([...(await findPredictions(store, predictions, ["C", "CC"])).keys()]).toEqual(["CC"]);
  const found = await findEmbeddings(store, embeddings, ["C", "CC"]);
  expect([...found.keys()]).toEqual(["CC"]);
  expect(await store.prisma.embedding.findMany({ select: { dimension: true } })).toEqual([{ dimension: 2 }]);
});
