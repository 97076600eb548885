/**
 * A dataset in a few dimensions:
 *   members in order -> stored embeddings (missing ones computed, up to 2,000) -> PCA in the compute pool, fitted on `fitOn`
 *   -> coordinates kept by the content of the request -> labels and splits -> the points of `split`
 * The number of SQL statements does not depend on the number of points.
 */
import { createHash } from "node:crypto";
import { componentAxis, scatterFigure } from "../analysis/figures/index.js";
import { floatsOf } from "../datasets/floats.js";
import { MaillardError } from "../errors.js";
import { ensureEmbeddings } from "../runs/embedding.js";
import { plannedOrder } from "../runs/index.js";
import { requireCheckpoint } from "../store/composition.js";
import type { Dataset, Model, Run } from "../store/generated/client.js";
import { newId } from "../store/index.js";
import type { Application } from "./application.js";
import { findDataset, findLabelSet, findModel } from "./find.js";
import { colorsOf } from "./label-colors.js";
import type { ColorRules } from "./types/color-rules.js";
import type { Pooling, ProjectionMethod, Split } from "./types/enums.js";
import type { ProjectionPoint } from "./types/projection.js";

/** Missing embeddings that are computed while the client waits. */
export const MAX_MISSING = 2_000;
const MAX_COMPONENTS = 10;

export interface ProjectionRequest {
  model: string;
  dataset: string;
  method: ProjectionMethod;
  components: number;
  pooling: Pooling;
  /** Label set of the labels and colours; null: the run's target, if there is a run. */
  colorBy: string | null;
  /** Which of its values; null: all. */
  colorRules: ColorRules | null;
  runId: string | null;
  split: Split[] | null;
  fitOn: Split[] | null;
  signal: AbortSignal;
}

export interface ProjectionAnswer {
  model: Model;
  dataset: Dataset;
  method: ProjectionMethod;
  components: number;
  explainedVarianceRatio: number[];
  points: ProjectionPoint[];
  colorBy: string | null;
  /** The values of `colorBy` in the dataset that are coloured, most frequent first. */
  classes: string[];
  /** As in the request. */
  split: Split[] | null;
  fitOn: Split[] | null;
}

interface Member {
  id: string;
  compoundId: string;
  smiles: string;
}

export async function project(application: Application, request: ProjectionRequest): Promise<ProjectionAnswer> {
  const { store } = application;
  checkRequest(request);
  const [model, dataset] = await Promise.all([findModel(store, request.model), findDataset(store, request.dataset)]);
  requireCheckpoint(model, "it has no embeddings of its own", "model");
  const run = request.runId ? await findRun(application, request.runId, dataset) : null;
  const colorBy = request.colorBy ?? (run ? targetToShow(run) : null);
  const labelSet = colorBy === null ? null : await findLabelSet(store, dataset, colorBy, "colorBy");
  const members: Member[] = await store.prisma.datasetCompound.findMany({
    where: { datasetId: dataset.id },
    select: { id: true, compoundId: true, smiles: true },
    orderBy: { position: "asc" },
  });
  if (members.length === 0)
    throw new MaillardError("EMPTY_DATASET", `The dataset ${dataset.name} is empty.`, { param: "dataset" });
  const splits = run ? await splitsOf(application, run) : new Map<string, Split>();
  const fitted = await coordinatesOf(application, request, { model, dataset }, members, splits);
  const { labels, classes } = await colorsOf(application, labelSet, request.colorRules);
  const shown = request.split ? new Set(request.split) : null;
  const points: ProjectionPoint[] = [];
  for (const [index, member] of members.entries()) {
    const split = splits.get(member.id) ?? null;
    if (shown && !(split && shown.has(split))) continue;
    const { compoundId } = member;
    points.push({ compoundId, label: labels.get(member.id) ?? null, split, coordinates: fitted.coordinates[index] });
  }
  const { method, components, split, fitOn } = request;
  const { explainedVarianceRatio } = fitted;
  return { model, dataset, method, components, explainedVarianceRatio, points, colorBy, classes, split, fitOn };
}

