/**
 * A model that answers in int8, derived from one of float32: a model of its own, with a name and a checksum, so that
 * predictions and embeddings of the two are never mixed. Its weights are a second name of the same file where the file
 * system has hard links. It is checked and run once, as every model is, before it is registered.
 */
import { cp, link, readdir } from "node:fs/promises";
import { join } from "node:path";
import { checkName } from "../../datasets/request.js";
import { MaillardError } from "../../errors.js";
import { CARD_FILE } from "../../model/checkpoint/card.js";
import { checkpointFilesOf, hasWeights } from "../../model/checkpoint/files.js";
import { writePrecision } from "../../model/checkpoint/precision.js";
import { namedIn } from "../../store/access/principal.js";
import { checkQuota } from "../../store/access/usage.js";
import { requireCheckpoint } from "../../store/composition.js";
import { checkSameProject, findModel } from "../../store/find.js";
import type { Model } from "../../store/generated/client.js";
import { presentModelFolder, type Store } from "../../store/index.js";
import { checkFreeName, makeModel } from "./add-model.js";

export interface QuantizeRequest {
  /** Name of the model of float32. */
  model: string;
  /** Of the new one. Default: `<model>-int8`. */
  name?: string | null;
  signal?: AbortSignal;
}

/**
 * The int8 model; the existing one when it was made before under this name.
 * NOT_FOUND, MODEL_IS_COMPOSED, INVALID_CONFIG, CONFLICT, MODEL_FILES_MISSING, and what `addModel` throws.
 */
export async function quantizeModel(
  { store }: { store: Store },
  { model: given, name: wanted, signal }: QuantizeRequest,
): Promise<Model> {
  const model = await findModel(store, given);
  checkSameProject(store, "model", model, "model");
  requireCheckpoint(model, "it has no weights of its own to quantize", "model");
  if (model.precision !== "FLOAT32")
    throw new MaillardError("INVALID_CONFIG", `${model.name} is ${model.precision} already. Take one of FLOAT32.`, {
      param: "model",
    });
  const name = wanted ?? `${model.name}-int8`;
  checkName(name, "name");
  const existing = await store.prisma.model.findFirst({ where: { name, projectId: { in: namedIn(store.principal) } } });
  // Its card names the weights it was made of; a model that ships may have others by now.
  const isOf = existing?.baseModelId === model.id && existing.card?.includes(model.checksum);
  if (isOf && existing.precision === "INT8") return existing;
  await checkFreeName(store, name);
  await checkQuota(store.pool, store, { bytes: Number(model.bytes) });
  const source = await presentModelFolder(store, model);
  const fill = async (destination: string): Promise<void> => {
    for (const file of checkpointFilesOf(await readdir(source)) ?? []) {
      if (file === CARD_FILE) continue; // its scores are those of the other model
      const [from, to] = [join(source, file), join(destination, file)];
      // Not those of the package, which an update may write in place.
      if (hasWeights(file) && !model.artifact.startsWith("package:")) await link(from, to).catch(() => cp(from, to));
      else await cp(from, to);
    }
    await writePrecision(destination, "INT8");
  };
  return makeModel(store, {
    name,
    target: model.target,
    signal,
    fill,
    param: "model",
    called: model.name,
    baseModelId: model.id,
    card: cardOf(name, model),
  });
}

const cardOf = (name: string, { name: from, checksum }: Model): string =>
  [
    `# ${name}`,
    `${from} (sha256 ${checksum}) in int8: the matrix products of its layers are computed with whole numbers of 8 ` +
      "bits, a scale for each token and for each row of a weight. Embedding tables, attention, normalisation and the " +
      "head stay float32.",
    `How much its answers differ: \`maillard model quantize ${from} --name ${name} --dataset <labelled dataset>\`.`,
  ].join("\n\n");
