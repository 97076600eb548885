/**
 * Projects for tests of who sees what: each with a dataset, a finetune and its model, a group with its ensemble, a
 * download, predictions and embeddings, made as a client of the project makes them. Their compute pool trains nothing.
 */

import { computePca } from "../../../src/analysis/pca/pca.js";
import { type AnalysisRequest, runAnalysis } from "../../../src/analysis/task.js";
import type { PcaRequest, PcaResult } from "../../../src/analysis/types.js";
import { globalId } from "../../../src/api/ids.js";
import type { AnalysisLine, InferenceRequest } from "../../../src/compute/types.js";
import { importRows } from "../../../src/datasets/import.js";
import { type Application, applicationFor } from "../../../src/service/application.js";
import { rowsOfEmbeddings, rowsOfPredictions } from "../../../src/service/predict/answer-rows.js";
import { embed } from "../../../src/service/predict/embed.js";
import { predict } from "../../../src/service/predict/predict.js";
import { PACKAGE, type Principal } from "../../../src/store/access/principal.js";
import { newId, registerModel } from "../../../src/store/index.js";
import { FakeCompute } from "../fake-compute.js";
import { BASE_FOLDER, ended } from "../run-fixtures.js";

/** Analyses in this process; vectors from the tokens alone. */
export class InProcessCompute extends FakeCompute {
  override async infer({ output, tokenIds }: InferenceRequest): Promise<Float32Array[]> {
    const width = output === "LOGITS" ? 3 : 32;
    return tokenIds.map((ids) => Float32Array.from({ length: width }, (_, at) => ids[at % ids.length] + ids.length));
  }

  override async pca(request: PcaRequest): Promise<PcaResult> {
    return computePca(request);
  }

  override readonly analysisLine: AnalysisLine = {
    analyse: (request) => runAnalysis(request as AnalysisRequest),
    writeRandomWeights: async () => undefined,
  } as AnalysisLine;
}

export const principalOf = (...projects: string[]): Principal => ({
  keyId: null,
  name: projects[0],
  role: "MEMBER",
  projects,
  project: projects[0],
});

/** What names or identifies something of a project; ids are global. */
export interface Handles {
  dataset: string;
  datasetId: string;
  model: string;
  modelId: string;
  labelSet: string;
  run: string;
  otherRun: string;
  group: string;
  download: string;
  prediction: string;
  embedding: string;
  /** Of a molecule that this project alone has. */
  smiles: string;
  inchiKey: string;
  /** A word of its names. */
  word: string;
  /** Names of its models and of a dataset, and keys of its runs and of its group: each call gives another one. */
  modelName(): string;
  datasetName(): string;
  runKey(): string;
  groupKey(): string;
}

export const MOLECULE = "Oc1ccccn1";
/** The same molecule: one InChIKey. */
export const TAUTOMER = "O=c1cccc[nH]1";

/** The model `base` and the dataset `sample`, which are everyone's. */
export async function seedShared({ store, chemistry }: Application): Promise<void> {
  const shared = { ...store, principal: PACKAGE };
  await registerModel(shared, { name: "base", folder: BASE_FOLDER, artifact: "package:test/fixtures/tiny-bert" });
  const rows = ["CCO", "CCN"].map((smiles, index) => ({ line: index + 1, smiles, labels: { superclass: ["other"] } }));
  await importRows({ store: shared, chemistry }, { dataset: "sample", rows });
}

/**
 * `element` starts every molecule but three: phenol and the tautomers, which every project has. `form` of these is the
 * project's own.
 */
