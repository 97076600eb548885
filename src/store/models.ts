/**
 * Models as rows: the folder of a checkpoint gets a name in the project of the store's principal. There a name always
 * means one function, with one exception: a model that ships is replaced by an update of the package, and the results
 * of the old one are deleted.
 */

import { readdir, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { LRUCache } from "lru-cache";
import { MaillardError } from "../errors.js";
import { readCard } from "../model/checkpoint/card.js";
import { type CheckpointInfo, readCheckpointInfo } from "../model/checkpoint/checkpoint.js";
import { ownerOf } from "./access/principal.js";
import { holdUsed } from "./find.js";
import { type Model as ModelRow, Prisma } from "./generated/client.js";
import { newId } from "./id.js";
import { isUniqueViolation, transaction } from "./sql.js";
import type { Store } from "./store.js";

export interface RegisterModel {
  name: string;
  /** Absolute folder of the checkpoint, in Hugging Face layout. */
  folder: string;
  /** The same folder as rows name it: relative to the artifact store, or "package:models/base". */
  artifact: string;
  /** Default: the task of the checkpoint. */
  task?: string;
  /** Label set that the head predicts. */
  target?: string;
  baseModelId?: string;
  /** Markdown. Default: the folder's README.md. */
  card?: string;
  /** What the folder holds. Default: read here; given where another process has read and checked it. */
  info?: CheckpointInfo;
}

type Writable = Pick<Store, "prisma" | "principal">;

/**
 * Makes the row, or returns the existing one of the same name and checksum. Same name, other checksum: CONFLICT.
 */
export async function registerModel(store: Writable, model: RegisterModel): Promise<ModelRow> {
  return registerData(store, await modelData(model));
}

/** The same for given columns: those of a composed model that ships. */
export async function registerData(store: Writable, data: ModelData): Promise<ModelRow> {
  const { prisma } = store;
  const owner = ownerOf(store.principal);
  const where = { projectId_name: { projectId: owner.projectId, name: data.name } };
  const existing = await prisma.model.findUnique({ where });
  if (existing) return settle(store, existing, data);
  try {
    return await prisma.model.create({ data: { id: newId(), ...data, ...owner } });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    // Another process was first.
    return settle(store, await prisma.model.findUniqueOrThrow({ where }), data);
  }
}

type ModelData = Omit<Prisma.ModelUncheckedCreateInput, "id">;

/** The columns of a model in a folder. */
export async function modelData({
  name,
  folder,
  artifact,
  task,
  target,
  baseModelId,
  card,
  info: given,
}: RegisterModel): Promise<ModelData> {
  const info = given ?? (await readCheckpointInfo(folder));
  const { config, labels } = info;
  return {
    name,
    artifact,
    family: config.family,
    task: task ?? info.task,
    labels: labels.length > 0 ? labels : Prisma.DbNull,
    target: target ?? null,
    baseModelId: baseModelId ?? null,
    checksum: info.checksum,
    precision: info.precision,
    layers: config.layers,
    width: config.width,
    heads: config.heads,
    vocabularySize: config.vocabularySize,
    parameterCount: BigInt(info.parameterCount),
    maxLength: info.maxLength,
    card: card ?? (await readCard(folder)),
    bytes: BigInt(await folderBytes(folder)),
  };
}

async function settle({ prisma }: Pick<Store, "prisma">, existing: ModelRow, data: ModelData): Promise<ModelRow> {
  const ships = existing.artifact === data.artifact && data.artifact.startsWith("package:");
  const modelId = existing.id;
  if (existing.checksum === data.checksum) {
    // Its card may have changed; what it computes has not.
    return ships ? prisma.model.update({ where: { id: modelId }, data }) : existing;
  }
  if (ships) {
    // The row first: no answer of the weights before gets a row after it.
    const [updated] = await prisma.$transaction([
      prisma.model.update({ where: { id: modelId }, data }),
      prisma.embedding.deleteMany({ where: { modelId } }),
      prisma.prediction.deleteMany({ where: { modelId } }),
      prisma.projection.deleteMany({ where: { modelId } }),
    ]);
    return updated;
  }
  throw new MaillardError(
    "CONFLICT",
    `There is a model ${existing.name} already, and it is another one. Choose another name.`,
    {
      param: "name",
      details: { existing: existing.checksum, given: data.checksum },
    },
  );
}

/**
 * The row of a model that consists of others, which are held until it is written: none of them is deleted meanwhile.
 * NOT_FOUND, OVERLOADED; a unique violation when the name is taken.
 */
export async function createComposed(
  store: Pick<Store, "pool">,
  data: Prisma.ModelUncheckedCreateInput,
  members: readonly Pick<ModelRow, "id" | "name">[],
): Promise<void> {
  const columns = Object.keys(data)
    .map((name) => `"${name}"`)
    .join(", ");
  const row = JSON.stringify(data, (_key, value) => (typeof value === "bigint" ? String(value) : value));
  await transaction(store, async (client) => {
    await holdUsed(client, { models: members });
    await client.query(
      `INSERT INTO "Model" (${columns}) SELECT ${columns} FROM jsonb_populate_record(NULL::"Model", $1::jsonb)`,
      [row],
    );
  });
}

/** Of the files of a folder, not of folders in it. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async ({ name }) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Absolute folder of a model's checkpoint. */
export const modelFolder = (
  { artifacts }: Pick<Store, "artifacts">,
  { artifact }: Pick<ModelRow, "artifact">,
): string => artifacts.path(artifact);

/** Folders that were there a second ago: thousands of questions a second ask for the same one. */
const PRESENT = new LRUCache<string, true>({ max: 1_000, ttl: 1_000 });

/**
 * The same, once it is known to be there. MODEL_FILES_MISSING names this host and the folder in its home: a database
 * may be shared by hosts that have not the same files.
 */
export async function presentModelFolder(
  store: Pick<Store, "artifacts">,
  { artifact, name }: Pick<ModelRow, "artifact" | "name">,
  param = "model",
): Promise<string> {
  const path = store.artifacts.path(artifact);
  if (PRESENT.has(path)) return path;
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) {
    PRESENT.set(path, true);
    return path;
  }
  const [host, shipped] = [hostname(), artifact.startsWith("package:")];
  const folder = shipped ? artifact.replace("package:", "") : `artifacts/${artifact}`;
  const [where, advice] = shipped
    ? ["the package", "Install the package again."]
    : ["its MAILLARD_HOME", "Copy it from the host that has it, or let both use one MAILLARD_HOME."];
  throw new MaillardError(
    "MODEL_FILES_MISSING",
    `The files of the model ${name} are not on this host (${host}): there is no folder ${folder} in ${where}. ` +
      advice,
    { param, details: { model: name, host, folder } },
  );
}