/** A finished scatter plot of the first two components. */
export function drawProjection(projection: ProjectionAnswer, size: { width: number; height: number }): string {
  const { model, dataset, explainedVarianceRatio: ratio, points, components } = projection;
  if (components < 2) {
    throw new MaillardError("BAD_INPUT", "A scatter plot needs two components: ask for `components: 2` or more.", {
      param: "components",
    });
  }
  if (points.length === 0) {
    throw new MaillardError("BAD_INPUT", "There is nothing to draw: no molecule of the run is in these splits.", {
      param: "split",
    });
  }
  return scatterFigure({
    title: `${dataset.name}: embeddings of ${model.name}`,
    subtitle: subtitleOf(projection),
    points: points.map(({ coordinates: [x, y], label, split }) => ({
      x,
      y,
      label,
      ...(split ? { marker: split } : {}),
    })),
    axes: { x: componentAxis(1, ratio[0]), y: componentAxis(2, ratio[1]) },
    ...(projection.colorBy ? { legend: projection.colorBy, classes: projection.classes } : {}),
    ...size,
  });
}

/** "PCA of 78 molecules (test); axes fitted on training" */
function subtitleOf({ points, split, fitOn }: ProjectionAnswer): string {
  const names: Record<Split, string> = { TRAIN: "training", VALIDATION: "validation", TEST: "test" };
  const list = (splits: readonly Split[]): string => splits.map((name) => names[name]).join(" and ");
  const shown = split ? ` (${list(split)})` : "";
  return `PCA of ${points.length} molecules${shown}${fitOn ? `; axes fitted on ${list(fitOn)}` : ""}`;
}

/** The run's label set, where it has one of classes or labels: numbers are no colours. */
function targetToShow({ kind, input }: Run): string | null {
  if (kind === "EMBEDDING") return null;
  const { task, target } = plannedOrder(input);
  return task === "REGRESSION" ? null : target;
}

function checkRequest({ components, runId, split, fitOn }: ProjectionRequest): void {
  if (components < 1 || components > MAX_COMPONENTS) {
    throw new MaillardError("BAD_INPUT", `\`components\` is ${components}: it must be 1 to ${MAX_COMPONENTS}.`, {
      param: "components",
    });
  }
  for (const [param, value] of Object.entries({ split, fitOn })) {
    if (value === null) continue;
    if (runId === null)
      throw new MaillardError("BAD_INPUT", `\`${param}\` needs \`run\`: a run says which split a molecule is in.`, {
        param,
      });
    if (value.length === 0)
      throw new MaillardError("BAD_INPUT", `\`${param}\` is empty: name at least one split, or leave it out.`, {
        param,
      });
  }
}

async function findRun({ store }: Application, id: string, dataset: Dataset): Promise<Run> {
  const run = await store.prisma.run.findUnique({ where: { id } });
  if (!run) {
    throw new MaillardError("NOT_FOUND", "There is no run of this id. List the existing ones with `runs(first: 10)`.", {
      param: "run",
    });
  }
  if (run.datasetId === dataset.id && run.kind !== "EMBEDDING") return run;
  throw new MaillardError("BAD_INPUT", `The run ${run.name} is not a finetune on the dataset ${dataset.name}.`, {
    param: "run",
  });
}

async function splitsOf({ store }: Application, run: Run): Promise<Map<string, Split>> {
  const rows = await store.prisma.runAssignment.findMany({
    where: { runId: run.id },
    select: { memberId: true, split: true },
    // Of several rows of one molecule (ROW) the training one counts: it comes last.
    orderBy: { split: "desc" },
  });
  if (rows.length > 0) return new Map(rows.map((row) => [row.memberId, row.split as Split]));
  throw new MaillardError(
    "BAD_INPUT",
    `The run ${run.name} has assigned no molecules yet (${run.status}). Wait until it is RUNNING.`,
    {
      param: "run",
      retryable: true,
    },
  );
}

interface Fitted {
  explainedVarianceRatio: number[];
  /** In the order of the members. */
  coordinates: number[][];
}

