/**
 * What fields cost, in one table: the field, its price and the reason. One point is one value of an answer, about 2 µs
 * of the server's own time. A field that is not named here costs 1 and is no list. Every root field, every list and
 * every field with arguments is named (test/api/transport/prices.test.ts walks the schema).
 *   own   points of the field itself, whatever is selected below it
 *   rows  entries of its list: what is selected below it counts so often; numbers and texts of a list count by NUMBER
 * What a list holds is often known only when it is read. Then `rows` is a large but usual length; an answer that turns
 * out too large is ended by its bytes (src/api/answer.ts).
 */

import { hasSmiles } from "../../ids.js";

/** Arguments of a field, defaults filled in, variables resolved, not yet checked. */
export type Arguments = Readonly<Record<string, unknown>>;
type Points = number | ((given: Arguments) => number);
export interface Price {
  own?: Points;
  rows?: Points;
  why: string;
}

/** A number, or a short text, of a list: a fifth of a field, which has a name and a resolver. */
export const NUMBER = 0.2;
/** A value of introspection, which graphql answers in one go: a standard query fills half an operation. */
export const INTROSPECTION = 1;
/** Width of a vector of a model, which is not known before the model is read: 768 is usual, 1,024 large. */
const WIDTH = 1_024;
/** A condition or an order of a list looks at the whole library. */
const SEARCH = 2_000;

/** Whole numbers of an argument: from 0 to `most`, which the resolver refuses to exceed. */
const counted = (value: unknown, most: number, otherwise: number): number =>
  typeof value === "number" && Number.isFinite(value) ? Math.min(most, Math.max(0, Math.floor(value))) : otherwise;
const entries = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
const rowsOf =
  (argument: string, most: number, otherwise: number) =>
  (given: Arguments): number =>
    counted(given[argument], most, otherwise);
const listed = (argument: string, most: number) => (given: Arguments) =>
  Math.min(most, entries(given[argument]).length);
/** `first` or `last` of a page; without both the resolver refuses. */
const page = (given: Arguments): number => counted(given.first ?? given.last, 100, 1);
const isGiven = (value: unknown): boolean => value !== undefined && value !== null;
const searching = (given: Arguments): number => 20 + (isGiven(given.filter) || isGiven(given.orderBy) ? SEARCH : 0);
/** Variables are as they came: what is no text is refused after it was priced. */
const lengthOf = (text: unknown): number => (typeof text === "string" ? Math.max(1, text.length) : 1);
/** Passes of molecules through a model: half a point for each hundred characters. */
const passes = (smiles: unknown, forms = 1): number =>
  entries(smiles).reduce<number>(
    (sum, text) => sum + 0.5 * forms * Math.ceil(Math.min(1_000, lengthOf(text)) / 100),
    0,
  );
const field = (given: Arguments, object: string, name: string): unknown =>
  (given[object] as Arguments | null | undefined)?.[name];

const PAGE = "a page has `first` or `last` nodes; reading one is a statement";
const REPORT = "a thousand resamples in a process, the first time; the fields of one evaluation share them";
const START = "checks and rows of a run; the work itself is queued";
const SPACE = "reads and compares every vector of a dataset in a process";
const ONE = "one statement";
/** The beginning of a subscription; its events cost their selection. */
export const FEED = 100;
const DELETE = "reads what uses it and how large it is; rows and files go";
const KEY = "some statements, and every server reads the key again";

/** Fields of one type that cost the same. */
const each = (type: string, fields: string, price: Price): Record<string, Price> =>
  Object.fromEntries(fields.split(" ").map((field) => [`${type}.${field}`, price]));
const EVENT = "a feed; each event is an answer of its own";
const GROUP = "32 runs are usual; of a sweep up to 256";