export async function seedProject(
  application: Application,
  id: string,
  { element, form }: { element: string; form: string },
): Promise<Handles> {
  const { prisma } = application.store;
  await prisma.project.create({ data: { id, name: id } });
  const as = applicationFor(application, principalOf(id));
  const { store, chemistry, runs } = as;
  const kinds = [
    ["O", "alcohol"],
    ["OC=O", "ester"],
    ["N", "other"],
  ];
  const texts = Array.from({ length: 36 }, (_, index) => {
    const [end, label] = kinds[index % 3];
    return [`${element}${"C".repeat(2 + Math.floor(index / 3))}${end}`, label];
  });
  const rows = [...texts, ["Oc1ccccc1", "alcohol"], [form, "other"]].map(([smiles, label], index) => ({
    line: index + 1,
    smiles,
    name: `molecule ${index} of ${id}`,
    labels: { superclass: [label], [`set-${id}`]: [`value-${id}`, label] },
  }));
  const { dataset } = await importRows({ store, chemistry }, { dataset: `library-${id}`, source: `of ${id}`, rows });
  await importRows({ store, chemistry }, { dataset: `second-${id}`, rows: rows.slice(0, 1) });
  const order = {
    baseModel: "base",
    dataset: dataset.name,
    target: "superclass",
    recipe: "published" as const,
    epochs: 1,
    split: { strategy: "RANDOM", fractions: [0.6, 0.2, 0.2] as [number, number, number] },
  };
  const run = await ended(runs, (await runs.startFinetune({ ...order, name: `run-${id}` })).id);
  const other = await ended(runs, (await runs.startFinetune({ ...order, name: `other-${id}` })).id);
  const group = await runs.startRepeats({ finetune: { ...order, name: `group-${id}` }, seeds: [1, 2], ensemble: true });
  for (const { id: member } of await prisma.run.findMany({ where: { groupId: group.id } })) await ended(runs, member);
  const own = await prisma.run.findMany({ where: { projectId: id } });
  for (const [index, row] of own.entries())
    await prisma.run.update({ where: { id: row.id }, data: { idempotencyKey: `key-${id}-${index + 1}` } });
  await prisma.runGroup.update({ where: { id: group.id }, data: { idempotencyKey: `key-${id}` } });
  const model = await prisma.model.findUniqueOrThrow({ where: { id: run.modelId as string } });
  const { signal } = new AbortController();
  const smiles = texts[0][0];
  const asked = [smiles, "CCO", form];
  const one = { smiles: asked, topK: null, averageOver: 1, signal };
  const [prediction] = await predict(as, { ...one, model: model.name });
  const space = { smiles: asked, pooling: "CLS" as const, layer: null, signal };
  await embed(as, { ...space, model: model.name });
  const [embedding] = await embed(as, { ...space, model: "base" });
  await Promise.all([as.predictions.written(), as.embeddings.written()]);
  const download = newId();
  await prisma.modelDownload.create({
    data: {
      id: download,
      name: model.name,
      hub: `owner/${id}`,
      revision: "main",
      commit: "0".repeat(40),
      files: [],
      status: "SUCCEEDED",
      totalBytes: 1,
      modelId: model.id,
      projectId: id,
    },
  });
  const [molecule] = await chemistry.parse([smiles], signal);
  if (!molecule.ok || "code" in prediction || "code" in embedding) throw new Error("A molecule was refused");
  const [predicted] = await rowsOfPredictions(as, [prediction]);
  const [embedded] = await rowsOfEmbeddings(as, [embedding]);
  for (let index = 1; index <= 8; index++)
    await registerModel(store, { name: `taken-${id}-${index}`, folder: BASE_FOLDER, artifact: `models/of-${id}` });
  let [taken, used] = [0, 0];
  return {
    dataset: dataset.name,
    datasetId: globalId("Dataset", dataset.id),
    model: model.name,
    modelId: globalId("Model", model.id),
    labelSet: `set-${id}`,
    run: globalId("Run", run.id),
    otherRun: globalId("Run", other.id),
    group: globalId("RunGroup", group.id),
    download: globalId("ModelDownload", download),
    prediction: globalId("Prediction", predicted.id),
    embedding: globalId("Embedding", embedded.id),
    smiles,
    inchiKey: molecule.molecule.inchiKey,
    word: id,
    modelName: () => `taken-${id}-${++taken}`,
    datasetName: () => `second-${id}`,
    runKey: () => `key-${id}-${++used}`,
    groupKey: () => `key-${id}`,
  };
}

let made = 0;
/** Of nothing that there is. */
export const missing = (): Handles => ({
  dataset: "library-nothing",
  datasetId: globalId("Dataset", newId()),
  model: "run-nothing",
  modelId: globalId("Model", newId()),
  labelSet: "set-nothing",
  run: globalId("Run", newId()),
  otherRun: globalId("Run", newId()),
  group: globalId("RunGroup", newId()),
  download: globalId("ModelDownload", newId()),
  prediction: globalId("Prediction", newId()),
  embedding: globalId("Embedding", newId()),
  smiles: "ICCO",
  inchiKey: "QSECPQCFCWVBKM-UHFFFAOYSA-N",
  word: "nothing",
  ...unused,
});

/** Of what is to be made. */
export const unused = {
  modelName: () => `new-${++made}`,
  datasetName: () => `new-${++made}`,
  runKey: () => newId(),
  groupKey: () => newId(),
};
