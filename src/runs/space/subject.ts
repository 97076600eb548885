/**
 * What the coordinates of a projection are computed on:
 *   members in order -> PCA: all of them, fitted on those of `fitOn`; t-SNE and UMAP: those of `split`
 * Everything that can be wrong with it is refused here, before anything is computed.
 */
import { MaillardError } from "../../errors.js";
import { requireCheckpoint } from "../../store/composition.js";
import type { Dataset, Model, Run, Split } from "../../store/generated/client.js";
import type { FitRequest } from "../orders/projection-order.js";
import { layerOf } from "../work/embedding.js";
import { checkPca, mapOptions } from "./coordinates.js";
import { type Member, membersOf, type VectorParts } from "./dataset-vectors.js";
import { checkSplits, findLearningRun, nothingIn, splitsOf } from "./splits.js";

/** Numbers of one answer: molecules times components. */
const MAX_NUMBERS = 1_000_000;

export interface Subject {
  /** The run of `runId`. */
  run: Run | null;
  members: Member[];
  /** By member id; empty without a run. */
  splits: ReadonlyMap<string, Split>;
  /** Those of `split`. */
  shown: Member[];
  /** Those that may get coordinates. */
  placed: Member[];
  /** Rows of `placed` that mean and axes are fitted on; null: all. */
  fitRows: number[] | null;
}

/** NOT_FOUND, MODEL_IS_COMPOSED, EMPTY_DATASET, BAD_INPUT, TOO_MANY_ITEMS. */
export async function subjectOf(
  parts: Pick<VectorParts, "store">,
  { model, dataset }: { model: Model; dataset: Dataset },
  request: FitRequest,
): Promise<Subject> {
  checkFit(request);
  requireCheckpoint(model, "it has no embeddings of its own", "model");
  layerOf(model, request.layer);
  const run = request.runId === null ? null : await findLearningRun(parts, request.runId, dataset);
  const members = await membersOf(parts, dataset);
  const splits = run ? await splitsOf(parts, run) : new Map<string, Split>();
  const wanted = request.split && new Set(request.split);
  const shown = wanted ? members.filter(({ id }) => wanted.has(splits.get(id) as Split)) : members;
  // A map has no axes that more molecules could be laid on: it is made of those that it shows.
  const placed = request.method === "PCA" ? members : shown;
  if (placed.length === 0) throw nothingIn();
  const fitRows = fitRowsOf(request, placed, splits);
  if (request.method === "PCA")
    checkPca(model, request.components, fitRows?.length ?? placed.length, fitRows ? "fitOn" : "components");
  else mapOptions(request.method, request, placed.length);
  return { run, members, splits, shown, placed, fitRows };
}

function checkFit({ method, components, whiten, runId, split, fitOn }: FitRequest): void {
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

function fitRowsOf(
  { components, fitOn }: FitRequest,
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
