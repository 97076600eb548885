/**
 * How each root field is asked for something of a project. `args`: of handles; `given`: the arguments that name or
 * identify a row, by path; `free`: texts that name none. A root field without a case, and a text or an id of its
 * arguments that is in neither list, fails test/api/access/projects.test.ts.
 */
import { type Handles, MOLECULE } from "../../support/access/projects.js";

export interface Case {
  args(handles: Handles): Record<string, unknown>;
  given?: readonly string[];
  free?: readonly string[];
  /** What the field answers also about one's own: why it has no rows here. */
  fails?: string;
  /** Rows below each other that are asked for. Default 3. */
  depth?: number;
}

const list = (...free: string[]): Case => ({
  args: () => ({ first: 100 }),
  free: ["after", "before", ...free],
  depth: 2,
});
const LIST = list();
const SPLITS = ["TRAIN", "VALIDATION", "TEST"];
const unharmed = { cascade: true, dryRun: true };
const space = { pooling: "CLS" };
const order = ({ model, dataset, modelName }: Handles) => ({
  name: modelName(),
  baseModel: model,
  dataset,
  target: "superclass",
});
const admin = (args: Record<string, unknown>, free: string[]): Case => ({ args: () => args, free, fails: "FORBIDDEN" });

export const ROOTS: Readonly<Record<string, Case | readonly Case[]>> = {
  "Query.apiKeys": admin({ first: 1 }, ["after", "before"]),
  "Query.auditLog": admin({ first: 1 }, ["after", "before", "filter.key", "filter.action", "filter.outcome"]),
  "Query.clusters": {
    args: ({ model, dataset, run }) => ({ ...space, model, dataset, run, k: 2 }),
    given: ["model", "dataset", "run"],
  },
  "Query.compareRuns": { args: ({ run, otherRun }) => ({ a: run, b: otherRun }), given: ["a", "b"] },
  "Query.compound": [
    { args: ({ inchiKey }) => ({ inchiKey }), given: ["inchiKey"] },
    { args: ({ smiles }) => ({ smiles }), given: ["smiles"] },
    // An id of a compound is got with an answer alone: whoever has it may look the structure up.
    { args: () => ({ smiles: MOLECULE }), free: ["id"] },
  ],
  "Query.compounds": [
    { args: ({ dataset }) => ({ first: 50, dataset }), given: ["dataset"], free: ["after", "before"] },
    { args: ({ dataset }) => ({ first: 50, filter: { dataset } }), given: ["filter.dataset"] },
    { args: ({ word }) => ({ first: 50, filter: { text: word } }), given: ["filter.text"] },
    { args: ({ inchiKey }) => ({ first: 50, filter: { text: inchiKey } }), given: ["filter.text"] },
    {
      args: ({ labelSet, dataset }) => ({ first: 50, filter: { labels: [{ labelSet, dataset, value: "alcohol" }] } }),
      given: ["filter.labels.0.labelSet", "filter.labels.0.dataset"],
      free: ["filter.labels.0.value"],
    },
    {
      args: ({ model, smiles }) => ({
        first: 50,
        filter: { similarTo: { method: "EMBEDDING", model, smiles, pooling: "CLS" } },
      }),
      given: ["filter.similarTo.model"],
    },
    {
      args: ({ smiles }) => ({ first: 50, filter: { similarTo: { method: "MORGAN", smiles, threshold: 0.999 } } }),
      given: ["filter.similarTo.smiles"],
    },
    { args: () => ({ first: 50, filter: { substructure: "[F,Cl]" } }), free: ["filter.substructure"] },
    { args: () => ({ first: 100, orderBy: "NAME_ASC" }) },
    { args: () => ({ first: 100 }) },
  ],
  "Query.dataset": [
    { args: ({ datasetId }) => ({ id: datasetId }), given: ["id"] },
    { args: ({ dataset }) => ({ name: dataset }), given: ["name"] },
  ],
  "Query.datasets": list("filter.text", "filter.labelSet"),
  "Query.devices": { args: () => ({}) },
  "Query.diskUsage": { ...admin({}, []), depth: 0 },
  "Query.embed": {
    args: ({ model, smiles }) => ({ ...space, model, smiles: [smiles] }),
    given: ["model"],
    free: ["smiles"],
  },
  "Query.health": { args: () => ({}) },
  "Query.model": [
    { args: ({ modelId }) => ({ id: modelId }), given: ["id"] },
    { args: ({ model }) => ({ name: model }), given: ["name"] },
  ],
  "Query.modelDownload": { args: ({ download }) => ({ id: download }), given: ["id"] },
  "Query.modelDownloads": LIST,
  "Query.models": [
    list("filter.text", "filter.target", "filter.family"),
    { args: ({ model }) => ({ first: 100, filter: { baseModel: model } }), given: ["filter.baseModel"], depth: 2 },
  ],
  "Query.neighbours": {
    args: ({ model, dataset, run, smiles }) => ({ ...space, model, dataset, run, smiles, k: 3 }),
    given: ["model", "dataset", "run"],
    free: ["smiles"],
  },
  "Query.node": (
    ["datasetId", "modelId", "run", "group", "download", "prediction", "embedding"] satisfies (keyof Handles)[]
  ).map((name) => ({ args: (handles) => ({ id: handles[name] }), given: ["id"] })),
  "Query.nodes": {
    args: ({ datasetId, modelId, run, group, download, prediction, embedding }) => ({
      ids: [datasetId, modelId, run, group, download, prediction, embedding],
    }),
    given: ["ids", "ids.0", "ids.1", "ids.2", "ids.3", "ids.4", "ids.5", "ids.6"],
  },
  "Query.outliers": {
    args: ({ model, dataset, run }) => ({ ...space, model, dataset, run, threshold: 0.01 }),
    given: ["model", "dataset", "run"],
  },
  "Query.predict": { args: ({ model, smiles }) => ({ model, smiles: [smiles] }), given: ["model"], free: ["smiles"] },
  "Query.projection": {
    args: ({ model, dataset, run, labelSet }) => ({ ...space, model, dataset, run, colorBy: labelSet }),
    given: ["model", "dataset", "run", "colorBy"],
  },
  "Query.run": { args: ({ run }) => ({ id: run }), given: ["id"] },
  "Query.runCurves": {
    args: ({ run }) => ({ runs: [run], names: ["macroF1"] }),
    given: ["runs", "runs.0"],
    free: ["names"],
  },
  "Query.runGroup": { args: ({ group }) => ({ id: group }), given: ["id"] },
  "Query.runGroups": LIST,
  "Query.runs": [
    list("filter.text", "filter.target"),
    {
      args: ({ dataset, model }) => ({ first: 100, filter: { dataset, baseModel: model } }),
      given: ["filter.dataset", "filter.baseModel"],
      free: ["filter.tags", "filter.options.0.name", "filter.options.0.values", "filter.score.name", "score.name"],
      depth: 2,
    },
  ],
  "Query.separation": {
    args: ({ model, dataset, run, labelSet }) => ({
      models: [model],
      dataset,
      run,
      labelSet,
      sample: 50,
      split: SPLITS,
    }),
    given: ["models", "dataset", "run", "labelSet"],
    free: ["classes"],
  },
  "Query.quota": { args: () => ({}) },
  "Query.rateLimit": { args: () => ({}) },
  "Query.viewer": { args: () => ({}) },
  "Mutation.addModel": [
    {
      args: ({ modelName }) => ({ input: { name: modelName(), folder: "/nowhere", target: "superclass" } }),
      given: ["input.name"],
      free: ["input.folder", "input.target", "input.revision"],
      fails: "FORBIDDEN",
    },
    {
      args: ({ modelName }) => ({ input: { name: modelName(), hub: "owner/model" } }),
      given: ["input.name"],
      free: ["input.hub"],
      fails: "HUB_UNREACHABLE",
    },
  ],
  "Mutation.cancelModelDownload": { args: ({ download }) => ({ id: download }), given: ["id"] },
  "Mutation.cancelRun": { args: ({ run }) => ({ id: run }), given: ["id"] },
  "Mutation.cancelRunGroup": { args: ({ group }) => ({ id: group }), given: ["id"] },
  "Mutation.cloneRun": {
    args: ({ run, modelName }) => ({ id: run, input: { name: modelName() } }),
    given: ["id", "input.name"],
    free: [
      ...["baseModel", "dataset", "target", "targets", "split.column", "device", "metricForBestModel"].map(
        (name) => `input.${name}`,
      ),
      "input.idempotencyKey",
    ],
  },
  "Mutation.collectGarbage": admin({}, []),
  "Mutation.continueRun": {
    args: ({ run, modelName }) => ({ id: run, input: { name: modelName(), epochs: 1 } }),
    given: ["id", "input.name"],
    free: ["input.device", "input.metricForBestModel", "input.idempotencyKey"],
  },
  "Mutation.pauseRun": { args: ({ run }) => ({ id: run }), given: ["id"], fails: "CONFLICT" },
  "Mutation.pauseRunGroup": { args: ({ group }) => ({ id: group }), given: ["id"] },
  "Mutation.resumeRun": { args: ({ run }) => ({ id: run }), given: ["id"], fails: "CONFLICT" },
  "Mutation.resumeRunGroup": { args: ({ group }) => ({ id: group }), given: ["id"] },
  "Mutation.retryRun": { args: ({ run }) => ({ id: run }), given: ["id"], fails: "CONFLICT" },
  "Mutation.setRunPriority": { args: ({ run }) => ({ id: run, priority: 1 }), given: ["id"] },
  "Mutation.updateRun": {
    args: ({ run }) => ({ id: run, input: { tags: ["a"] } }),
    given: ["id"],
    free: ["input.description", "input.notes", "input.tags"],
  },
  "Mutation.deleteDataset": { args: ({ datasetId }) => ({ id: datasetId, ...unharmed }), given: ["id"] },
  "Mutation.deleteModel": { args: ({ modelId }) => ({ id: modelId, ...unharmed }), given: ["id"] },
  "Mutation.deleteRun": { args: ({ run }) => ({ id: run, ...unharmed }), given: ["id"] },
  "Mutation.deleteRunGroup": { args: ({ group }) => ({ id: group, ...unharmed }), given: ["id"] },
  "Mutation.createApiKey": admin({ input: { name: "key", role: "READER" } }, ["input.name", "input.projects"]),
  "Mutation.createEnsemble": {
    args: ({ model, modelName }) => ({ input: { name: modelName(), models: [model, model.replace("run", "other")] } }),
    given: ["input.name", "input.models"],
  },
  "Mutation.quantizeModel": {
    args: ({ model, modelName }) => ({ input: { model, name: modelName() } }),
    given: ["input.model", "input.name"],
  },
  "Mutation.importDataset": {
    args: ({ datasetName, smiles }) => ({ input: { name: datasetName(), rows: [{ line: 1, smiles, labels: [] }] } }),
    given: ["input.name"],
    free: [
      "input.description",
      "input.source",
      "input.labelKinds.0.labelSet",
      "input.labelKinds.0.set",
      "input.missing",
      "input.rows.0.name",
      "input.rows.0.problem",
      "input.rows.0.smiles",
      "input.rows.0.labels.0.labelSet",
      "input.rows.0.labels.0.set",
      "input.rows.0.labels.0.value",
    ],
  },
  "Mutation.limitApiKey": admin({ id: "none", limits: {} }, ["id"]),
  // To the name that it has: another project's may be taken, too, for names are of one project.
  "Mutation.renameDataset": {
    args: ({ datasetId, dataset }) => ({ id: datasetId, name: dataset }),
    given: ["id"],
    free: ["name"],
  },
  "Mutation.renameModel": {
    args: ({ modelId, model }) => ({ id: modelId, name: model }),
    given: ["id"],
    free: ["name"],
  },
  "Mutation.renameRun": { args: ({ run, model }) => ({ id: run, name: model }), given: ["id"], free: ["name"] },
  "Mutation.renameRunGroup": {
    args: ({ group, model }) => ({ id: group, name: model.replace("run", "group") }),
    given: ["id"],
    free: ["name"],
  },
  "Mutation.restoreShipped": admin({}, []),
  "Mutation.revokeApiKey": admin({ id: "none" }, ["id"]),
  "Mutation.rotateApiKey": admin({ id: "none" }, ["id"]),
  "Mutation.startEmbedding": {
    args: ({ model, dataset, runKey }) => ({ input: { ...space, model, dataset, idempotencyKey: runKey() } }),
    given: ["input.model", "input.dataset", "input.idempotencyKey"],
    free: ["input.description", "input.tags"],
  },
  "Mutation.startEvaluation": {
    args: ({ model, dataset, runKey }) => ({
      input: { model, dataset, target: "superclass", averageOver: 1, idempotencyKey: runKey() },
    }),
    given: ["input.model", "input.dataset", "input.idempotencyKey"],
    free: ["input.description", "input.tags", "input.target", "input.targets", "input.part.column"],
  },
  "Mutation.startFinetune": {
    args: (handles) => ({
      input: { ...order(handles), idempotencyKey: handles.runKey(), split: { strategy: "RANDOM" } },
    }),
    given: ["input.name", "input.baseModel", "input.dataset", "input.idempotencyKey"],
    free: [
      "input.description",
      "input.tags",
      "input.device",
      "input.metricForBestModel",
      "input.split.column",
      "input.target",
      "input.targets",
    ],
  },
  "Mutation.startPrediction": {
    args: ({ model, dataset, runKey }) => ({ input: { model, dataset, averageOver: 1, idempotencyKey: runKey() } }),
    given: ["input.model", "input.dataset", "input.idempotencyKey"],
    free: ["input.description", "input.tags"],
  },
  "Mutation.startPretraining": {
    args: ({ model, dataset, modelName, runKey }) => ({
      input: { name: modelName(), baseModel: model, dataset, idempotencyKey: runKey() },
    }),
    given: ["input.name", "input.baseModel", "input.dataset", "input.idempotencyKey"],
    free: ["input.description", "input.tags", "input.device"],
    fails: "INVALID_CONFIG",
  },
  "Mutation.startProbe": {
    args: (handles) => ({
      input: { ...order(handles), idempotencyKey: handles.runKey(), split: { strategy: "RANDOM" } },
    }),
    given: ["input.name", "input.baseModel", "input.dataset", "input.idempotencyKey"],
    free: ["input.description", "input.tags", "input.split.column", "input.target", "input.targets"],
  },
  "Mutation.startProjection": {
    args: ({ model, dataset, run, runKey }) => ({
      input: { ...space, model, dataset, run, idempotencyKey: runKey() },
    }),
    given: ["input.model", "input.dataset", "input.run", "input.idempotencyKey"],
    free: ["input.description", "input.tags"],
  },
  "Mutation.startRepeats": {
    args: (handles) => ({
      input: {
        finetune: { ...order(handles), split: { strategy: "RANDOM" } },
        seeds: [1, 2],
        ensemble: true,
        idempotencyKey: handles.groupKey(),
      },
    }),
    given: ["input.finetune.name", "input.finetune.baseModel", "input.finetune.dataset", "input.idempotencyKey"],
    free: [
      "input.finetune.description",
      "input.finetune.tags",
      "input.finetune.device",
      "input.finetune.metricForBestModel",
      "input.finetune.split.column",
      "input.finetune.target",
      "input.finetune.targets",
      "input.finetune.idempotencyKey",
    ],
  },
  "Mutation.startSweep": {
    args: (handles) => ({
      input: {
        finetune: { ...order(handles), split: { strategy: "RANDOM" } },
        search: [{ option: "dropout", values: [0, 0.1] }],
        method: "GRID",
        idempotencyKey: handles.groupKey(),
      },
    }),
    given: ["input.finetune.name", "input.finetune.baseModel", "input.finetune.dataset"],
    // Of the key, as startRepeats: both look among the groups of the project.
    free: [
      "input.idempotencyKey",
      "input.finetune.description",
      "input.finetune.tags",
      "input.search.0.option",
      "input.finetune.device",
      "input.finetune.metricForBestModel",
      "input.finetune.split.column",
      "input.finetune.target",
      "input.finetune.targets",
      "input.finetune.idempotencyKey",
      "input.search.option",
      "input.objective.metric",
    ],
  },
  "Subscription.modelDownloadUpdated": { args: ({ download }) => ({ id: download }), given: ["id"] },
  "Subscription.runEvents": { args: ({ run }) => ({ id: run }), given: ["id"] },
  "Subscription.runMetricLists": { args: ({ run }) => ({ id: run }), given: ["id"] },
  "Subscription.runMetrics": { args: ({ run }) => ({ id: run }), given: ["id", "runId"] },
  "Subscription.runUpdated": { args: ({ run }) => ({ id: run }), given: ["id", "runId"] },
  "Subscription.runsUpdated": [
    { args: () => ({}) },
    {
      args: ({ dataset, model }) => ({ filter: { dataset, baseModel: model } }),
      given: ["filter.dataset", "filter.baseModel"],
      free: [
        "filter.text",
        "filter.target",
        "filter.tags",
        "filter.options.0.name",
        "filter.options.0.values",
        "filter.score.name",
      ],
    },
  ],
};

type Arguments = Record<string, unknown>;
/** Arguments of fields below the root that name something: each is asked with every one of these. */
export const EDGES: Readonly<Record<string, (own: Handles, other: Handles) => Arguments[]>> = {
  "Compound.embeddings": (own, other) => [{}, { model: own.model }, { model: other.model }],
  "Compound.labels": (own, other) => [{}, { dataset: own.dataset }, { dataset: other.dataset }],
  "Compound.predictions": (own, other) => [{}, { model: own.model }, { model: other.model }],
  "Dataset.compounds": ({ labelSet, dataset }) => [
    { first: 3 },
    { first: 3, filter: { dataset, labels: [{ labelSet, dataset, value: "alcohol" }] } },
  ],
};

/** Fields that lead to rows and are null or empty in this test, and why. */
export const UNVISITED: Readonly<Record<string, string>> = {
  "AddModelPayload.model": "made from a folder, by administrators",
  "AddModelPayload.download": "there is no hub",
  "Evaluation.pairs": "of regressions alone",
  "Run.projection": "of projections that have succeeded alone",
  "Sweep.best": "of sweeps of which a trial has ended alone",
  "ValuePair.compound": "of regressions alone",
};
