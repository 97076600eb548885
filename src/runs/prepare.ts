/** Checks an order before there is a run: names, options, and which molecule goes into which split. */
import { mkdir, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { PoolClient } from "pg";
import type { ComputePool } from "../compute/types.js";
import { makeDataset } from "../datasets/import.js";
import { MaillardError } from "../errors.js";
import type { SplitName } from "../scores/types.js";
import { requireCheckpoint } from "../store/composition.js";
import { checkSameProject, findDataset, findModelByNameOrId } from "../store/find.js";
import type { Dataset, Model } from "../store/generated/client.js";
import { presentModelFolder, type Store } from "../store/index.js";
import { tokenizers } from "../tokenizer/index.js";
import type { RecipeSubject } from "../train/options/recipes.js";
import { CLASS_OPTIONS } from "../train/options/table.js";
import { pretrainableRule } from "../train/pretrain/pretrain-base.js";
import { bytesOfOutputs, checkOutputs } from "./evaluations/output-bytes.js";
import { planEvaluation } from "./evaluations/plan-evaluation.js";
import { taughtKeys, trainingOf, trainingWarnings } from "./evaluations/training-of.js";
import type { RunRequest } from "./insert.js";
import { checkFree } from "./names.js";
import { chooseDevice } from "./orders/device.js";
import type { EvaluationOrder, PlannedEvaluation } from "./orders/evaluation-order.js";
import { type ImportOrder, uploadArtifact } from "./orders/import-order.js";
import { type EmbeddingOrder, type FinetuneOrder, invalid } from "./orders/input.js";
import type { PredictionOrder } from "./orders/prediction-order.js";
import { type PretrainingOrder, roughParameters, shapeOf } from "./orders/pretraining-order.js";
import { checkProbe, type ProbeOrder } from "./orders/probe-order.js";
import type { ProjectionOrder } from "./orders/projection-order.js";
import { decided } from "./orders/recipe.js";
import { checkSettings } from "./orders/training-settings.js";
import { planFinetune, readPlanner } from "./plan/plan.js";
import { readTaught } from "./plan/taught.js";
import type { Plan } from "./plan/types.js";
import { withScoreWarnings } from "./plan/warnings/score-warnings.js";
import { expectedBytes } from "./predictions/dataset-parts.js";
import { planReaders } from "./predictions/readers.js";
import { mapOptions } from "./space/coordinates.js";
import { subjectOf } from "./space/subject.js";
import { layerOf } from "./work/embedding.js";

export type Prepared = Omit<RunRequest, "key" | "inputHash">;

export async function prepareFinetune(store: Store, compute: ComputePool, order: FinetuneOrder): Promise<Prepared> {
  const [prepared] = await prepareFinetunes(store, compute, [order]);
  return prepared;
}

/**
 * For orders that differ in options, seed, split seed or fold, not in model, dataset, targets or split. Molecules are
 * read once, and each split is planned once.
 * @param refused what to throw for an order whose options are refused
 */
export async function prepareFinetunes(
  store: Store,
  compute: ComputePool,
  orders: readonly FinetuneOrder[],
  refused: (error: unknown, index: number) => unknown = (error) => error,
): Promise<Prepared[]> {
  const [order] = orders;
  const [baseModel, dataset] = await findSubjects(store, order.baseModel, order.dataset, "baseModel");
  requireCheckpoint(baseModel, "a finetune starts from the weights of a checkpoint", "baseModel");
  const folder = await presentModelFolder(store, baseModel, "baseModel");
  await checkFree(
    store.pool,
    store.principal.project,
    orders.map(({ name }) => name),
  );
  const planner = await readPlanner(store, dataset, order);
  const { targets, split } = order;
  const plans = new Map<string, Plan>();
  const subjects = new Map<string, RecipeSubject>();
  const prepareOne = async (asked: FinetuneOrder): Promise<Prepared> => {
    checkInput(compute, baseModel, asked);
    const selection = JSON.stringify(CLASS_OPTIONS.map((name) => asked[name]));
    const warned = {
      targets,
      metric: asked.metricForBestModel,
      isCheckpoint: true,
      ofRows: split.strategy === "ROW",
      validationDecides:
        asked.loadBestModelAtEnd || asked.earlyStoppingPatience !== null || asked.temperatureScaling === true,
    };
    const key = JSON.stringify([asked.split, asked.split.seed ?? asked.seed, selection, warned]);
    const plan = plans.get(key) ?? withScoreWarnings(planner(asked), warned);
    plans.set(key, plan);
    // One for all of the same classes: folds differ by a molecule or two.
    const subject = subjects.get(selection) ?? recipeSubject(plan, order.targets, baseModel);
    subjects.set(selection, subject);
    const one = decided(asked, subject);
    await checkSettings(one, {
      task: plan.task,
      folder,
      training: sizeOf(plan, "TRAIN"),
      validation: sizeOf(plan, "VALIDATION"),
    });
    return { kind: "FINETUNE", name: one.name, order: { ...one, task: plan.task }, dataset, baseModel, plan };
  };
  const prepared: Prepared[] = [];
  for (const [index, asked] of orders.entries())
    prepared.push(
      await prepareOne(asked).catch((error: unknown) => {
        throw refused(error, index);
      }),
    );
  return prepared;
}

/** INVALID_CONFIG, DEVICE_UNAVAILABLE. */
function checkInput(compute: ComputePool, baseModel: Model, { maxLength, device }: FinetuneOrder): void {
  if (maxLength !== null && maxLength > baseModel.maxLength)
    throw invalid(
      "maxLength",
      maxLength,
      `a whole number from 3 to ${baseModel.maxLength}, the limit of ${baseModel.name}`,
    );
  if (device !== null) chooseDevice(compute, device);
}

export async function prepareProbe(store: Store, order: ProbeOrder): Promise<Prepared> {
  const [baseModel, dataset] = await findSubjects(store, order.baseModel, order.dataset, "baseModel");
  if (!order.features) requireCheckpoint(baseModel, "a probe stands on the embeddings of a checkpoint", "baseModel");
  if (!order.features) await presentModelFolder(store, baseModel, "baseModel");
  await checkFree(store.pool, store.principal.project, [order.name]);
  const planned = await planFinetune(store, dataset, order);
  const plan = withScoreWarnings(planned, {
    targets: order.targets,
    metric: null,
    isCheckpoint: false,
    ofRows: order.split.strategy === "ROW",
    validationDecides: order.inverseRegularization.length > 1,
  });
  checkProbe(order, { task: plan.task, validation: sizeOf(plan, "VALIDATION") });
  return { kind: "PROBE", name: order.name, order: { ...order, task: plan.task }, dataset, baseModel, plan };
}

export async function prepareEmbedding(store: Store, order: EmbeddingOrder): Promise<Prepared> {
  const [baseModel, dataset] = await findSubjects(store, order.model, order.dataset, "model");
  requireCheckpoint(baseModel, "it has no embeddings of its own", "model");
  await presentModelFolder(store, baseModel);
  const size = await store.prisma.datasetCompound.count({ where: { datasetId: dataset.id } });
  if (size === 0) throw emptyDataset(dataset);
  layerOf(baseModel, order.layer);
  const layer = order.layer === undefined ? "" : `-layer-${order.layer}`;
  const name = `${dataset.name}-by-${baseModel.name}-${order.pooling.toLowerCase()}${layer}`;
  return { kind: "EMBEDDING", name, order, dataset, baseModel, plan: null };
}

export async function preparePrediction(store: Store, order: PredictionOrder): Promise<Prepared> {
  const [baseModel, dataset] = await findSubjects(store, order.model, order.dataset, "model");
  const planned = { ...order, positions: await positionsOf(store, dataset), ...(await planReaders(store, baseModel)) };
  const outputBytes = expectedBytes(dataset.size, planned.head.labels.length);
  const name = `${dataset.name}-predicted-by-${baseModel.name}`;
  return { kind: "PREDICTION", name, order: planned, dataset, baseModel, plan: null, outputBytes };
}

export async function prepareProjection(store: Store, order: ProjectionOrder): Promise<Prepared> {
  const [baseModel, dataset] = await findSubjects(store, order.model, order.dataset, "model");
  const request = { ...order, layer: order.layer ?? null };
  const { placed } = await subjectOf({ store }, { model: baseModel, dataset }, request);
  await presentModelFolder(store, baseModel);
  const sample = order.method === "PCA" ? null : mapOptions(order.method, order, placed.length).sample;
  const planned = { ...order, ...(sample === null ? {} : { molecules: Math.min(placed.length, sample) }) };
  const name = `${dataset.name}-${order.method.toLowerCase()}-by-${baseModel.name}`;
  return { kind: "PROJECTION", name, order: planned, dataset, baseModel, plan: null };
}

/** The dataset is made with the run, so that its name is taken and the run has one. */
export function prepareImport(store: Store, order: ImportOrder, path: string): Prepared {
  const { principal } = store;
  const make = async (client: PoolClient): Promise<Pick<RunRequest, "dataset">> => {
    const { projectId } = await makeDataset(client, principal, order.dataset);
    const { rows } = await client.query<RunRequest["dataset"]>(
      `SELECT id, name, size FROM "Dataset" WHERE "projectId" = $1 AND name = $2`,
      [projectId, order.dataset],
    );
    return { dataset: rows[0] };
  };
  const place = async (runId: string): Promise<void> => {
    const target = store.artifacts.path(uploadArtifact(runId));
    await mkdir(dirname(target), { recursive: true });
    await rename(path, target);
  };
  // Until `make` has found it.
  const dataset = { id: "", name: order.dataset, size: 0 };
  const subject = { dataset, baseModel: null, plan: null, outputBytes: order.file.bytes };
  return { kind: "IMPORT", name: `import-into-${order.dataset}`, order, ...subject, make, place };
}

export async function preparePretraining(
  store: Store,
  compute: ComputePool,
  order: PretrainingOrder,
): Promise<Prepared> {
  const dataset = await findDataset(store, order.dataset);
  checkSameProject(store, "dataset", dataset, "dataset");
  const baseModel = order.baseModel === null ? null : await findPretrained(store, order.baseModel);
  if (order.device !== null) chooseDevice(compute, order.device);
  await checkFree(store.pool, store.principal.project, [order.name]);
  const positions = await positionsOf(store, dataset);
  const parameterCount = baseModel ? Number(baseModel.parameterCount) : roughParameters(shapeOf(order));
  const planned = { ...order, positions, molecules: dataset.size, parameterCount };
  return { kind: "PRETRAIN", name: order.name, order: planned, dataset, baseModel, plan: null };
}

/** A model whose masked tokens can be learned further. */
async function findPretrained(store: Store, name: string): Promise<Model> {
  const model = await findModelByNameOrId(store, name, "baseModel");
  checkSameProject(store, "model", model, "baseModel");
  requireCheckpoint(model, "a pretraining goes on from the weights of a checkpoint", "baseModel");
  const folder = await presentModelFolder(store, model, "baseModel");
  const rule = pretrainableRule(model.task, await tokenizers.get({ checksum: model.checksum, folder }));
  if (rule !== null) throw invalid("baseModel", name, rule);
  return model;
}

/** All molecules of a dataset now: those below this position. EMPTY_DATASET. */
async function positionsOf({ prisma }: Store, dataset: Dataset): Promise<number> {
  const where = { datasetId: dataset.id };
  const { _max } = await prisma.datasetCompound.aggregate({ where, _max: { position: true } });
  if (_max.position === null) throw emptyDataset(dataset);
  return _max.position + 1;
}

export async function prepareEvaluation(store: Store, order: EvaluationOrder): Promise<Prepared> {
  const [baseModel, dataset] = await findSubjects(store, order.model, order.dataset, "model");
  const { head, checksums } = await planReaders(store, baseModel);
  const { plan, targets, molecules } = await planEvaluation(store, { model: baseModel, head, dataset, order });
  const { runs: trainedBy, unknown } = await trainingOf(store, baseModel);
  const keys = await taughtKeys(store, trainedBy);
  const planned: PlannedEvaluation = {
    ...order,
    targets,
    target: targets.length === 1 ? targets[0] : null,
    task: head.task,
    head,
    checksums,
    positions: (molecules.at(-1)?.position ?? -1) + 1,
    trainedBy,
    trainingUnknown: unknown,
  };
  const warnings = [...plan.warnings, ...trainingWarnings(baseModel.name, molecules, keys, unknown)];
  const bytes = bytesOfOutputs(baseModel, planned, molecules.length);
  checkOutputs(bytes, { molecules: molecules.length, labels: head.labels.length });
  const outputBytes = expectedBytes(molecules.length, head.labels.length) + bytes;
  const name = `${dataset.name}-evaluated-by-${baseModel.name}`;
  return { kind: "EVALUATION", name, order: planned, dataset, baseModel, plan: { ...plan, warnings }, outputBytes };
}

export const emptyDataset = ({ name }: Dataset): MaillardError =>
  new MaillardError("EMPTY_DATASET", `The dataset ${name} is empty. Import molecules into it.`, { param: "dataset" });
export const recipeSubject = (plan: Plan, targets: readonly string[], { width }: Model): RecipeSubject => ({
  task: plan.task,
  molecules: sizeOf(plan, "TRAIN"),
  classes: readTaught(
    plan.task,
    plan.assignments.map(({ label }) => label),
    targets,
  ).classes.length,
  width,
});

export const sizeOf = (plan: Plan, name: SplitName): number =>
  plan.assignments.filter(({ split }) => split === name).length;

async function findSubjects(store: Store, model: string, dataset: string, param: string): Promise<[Model, Dataset]> {
  const found: [Model, Dataset] = [await findModelByNameOrId(store, model, param), await findDataset(store, dataset)];
  checkSameProject(store, "model", found[0], param);
  checkSameProject(store, "dataset", found[1], "dataset");
  return found;
}