async function coordinatesOf(
  application: Application,
  request: ProjectionRequest,
  { model, dataset }: { model: Model; dataset: Dataset },
  members: readonly Member[],
  splits: ReadonlyMap<string, Split>,
): Promise<Fitted> {
  const { method, components, pooling, fitOn } = request;
  const wanted = fitOn ? new Set(fitOn) : null;
  const fitRows = wanted ? members.flatMap(({ id }, row) => (wanted.has(splits.get(id) as Split) ? [row] : [])) : null;
  const fitCount = fitRows?.length ?? members.length;
  if (fitCount < 2 || components > Math.min(model.width, fitCount)) {
    const rule = "it takes at least two, and no fewer than `components`";
    throw new MaillardError(
      "BAD_INPUT",
      `${fitCount} molecules are there to fit ${components} components on: ${rule}.`,
      {
        param: fitOn ? "fitOn" : "components",
      },
    );
  }
  const key = contentKey({
    checksum: model.checksum,
    method,
    components,
    pooling,
    members: members.map(({ id, smiles }) => [id, smiles]),
    fitRows,
  });
  const kept = await application.store.prisma.projection.findUnique({ where: { contentKey: key } });
  if (kept) {
    const rows = kept.points as [string, ...number[]][];
    return {
      explainedVarianceRatio: kept.explainedVarianceRatio,
      coordinates: rows.map(([, ...coordinates]) => coordinates),
    };
  }
  const vectors = await vectorsOf(application, request, model, members);
  const result = await application.compute.pca({
    vectors,
    dimension: model.width,
    components,
    fitRows: fitRows && Int32Array.from(fitRows),
  });
  const coordinates = members.map((_, row) =>
    Array.from(result.coordinates.subarray(row * components, (row + 1) * components)),
  );
  await application.store.prisma.projection.createMany({
    data: {
      ...{ id: newId(), contentKey: key, modelId: model.id, datasetId: dataset.id },
      ...{ method, components, explainedVarianceRatio: result.explainedVarianceRatio },
      points: members.map(({ id }, row) => [id, ...coordinates[row]]),
    },
    skipDuplicates: true,
  });
  return { explainedVarianceRatio: result.explainedVarianceRatio, coordinates };
}

const contentKey = (content: unknown): string => createHash("sha256").update(JSON.stringify(content)).digest("hex");

/** Row-major [members, width]. */
async function vectorsOf(
  application: Application,
  request: ProjectionRequest,
  model: Model,
  members: readonly Member[],
): Promise<Float32Array> {
  const { pooling, signal } = request;
  const smiles = [...new Set(members.map((member) => member.smiles))];
  let rows = await embeddingRows(application, model, pooling, smiles);
  const missing = members.filter((member) => !rows.has(member.smiles));
  if (missing.length > MAX_MISSING) {
    throw new MaillardError(
      "EMBEDDINGS_REQUIRED",
      `${missing.length} molecules of ${request.dataset} have no stored embedding by ${model.name}; at most ${MAX_MISSING} are computed on the way. ` +
        `Run startEmbedding(input: { model: "${model.name}", dataset: "${request.dataset}", pooling: ${pooling} }) first.`,
      { param: "dataset", details: { missing: missing.length, maximum: MAX_MISSING } },
    );
  }
  if (missing.length > 0) {
    await ensureEmbeddings(application, { model, pooling, items: missing, signal });
    rows = await embeddingRows(application, model, pooling, smiles);
  }
  const vectors = new Float32Array(members.length * model.width);
  for (const [index, member] of members.entries())
    vectors.set(rows.get(member.smiles) as Float32Array, index * model.width);
  return vectors;
}

/** Raw SQL: as a parameter list the SMILES of a large dataset would be more than one statement holds; an array is one parameter. */
async function embeddingRows(
  { store }: Application,
  model: Model,
  pooling: Pooling,
  smiles: string[],
): Promise<Map<string, Float32Array>> {
  const { rows } = await store.pool.query<{ smiles: string; vector: Buffer }>(
    `SELECT smiles, vector FROM "Embedding" WHERE "modelId" = $1 AND pooling = $2::"Pooling" AND smiles = ANY($3::text[])`,
    [model.id, pooling, smiles],
  );
  return new Map(rows.map((row) => [row.smiles, floatsOf(row.vector)]));
}
