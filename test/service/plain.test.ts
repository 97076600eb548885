/**
 * The services without GraphQL and without an application: each takes its parts and plain values. The compute pool is
 * a fake, so its requests can be counted.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { PcaRequest, PcaResult } from "../../src/compute/types.js";
import { importRows } from "../../src/datasets/import.js";
import { MaillardError } from "../../src/errors.js";
import { health } from "../../src/service/health.js";
import { CompoundIds } from "../../src/service/predict/compound-ids.js";
import { type PredictParts, predict } from "../../src/service/predict/predict.js";
import { keepPredictions } from "../../src/service/predict/predictions.js";
import { type ProjectionRequest, project } from "../../src/service/space/projection.js";
import type { Model } from "../../src/store/generated/client.js";
import { modelFolder } from "../../src/store/index.js";
import { tokenizers } from "../../src/tokenizer/index.js";
import { createTestStore } from "../support/database.js";
import { FakeCompute } from "../support/fake-compute.js";
import { sharedChemistry } from "../support/machine/shared-chemistry.js";
import { seedBase } from "../support/run-fixtures.js";

/** PCA whose coordinates are the first numbers of each vector. */
class Plain extends FakeCompute {
  projected = 0;

  override async pca(request: PcaRequest): Promise<PcaResult> {
    const { vectors, dimension, components } = request;
    this.projected++;
    const rows = vectors.length / dimension;
    const coordinates = Float64Array.from(
      { length: rows * components },
      (_, i) => vectors[Math.floor(i / components) * dimension + (i % components)],
    );
    return { coordinates, explainedVarianceRatio: [0.75, 0.25] };
  }
}

const compute = { classes: new Plain(3), vectors: new Plain(32) };
const signal = new AbortController().signal;
let parts: PredictParts;
beforeAll(async () => {
  const store = await createTestStore();
  const modelReference = (model: Model) => ({ checksum: model.checksum, folder: modelFolder(store, model) });
  const chemistry = await sharedChemistry();
  parts = {
    store,
    chemistry,
    predictions: keepPredictions({ store, compounds: new CompoundIds({ store, chemistry }), onLost: () => undefined }),
    compute: compute.classes,
    modelReference,
    tokenizer: (model) => tokenizers.get(modelReference(model)),
  };
  await seedBase(store);
});
afterAll(async () => {
  await parts.predictions.close();
  await parts.chemistry.close();
  await parts.store.close();
});

describe("services from plain parts", () => {
  it("predict: a SMILES to its scores, from memory the second time, and from the rows in another process", async () => {
    const request = { smiles: ["OCC", "no molecule", "CCO"], model: "base", topK: null, averageOver: 1, signal };
    const first = await predict(parts, request);
    expect(first).toMatchObject([{ smiles: "CCO", label: "alcohol" }, { code: "INVALID_SMILES" }, { smiles: "CCO" }]);
    expect(first[0]).toEqual(first[2]);
    expect(compute.classes.inferred).toHaveLength(1);
    expect(await predict(parts, request)).toEqual(first);
    await parts.predictions.written();
    const other = keepPredictions({ ...parts, compounds: new CompoundIds(parts), onLost: () => undefined });
    const plain = (answers: object[]) =>
      answers.map((one) => ("scores" in one ? { ...one, scores: [...(one.scores as Uint8Array)] } : one));
    expect(plain(await predict({ ...parts, predictions: other }, request))).toEqual(plain(first));
    expect(compute.classes.inferred).toHaveLength(1);
    await expect(predict(parts, { ...request, model: "another" })).rejects.toMatchObject({
      code: "NOT_FOUND",
      details: { existing: ["base"] },
    });
  });

  it("predict: a molecule on which the model fails has an error in its place; where all fail, all do", async () => {
    const infer = compute.classes.infer.bind(compute.classes);
    const longest = 40;
    const failing = vi.spyOn(compute.classes, "infer").mockImplementation(async (request) => {
      const index = request.tokenIds.findIndex(({ length }) => length > longest);
      if (index < 0) return infer(request);
      throw new MaillardError("COMPUTE_CRASHED", "It did not survive this item.", { details: { index } });
    });
    const long = `${"C".repeat(50)}O`;
    const request = { model: "base", topK: null, averageOver: 1, signal };
    expect(await predict(parts, { ...request, smiles: ["CCCO", long, "CCCCO"] })).toMatchObject([
      { smiles: "CCCO", label: "alcohol" },
      { smiles: long, code: "COMPUTE_CRASHED" },
      { smiles: "CCCCO", label: "alcohol" },
    ]);
    await expect(predict(parts, { ...request, smiles: [long] })).rejects.toMatchObject({ code: "COMPUTE_CRASHED" });
    failing.mockRestore();
  });

  it("project: the molecules of a dataset in two dimensions, and from the rows the second time", async () => {
    const rows = ["CO", "CCO", "CCCO"].map((smiles, index) => ({
      line: index + 1,
      smiles,
      labels: { length: [String(index + 1)] },
    }));
    await importRows(parts, { dataset: "alcohols", rows });
    const request: ProjectionRequest = {
      model: "base",
      dataset: "alcohols",
      method: "PCA",
      components: 2,
      pooling: "CLS",
      layer: null,
      whiten: false,
      map: { seed: 0, perplexity: 30, neighbours: 15, minDist: 0.1, iterations: null, sample: null },
      colorBy: "length",
      colorRules: null,
      runId: null,
      split: null,
      fitOn: null,
      signal,
    };
    const { store } = parts;
    const answer = await project({ store, compute: compute.vectors }, request);
    expect(answer.points.map(({ label }) => label)).toEqual(["1", "2", "3"]);
    expect(answer.points.map(({ coordinates }) => coordinates)).toEqual(
      compute.vectors.inferred.map((ids) => [ids.reduce((sum, id) => sum + id, 0), ids.length]),
    );
    expect(await project({ store, compute: compute.vectors }, request)).toEqual(answer);
    expect(compute.vectors.projected).toBe(1);
  });

  it("health: ready while the database answers and a device is READY", async () => {
    const { store } = parts;
    expect(await health({ store, compute: compute.classes })).toMatchObject({ live: true, ready: true });
    const away = new FakeCompute();
    away.deviceList = [{ id: "cpu", provider: "cpu", state: "RESTARTING", reason: "its process ended" }];
    expect(await health({ store, compute: away })).toMatchObject({ live: true, ready: false });
  });
});
