/**
 * The models that read the molecules of a prediction run: its own, and of ensembles and probes those it is made of.
 * What the run was planned with is in its order, because a model that ships is replaced by an update of the package.
 */
import { MaillardError } from "../../errors.js";
import type { Model } from "../../store/generated/client.js";
import { presentModelFolder, type Store } from "../../store/index.js";
import type { PlannedPrediction } from "../orders/prediction-order.js";
import { type Head, headOf } from "./head.js";
import { composedOf } from "./scores-of-molecules.js";

/** An ensemble has no folder of its own. */
const hasFolder = ({ artifact }: Model): boolean => !artifact.startsWith("ensembles/");

/** The model first, the others by id. CHECKPOINT_INVALID. */
async function readersOf(store: Pick<Store, "prisma">, model: Model): Promise<Model[]> {
  const composed = await composedOf({ store }, model);
  return [model, ...[...composed.values()].sort((a, b) => (a.id < b.id ? -1 : 1))];
}

/** Head and checksums for the order of a run. MODEL_FILES_MISSING, MODEL_HAS_NO_HEAD, CHECKPOINT_INVALID. */
export async function planReaders(store: Store, model: Model): Promise<{ head: Head; checksums: string[] }> {
  const head = headOf(model);
  const readers = await readersOf(store, model);
  for (const reader of readers.filter(hasFolder)) await presentModelFolder(store, reader);
  return { head, checksums: readers.map(({ checksum }) => checksum) };
}

/** CONFLICT when one of them was replaced since the run was planned: its parts would be of two models. */
export async function checkReaders(
  store: Pick<Store, "prisma">,
  modelId: string,
  { checksums }: Pick<PlannedPrediction, "checksums">,
): Promise<void> {
  if (!checksums) return;
  const model = await store.prisma.model.findUniqueOrThrow({ where: { id: modelId } });
  const present = (await readersOf(store, model)).map(({ checksum }) => checksum);
  if (present.join() === checksums.join()) return;
  throw new MaillardError(
    "CONFLICT",
    `The model ${model.name}, or one that it is made of, was replaced by an update after this run was started. Start ` +
      "the run again.",
    { param: "model", details: { model: model.name, planned: checksums, present } },
  );
}

/** Of the answers of a run: that of its order; of runs of earlier versions that of the model. */
export const headOfRun = (model: Model, { head }: Pick<PlannedPrediction, "head">): Head => head ?? headOf(model);
