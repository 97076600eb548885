/**
 * A dataset in a few dimensions:
 *   members in order -> their vectors
 *     -> in a process of its own: PCA, fitted on `fitOn`,
 *     or t-SNE or UMAP, of the molecules of `split`, a sample where there are too many
 *   -> coordinates, kept by the content of the request -> labels and splits -> the points of `split`
 * The number of SQL statements does not depend on the number of points.
 */
import { MaillardError } from "../../errors.js";
import { learns, plannedOrder } from "../../runs/index.js";
import { layerOf } from "../../runs/work/embedding.js";
import { requireCheckpoint } from "../../store/composition.js";
import { findDataset, findLabelSet, findModel } from "../../store/find.js";
import type { Dataset, Model, Run, Split } from "../../store/generated/client.js";
import { type CoordinatesRequest, coordinatesOf } from "./coordinates.js";
import { type Member, membersOf, type VectorParts } from "./dataset-vectors.js";
import { colorsOf } from "./label-colors.js";
import { checkSplits, findLearningRun, nothingIn, splitsOf } from "./run-splits.js";
import type { ColorRules, ProjectionMethod, ProjectionPoint } from "./types.js";

/** Numbers of one answer: molecules times components. */
const MAX_NUMBERS = 1_000_000;

export interface ProjectionRequest extends CoordinatesRequest {
  model: string;
  dataset: string;
  /** Label set of the labels and colours; null: the run's target, if there is a run. */
  colorBy: string | null;
  /** Which of its values; null: all. */
  colorRules: ColorRules | null;
  runId: string | null;
  split: Split[] | null;
  fitOn: Split[] | null;
}

export interface ProjectionAnswer {
  model: Model;
  dataset: Dataset;
  method: ProjectionMethod;
  components: number;
  layer: number;
  explainedVarianceRatio: number[];
  /** Of TSNE and UMAP. */
  trustworthiness: number | null;
  /** Molecules that the coordinates were computed on, of how many there are. */
  computedOn: number;
  datasetSize: number;
  /** Molecules that a sample was drawn from. */
  sampledFrom: number;
  points: ProjectionPoint[];
  colorBy: string | null;
  /** The values of `colorBy` in the dataset that are coloured, most frequent first; of numbers empty. */
  classes: string[];
  /** As in the request. */
  split: Split[] | null;
  fitOn: Split[] | null;
}

export async function project(parts: VectorParts, request: ProjectionRequest): Promise<ProjectionAnswer> {
  const { store } = parts;
  checkRequest(request);
  const [model, dataset] = await Promise.all([findModel(store, request.model), findDataset(store, request.dataset)]);
  requireCheckpoint(model, "it has no embeddings of its own", "model");
  const run = request.runId ? await findLearningRun(parts, request.runId, dataset) : null;
  const colorBy = request.colorBy ?? (run ? targetToShow(run) : null);
  const labelSet = colorBy === null ? null : await findLabelSet(store, dataset, colorBy, "colorBy");
  const members = await membersOf(parts, dataset);
  const splits = run ? await splitsOf(parts, run) : new Map<string, Split>();
  const wanted = request.split && new Set(request.split);
  const shown = wanted ? members.filter(({ id }) => wanted.has(splits.get(id) as Split)) : members;
  // A map has no axes that more molecules could be laid on: it is made of those that it shows.
  const subject = request.method === "PCA" ? members : shown;
  if (subject.length === 0) throw nothingIn();
  const fitRows = fitRowsOf(request, subject, splits);
  const fitted = await coordinatesOf(parts, request, { model, dataset }, subject, fitRows);
  const { labels, numbers, classes } = await colorsOf(parts, labelSet, request.colorRules);
  const points: ProjectionPoint[] = [];
  for (const { id, compoundId } of shown) {
    const coordinates = fitted.coordinates.get(id);
    if (!coordinates) continue;
    points.push({
      compoundId,
      datasetId: dataset.id,
      label: labels.get(id) ?? null,
      number: numbers?.get(id) ?? null,
      split: splits.get(id) ?? null,
      coordinates,
    });
  }
  const { method, components, split, fitOn } = request;
  const { explainedVarianceRatio, trustworthiness } = fitted;
  return {
    model,
    dataset,
    method,
    components,
    explainedVarianceRatio,
    trustworthiness,
    points,
    colorBy,
    classes,
    split,
    fitOn,
    layer: layerOf(model, request.layer),
    computedOn: fitted.coordinates.size,
    datasetSize: members.length,
    sampledFrom: subject.length,
  };
}

/** The run's label set; of several targets none. */
function targetToShow(run: Run): string | null {
  return learns(run) ? plannedOrder(run.input).target : null;
}

function checkRequest({ method, components, whiten, runId, split, fitOn }: ProjectionRequest): void {
  if (components < 1)
    throw new MaillardError("BAD_INPUT", `\`components\` is ${components}: it must be at least 1.`, {
      param: "components",
    });
  if (method !== "PCA" && (whiten || fitOn))
    throw new MaillardError("BAD_INPUT", `${method} has no axes: \`whiten\` and \`fitOn\` are PCA's.`, {
      param: whiten ? "whiten" : "fitOn",
    });
  checkSplits(runId, { split, fitOn });
}

/** Rows that mean and axes are fitted on; null: all. */
function fitRowsOf(
  { components, fitOn }: ProjectionRequest,
  members: readonly Member[],
  splits: ReadonlyMap<string, Split>,
): number[] | null {
  if (members.length * components > MAX_NUMBERS)
    throw new MaillardError(
      "TOO_MANY_ITEMS",
      `${members.length} molecules times ${components} components are more than ${MAX_NUMBERS} numbers. ` +
        "Ask for fewer components.",
      { param: "components", details: { limit: MAX_NUMBERS } },
    );
  if (!fitOn) return null;
  const wanted = new Set(fitOn);
  return members.flatMap(({ id }, row) => (wanted.has(splits.get(id) as Split) ? [row] : []));
}