export const PRICES: Readonly<Record<string, Price>> = {
  // Computations.
  "Query.predict": {
    own: ({ smiles, averageOver }) => 20 + passes(smiles, counted(averageOver, 32, 1)),
    rows: listed("smiles", 256),
    why: "passes through the model for each molecule and form, long SMILES more; a row for each SMILES",
  },
  "Query.embed": {
    own: ({ smiles }) => 20 + passes(smiles),
    rows: listed("smiles", 256),
    why: "a pass through the model for each molecule; a row for each SMILES",
  },
  "Query.projection": {
    own: ({ components }) => 20_000 + Math.min(50_000, 400 * Math.max(0, counted(components, 1e6, 2) - 3)),
    why: `${SPACE}; of many components, each point has many coordinates`,
  },
  "Run.projection": { own: 5_000, why: "reads the coordinates of every molecule of a dataset" },
  "Query.clusters": { own: 20_000, why: SPACE },
  "Query.outliers": { own: 10_000, why: SPACE },
  "Query.neighbours": { own: 10_000, rows: rowsOf("k", 100, 10), why: `${SPACE}; \`k\` rows` },
  "Query.separation": {
    own: ({ models }) => 20_000 + 8_000 * Math.min(8, entries(models).length),
    why: "up to minutes of a process: silhouette, neighbours and probes for each model and three controls",
  },
  "Query.compareRuns": { own: 5_000, why: "paired resamples of two runs in a process" },
  "Query.runCurves": {
    own: ({ runs, names }) =>
      1_000 * Math.max(1, Math.min(8, entries(runs).length) * Math.min(4, entries(names).length)),
    why: "up to 10,000 metrics of each name of each run, drawn",
  },
  "Evaluation.intervals": { own: 1_000, rows: 20, why: REPORT },
  "Evaluation.newScaffolds": { own: 1_000, why: REPORT },
  "Evaluation.calibrationCurve": { own: 1_000, rows: 15, why: `${REPORT}; 15 bins` },
  "Evaluation.curves": { own: 1_000, rows: 50, why: `${REPORT}; a curve for each label` },
  "Evaluation.mistakes": { own: 1_000, rows: rowsOf("first", 100, 10), why: REPORT },
  "Evaluation.residuals": { own: 1_000, rows: 50, why: REPORT },
  "Evaluation.pairs": { own: 1_000, rows: rowsOf("first", 2_000, 100), why: REPORT },
  "Evaluation.molecules": { own: 1_000, rows: rowsOf("first", 1_000, 100), why: REPORT },
  "Evaluation.figure": { own: 1_000, why: `${REPORT}; drawn as SVG text` },
  "Sweep.figure": { own: 1_000, why: "draws up to 256 lines over 10 axes" },
  "Projection.svg": { own: 1_000, why: "draws up to 100,000 points" },
  "Compound.svg": { own: 100, why: "RDKit draws about 300 a second; 4 to 10 kB of text" },

  // Vectors and other lists of numbers and texts.
  "Embedding.vector": { rows: WIDTH, why: "as many numbers as the model is wide" },
  "ProjectionPoint.coordinates": { rows: 3, why: "two or three; more are counted by `projection`" },
  "Projection.explainedVarianceRatio": { rows: 50, why: "one for each component" },
  "Evaluation.confusionMatrix": { rows: 2_500, why: "classes x classes; 50 classes are many" },
  "Evaluation.labels": { rows: 50, why: "50 classes are many" },
  "GroupScore.values": { rows: 32, why: "one for each run of a group" },
  "LabelCurve.precisionRecall": { rows: 1_000, why: "pairs of numbers, up to 500 points" },
  "LabelCurve.roc": { rows: 1_000, why: "pairs of numbers, up to 500 points" },
  "Model.labels": { rows: 50, why: "50 classes are many" },
  "Model.memberWeights": { rows: 32, why: "one for each member" },
  "Model.card": { own: 100, why: "text of up to 1 MiB" },
  "MoleculeAnswer.scores": { rows: 50, why: "one for each label" },
  "MoleculeAnswer.truth": { rows: 50, why: "one for each label" },
  "FinetuneSettings.targets": { rows: 20, why: "label sets that are learned" },
  "LoraSettings.targets": { rows: 6, why: "kinds of dense layers" },
  "ProbeSettings.inverseRegularization": { rows: 20, why: "at most 20" },
  "ProbeSettings.targets": { rows: 20, why: "label sets that are learned" },
  "ProjectionSettings.fitOn": { rows: 3, why: "three splits" },
  "ProjectionSettings.split": { rows: 3, why: "three splits" },
  "RepeatsSettings.seeds": { rows: 32, why: "at most 32" },
  "SplitSettings.fractions": { rows: 3, why: "three splits" },
  "Run.targets": { rows: 20, why: "label sets that are learned" },
  "Separation.classes": { rows: 50, why: "50 classes are many" },

  // Pages and lists of rows.
  "Query.apiKeys": { own: 20, rows: page, why: PAGE },
  "Query.auditLog": { own: 20, rows: page, why: PAGE },
  "Query.compounds": { own: searching, rows: page, why: `${PAGE}; a filter or an order looks at the whole library` },
  "Dataset.compounds": { own: searching, rows: page, why: `${PAGE}; a filter or an order looks at the whole library` },
  "Query.datasets": { own: 20, rows: page, why: PAGE },
  "Query.models": { own: 20, rows: page, why: PAGE },
  "Query.modelDownloads": { own: 20, rows: page, why: PAGE },
  "Query.runs": { own: 20, rows: page, why: PAGE },
  "Query.runGroups": { own: 20, rows: page, why: PAGE },
  "CompoundConnection.totalCount": { own: 50, why: "counts a table" },
  "Query.nodes": {
    own: ({ ids }) => 20 + 20 * entries(ids).slice(0, 100).filter(hasSmiles).length,
    rows: listed("ids", 100),
    why: "a row for each id; RDKit reads the SMILES of one that has it",
  },
  "Model.diskUsage": { own: 100, why: "counts its rows, and reads the sizes of its files" },
  "Run.diskUsage": { own: 100, why: "counts its rows, and reads the sizes of its files" },
  "Dataset.diskUsage": { own: 5, why: ONE },
  "DeletePayload.deleted": { rows: 20, why: "a thing and what goes with it" },
  "GarbagePayload.garbage": { rows: 6, why: "one for each kind" },
  "Garbage.paths": { rows: 100, why: "the first 100" },
  "RestorePayload.restored": { rows: 10, why: "what ships" },
  "Query.devices": { rows: 8, why: "devices of this machine" },
  "ApiKey.projects": { rows: 20, why: "at most 20" },
  "Viewer.projects": { rows: 20, why: "at most 20" },
  "AuditEntry.details": { rows: 10, why: "arguments and ids of a mutation" },
  "Compound.datasets": { rows: 20, why: "datasets share molecules" },
  "Compound.labels": { rows: 20, why: "a value of each label set of each dataset" },
  "Compound.embeddings": {
    rows: ({ model }) => (isGiven(model) ? 2 : 4),
    why: "by model, pooling and layer",
  },
  "Compound.predictions": { rows: ({ model }) => (isGiven(model) ? 4 : 20), why: "by model and forms" },
  "Prediction.labels": { rows: 10, why: "`topK` of the classes; three when not given" },
  "Prediction.logits": { own: 1, rows: 10, why: "a pass through the model; one for each class or label" },
  "Prediction.values": { rows: 10, why: "one for each target" },
  "Dataset.labelSets": { rows: 10, why: "5,000 at most; a few are usual" },
  "LabelSet.counts": { rows: rowsOf("first", 10_000, 20), why: "classes are few; texts may be 100,000" },
  "Dataset.labelSet": { own: 5, why: ONE },
  "LabelSet.splitOverlap": { own: SEARCH, why: "looks at every molecule of the dataset" },
  "SplitOverlap.molecules": {
    own: SEARCH,
    rows: rowsOf("first", 1_000, 100),
    why: "looks at every molecule of the dataset; `first` rows",
  },
  "OverlappingMolecule.members": { rows: 3, why: "two are usual" },
  "ImportReport.conflicts": { rows: 10, why: "one for each label set" },
  "ImportReport.problems": { rows: 100, why: "the first 100 are kept" },
  "ImportReport.reasons": { rows: 10, why: "one for each code" },
  "ImportReport.missing": { rows: 30, why: "one for each text" },
  "Model.members": { rows: 32, why: "at most 32" },
  "Run.metrics": { own: 20, rows: rowsOf("first", 10_000, 1_000), why: "`first` rows" },
  "Run.evaluation": { own: 1, why: "one of three rows, with its report" },
  "PredictionTable.problems": { rows: 5, why: "one for each code" },
  "Run.leakage": { rows: 2, why: "validation and test" },
  "Run.latestMetrics": { own: 20, rows: 20, why: "one for each split and name" },
  "Run.events": { own: 5, rows: rowsOf("first", 1_000, 100), why: "`first` rows" },
  "Run.origin": { own: 1, why: ONE },
  "Run.scores": { own: 2, rows: 30, why: "scores of three splits" },
  "Run.tags": { rows: 20, why: "at most 20" },
  "Run.verbs": { rows: 5, why: "seven verbs" },
  "RunAgainPayload.changed": { rows: 5, why: "options that differ" },
  "RunAgainPayload.kept": { rows: 5, why: "options of a recipe" },
  "Run.attempts": { own: 5, rows: 5, why: "one is usual" },
  "Run.splitSizes": { rows: 3, why: "three splits" },
  "Run.warnings": { rows: 10, why: "one for each code" },
  "RunGroup.runs": { rows: 32, why: "at most 32" },
  "EvaluationSettings.targets": { rows: 10, why: "label sets" },
  "RecipeChoice.options": { rows: 10, why: "options that the recipe may decide" },
  "NewMolecules.scores": { rows: 10, why: "scores of one split" },
  "RunGroup.sweep": { own: 20, why: "some statements" },
  "Sweep.rungs": { rows: 6, why: "at most 8: halving of 256 trials by two" },
  "Sweep.sizes": { rows: 6, why: "at most 8: halving of 256 trials by two" },
  "Sweep.trials": { rows: 64, why: "27 and 81 are usual; at most 256" },
  "SweepTrial.options": { rows: 4, why: "at most 10" },
  "RunGroup.scores": { rows: 30, why: "scores of three splits" },
  "Evaluation.classes": { rows: 50, why: "50 classes are many" },
  "Evaluation.labelScores": { rows: 50, why: "one for each label" },
  "Evaluation.scores": { rows: 20, why: "scores of a task" },
  "Evaluation.targetScores": { rows: 50, why: "one for each target" },
  "Evaluation.warnings": { rows: 10, why: "one for each code" },
  "NewScaffolds.scores": { rows: 20, why: "scores of a task" },
  "TargetResiduals.quantiles": { rows: 7, why: "seven quantiles" },
  "RunComparison.scores": { rows: 20, why: "scores of a task" },
  "Evaluation.baselines": { rows: 2, why: "a constant answer and fingerprints, stored with the report" },
  "EvaluationBaseline.scores": { rows: 20, why: "scores of a task" },
  "EvaluationBaseline.differences": { rows: 20, why: "scores of a task" },
  "Projection.points": { rows: 1_000, why: "one for each molecule; a thousand is usual" },
  "Clusters.clusters": { rows: 12, why: "`k`; 2 to 12 are tried when it is not given" },
  "Clusters.scan": { rows: 11, why: "2 to 12" },
  "Cluster.compounds": { rows: 200, why: "the molecules of a dataset, shared by its clusters" },
  "Outliers.outliers": { rows: 1_000, why: "1,000 are listed" },
  "Separation.dropped": { rows: 50, why: "rare classes" },
  "Separation.rows": { rows: 11, why: "8 models and 3 controls" },

  // Single things.
  "Query.compound": {
    own: ({ id, smiles }) => (isGiven(smiles) || hasSmiles(id) ? 20 : 2),
    why: "RDKit reads a SMILES",
  },
  "Query.dataset": { own: 2, why: ONE },
  "Query.model": { own: 2, why: ONE },
  "Query.modelDownload": { own: 2, why: ONE },
  "Query.node": { own: ({ id }) => (hasSmiles(id) ? 20 : 2), why: ONE },
  "Query.run": { own: 2, why: ONE },
  "Query.runGroup": { own: 2, why: ONE },
  "Query.health": { own: 2, why: "asks database, chemistry and devices" },
  "Query.diskUsage": { own: 5_000, why: "reads the sizes of all files" },
  "Query.rateLimit": { own: 1, why: "a count in memory" },
  "Query.quota": { own: 500, why: "sums runs, checkpoints and models of a key" },
  "Query.viewer": { own: 2, why: ONE },

  // Changes.
  "Mutation.importDataset": {
    own: (given) => 100 + 20 * Math.min(1_000, entries(field(given, "input", "rows")).length),
    why: "RDKit reads each row, and several tables get rows",
  },
  ...each("Mutation", "addModel quantizeModel", { own: 5_000, why: "a process checks and copies a checkpoint" }),
  "Mutation.createEnsemble": { own: 1_000, why: "compares the labels of up to 32 models" },
  ...each(
    "Mutation",
    "startEmbedding startEvaluation startFinetune startPrediction startPretraining startProjection startProbe " +
      "cloneRun continueRun",
    { own: 2_000, why: START },
  ),
  "Mutation.startRepeats": {
    own: (given) =>
      2_000 *
      Math.max(
        1,
        counted(field(given, "input", "folds"), 32, 0) * counted(field(given, "input", "repeats"), 33, 1),
        Math.min(32, entries(field(given, "input", "seeds")).length),
      ),
    why: `${START}; as many as there are seeds, or folds and their repeats`,
  },
  "Mutation.startSweep": { own: 40_000, why: `${START}; of up to 256 trials` },
  ...each("Mutation", "createApiKey limitApiKey revokeApiKey rotateApiKey", { own: 100, why: KEY }),
  "Mutation.collectGarbage": { own: 10_000, why: "looks at every file of the artifact store and every molecule" },
  ...each("Mutation", "deleteDataset deleteModel deleteRun deleteRunGroup", { own: 2_000, why: DELETE }),
  ...each(
    "Mutation",
    "cancelModelDownload cancelRun pauseRun renameDataset renameModel renameRun " +
      "renameRunGroup resumeRun setRunPriority updateRun",
    { own: 20, why: ONE },
  ),
  "Mutation.restoreShipped": { own: 5_000, why: "reads the checkpoints that ship" },
  ...each("Mutation", "cancelRunGroup pauseRunGroup resumeRunGroup", { own: 640, why: GROUP }),
  "Mutation.retryRun": { own: 100, why: "looks at the quota; anew it deletes files" },
  "Subscription.runMetricLists": {
    own: FEED,
    rows: rowsOf("size", 1_000, 1_000),
    why: "a feed; each event is an answer of its own, and costs by the metrics that it has",
  },
  ...each("Subscription", "modelDownloadUpdated runEvents runMetrics runUpdated runsUpdated", {
    own: FEED,
    why: EVENT,
  }),
};
