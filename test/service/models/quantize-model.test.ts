/** quantizeModel: a model of its own in int8, with predictions of its own; what is refused. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addModel } from "../../../src/service/models/add-model.js";
import { quantizeModel } from "../../../src/service/models/quantize-model.js";
import { modelFolder } from "../../../src/store/index.js";
import { alkyls, FIXTURES, importLibrary, startTestService, type TestService } from "../../support/api.js";
import { ended } from "../../support/run-fixtures.js";

const QUANTIZE = `mutation ($input: QuantizeModelInput!) { quantizeModel(input: $input) {
  model { id name kind precision task labels target checksum card baseModel { name precision } } } }`;
const PREDICT = `query ($smiles: [String!]!, $model: String!) { predict(smiles: $smiles, model: $model) {
  ... on Prediction { label labels { label score } } } }`;

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ modelRoots: [FIXTURES] });
  const folder = join(FIXTURES, "tiny-roberta");
  await addModel(service.application, { name: "added", folder, target: "superclass" });
});
afterAll(() => service?.close());

interface Made {
  quantizeModel: { model: { id: string; name: string; checksum: string; card: string } };
}
const quantize = (input: object) => service.data<Made>(QUANTIZE, { input });

describe("a model in int8", () => {
  it("is registered beside the one it is made of, and the same again", async () => {
    const { model } = (await quantize({ model: "added" })).quantizeModel;
    expect(model).toMatchObject({
      name: "added-int8",
      kind: "CHECKPOINT",
      precision: "INT8",
      task: "SINGLE_LABEL",
      labels: ["alcohol", "ester", "other"],
      target: "superclass",
      baseModel: { name: "added", precision: "FLOAT32" },
    });
    const [from, made] = await Promise.all(
      ["added", "added-int8"].map((name) => service.store.prisma.model.findFirstOrThrow({ where: { name } })),
    );
    expect(model.checksum).not.toBe(from.checksum);
    expect(model.card).toContain(from.checksum);
    const weights = await Promise.all(
      [from, made].map((row) => stat(join(modelFolder(service.store, row), "model.safetensors"))),
    );
    // One file of two names.
    expect(weights[1].ino).toBe(weights[0].ino);
    expect((await quantize({ model: "added" })).quantizeModel.model.id).toBe(model.id);
  });

  it("answers by itself: its predictions are computed and kept apart", async () => {
    await quantize({ model: "added", name: "small" });
    const smiles = ["CCO", "CCCCO", "CC(=O)OCC"];
    type Answer = { predict: { label: string; labels: { label: string; score: number }[] }[] };
    const [exact, quantized] = [
      (await service.data<Answer>(PREDICT, { smiles, model: "added" })).predict,
      (await service.data<Answer>(PREDICT, { smiles, model: "small" })).predict,
    ];
    const scoreOf = (answer: Answer["predict"][number], label: string) =>
      answer.labels.find((one) => one.label === label)!.score;
    for (const [place, answer] of exact.entries())
      for (const { label, score } of answer.labels) {
        const apart = Math.abs(scoreOf(quantized[place], label) - score);
        expect(apart).toBeGreaterThan(0);
        expect(apart).toBeLessThan(0.02);
      }
    expect((await service.data<Answer>(PREDICT, { smiles, model: "small" })).predict).toEqual(quantized);
    await service.application.predictions.written();
    const kept = await service.store.prisma.prediction.groupBy({ by: ["modelId"], _count: true });
    expect(kept.map(({ _count }) => _count)).toEqual([3, 3]);
  });

  it("is finetuned as the float32 that its weights are", async () => {
    await importLibrary(service, "alkyls", alkyls(12));
    await quantize({ model: "base" });
    const models: { precision: string; checksum: string }[] = [];
    for (const baseModel of ["base", "base-int8"]) {
      const { startFinetune } = await service.data<{ startFinetune: { run: { id: string } } }>(
        "mutation ($input: StartFinetuneInput!) { startFinetune(input: $input) { run { id } } }",
        {
          input: {
            name: `of-${baseModel}`,
            ...{ baseModel, dataset: "alkyls", target: "superclass", recipe: "PUBLISHED", epochs: 1, batchSize: 12 },
          },
        },
      );
      const { id } = startFinetune.run;
      await ended(service.application.runs, Buffer.from(id, "base64url").toString().split(":")[1]);
      const { run } = await service.data<{ run: { model: (typeof models)[number] } }>(
        "query ($id: ID!) { run(id: $id) { model { precision checksum } } }",
        { id },
      );
      models.push(run.model);
    }
    expect(models[0].precision).toBe("FLOAT32");
    expect(models[1]).toEqual(models[0]);
  });

  it("refuses what is composed, what is int8, and names that are taken; nothing is left of them", async () => {
    const models = service.store.artifacts.path("models");
    const before = (await readdir(models)).sort();
    const refused = async (input: object) => {
      const { code, param } = await service.refusal(QUANTIZE, { input });
      return { code, param };
    };
    await service.data(
      `mutation { createEnsemble(input: { name: "both", models: ["added", "classifier"] }) { model { id } } }`,
    );
    expect(await refused({ model: "both" })).toEqual({ code: "MODEL_IS_COMPOSED", param: "model" });
    expect(await refused({ model: "small" })).toEqual({ code: "INVALID_CONFIG", param: "model" });
    expect(await refused({ model: "nowhere" })).toEqual({ code: "NOT_FOUND", param: "model" });
    expect(await refused({ model: "added", name: "classifier" })).toEqual({ code: "CONFLICT", param: "name" });
    // Of another model.
    expect(await refused({ model: "classifier", name: "small" })).toEqual({ code: "CONFLICT", param: "name" });
    expect(await refused({ model: "added", name: "a b" })).toEqual({ code: "BAD_INPUT", param: "name" });
    const gone = new AbortController();
    gone.abort();
    await expect(
      quantizeModel(service.application, { model: "added", name: "late", signal: gone.signal }),
    ).rejects.toMatchObject({ code: "CANCELLED" });
    expect((await readdir(models)).sort()).toEqual(before);
  });

  it("is a member of an ensemble, and keeps its precision there", async () => {
    await quantize({ model: "classifier" });
    const { createEnsemble } = await service.data<{ createEnsemble: { model: object } }>(
      `mutation { createEnsemble(input: { name: "mixed", models: ["classifier", "classifier-int8"] }) {
        model { precision members { name precision } } } }`,
    );
    expect(createEnsemble.model).toEqual({
      precision: "FLOAT32",
      members: [
        { name: "classifier", precision: "FLOAT32" },
        { name: "classifier-int8", precision: "INT8" },
      ],
    });
  });
});
