/**
 * A dataset in a few dimensions:
 *   members in order -> their vectors
 *     -> in a process of its own: PCA, fitted on `fitOn`,
 *     or t-SNE or UMAP, of the molecules of `split`, a sample where there are too many
 *   -> coordinates, kept by the content of the request -> labels and splits -> the points of `split`
 * The number of SQL statements does not depend on the number of points.
 */
import type { ProjectionMethod } from "../../analysis/map-options.js";
import { learns, plannedOrder } from "../../runs/index.js";
import { type FitRequest, projectionOrder, projectionOutput } from "../../runs/orders/projection-order.js";
import { coordinatesOf, type Fitted, keptCoordinates, planCoordinates } from "../../runs/space/coordinates.js";
import type { Member, VectorParts } from "../../runs/space/dataset-vectors.js";
import { splitsOf } from "../../runs/space/splits.js";
import { subjectOf } from "../../runs/space/subject.js";
import { layerOf } from "../../runs/work/embedding.js";
import { findDataset, findLabelSet, findModel } from "../../store/find.js";
import type { Dataset, LabelSet, Model, Run, Split } from "../../store/generated/client.js";
import { colorsOf } from "./label-colors.js";
import type { ColorRules, ProjectionPoint } from "./types.js";

export interface ColorRequest {
  /** Label set of the labels and colours; null: the run's target, if there is a run. */
  colorBy: string | null;
  /** Which of its values; null: all. */
  colorRules: ColorRules | null;
}

export interface ProjectionRequest extends FitRequest, ColorRequest {
  model: string;
  dataset: string;
  signal: AbortSignal;
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
  const [model, dataset] = await Promise.all([findModel(store, request.model), findDataset(store, request.dataset)]);
  const subject = await subjectOf(parts, { model, dataset }, request);
  const labelSet = await colorSetOf(parts, dataset, subject.run, request);
  const fitted = await coordinatesOf(parts, planCoordinates({ model, dataset }, request, subject), request.signal);
  const { shown, splits, members, placed } = subject;
  const sizes = { datasetSize: members.length, sampledFrom: placed.length };
  return answerOf(parts, { model, dataset, shown, splits, fitted, ...sizes, ...labelSet }, request);
}

/**
 * What a projection run has computed, of the molecules that are still in the dataset. Null for another run, before it
 * has succeeded, and when the run that named its splits, or its coordinates, were deleted.
 */
export async function projectionOfRun(
  parts: Pick<VectorParts, "store">,
  projecting: Run,
  colors: ColorRequest,
): Promise<ProjectionAnswer | null> {
  const { prisma } = parts.store;
  const output = projectionOutput(projecting);
  const fitted = output && (await keptCoordinates(parts.store, output.contentKey));
  const { baseModelId, datasetId } = projecting;
  if (!fitted || baseModelId === null) return null;
  const order = projectionOrder(projecting.input);
  const [model, dataset, run, members] = await Promise.all([
    prisma.model.findUnique({ where: { id: baseModelId } }),
    prisma.dataset.findUnique({ where: { id: datasetId } }),
    order.runId === null ? null : prisma.run.findUnique({ where: { id: order.runId } }),
    prisma.datasetCompound.findMany({
      where: { datasetId },
      select: { id: true, compoundId: true, smiles: true },
      orderBy: { position: "asc" },
    }),
  ]);
  if (!model || !dataset || (order.runId !== null && !run)) return null;
  const splits = run ? await splitsOf(parts, run) : new Map<string, Split>();
  const wanted = order.split && new Set(order.split);
  const shown = wanted ? members.filter(({ id }) => wanted.has(splits.get(id) as Split)) : members;
  const labelSet = await colorSetOf(parts, dataset, run, colors);
  return answerOf(parts, { model, dataset, shown, splits, fitted, ...output, ...labelSet }, { ...order, ...colors });
}

/** The label set of the colours; null: none. UNKNOWN_TARGET. */
async function colorSetOf(
  { store }: Pick<VectorParts, "store">,
  dataset: Dataset,
  run: Run | null,
  { colorBy }: ColorRequest,
): Promise<{ labelSet: LabelSet | null }> {
  const name = colorBy ?? (run ? targetToShow(run) : null);
  return { labelSet: name === null ? null : await findLabelSet(store, dataset, name, "colorBy") };
}

interface Projected {
  model: Model;
  dataset: Dataset;
  shown: readonly Member[];
  splits: ReadonlyMap<string, Split>;
  fitted: Fitted;
  labelSet: LabelSet | null;
  datasetSize: number;
  sampledFrom: number;
}

async function answerOf(
  parts: Pick<VectorParts, "store">,
  { model, dataset, shown, splits, fitted, labelSet, datasetSize, sampledFrom }: Projected,
  request: Pick<ProjectionRequest, "method" | "components" | "layer" | "split" | "fitOn" | "colorRules">,
): Promise<ProjectionAnswer> {
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
    colorBy: labelSet?.name ?? null,
    classes,
    split,
    fitOn,
    layer: layerOf(model, request.layer),
    computedOn: fitted.coordinates.size,
    datasetSize,
    sampledFrom,
  };
}

/** The run's label set; of several targets none. */
function targetToShow(run: Run): string | null {
  return learns(run) ? plannedOrder(run.input).target : null;
}
