/**
 * What every analysis of a dataset begins with: its members in order, their vectors by a model (stored ones, and up to
 * 2,000 missing ones computed on the way), and work of one content, done once for all that ask for it at the same time.
 * The number of SQL statements does not depend on the number of members.
 */

import { createHash } from "node:crypto";
import type { ComputePool } from "../../compute/types.js";
import { MaillardError } from "../../errors.js";
import { SharedWork } from "../../process/shared-work.js";
import { unlessDeleted } from "../../store/find.js";
import type { Dataset, Model, Pooling } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { amount } from "../../words.js";
import { ensureEmbeddings, layerOf, readEmbeddings } from "../work/embedding.js";

export interface VectorParts {
  store: Store;
  compute: ComputePool;
}

/** Missing embeddings that are computed while the client waits. */
const MAX_MISSING = 2_000;

export interface Member {
  id: string;
  compoundId: string;
  smiles: string;
}

export interface Space {
  model: Model;
  pooling: Pooling;
  /** null: the last. */
  layer: number | null;
}

export async function membersOf({ store }: Pick<VectorParts, "store">, dataset: Dataset): Promise<Member[]> {
  const members: Member[] = await store.prisma.datasetCompound.findMany({
    where: { datasetId: dataset.id },
    select: { id: true, compoundId: true, smiles: true },
    orderBy: { position: "asc" },
  });
  if (members.length > 0) return members;
  throw new MaillardError("EMPTY_DATASET", `The dataset ${dataset.name} is empty.`, { param: "dataset" });
}

/** Row-major [members, width]. `first`: what a message advises to do first where too many are missing. */
export async function vectorsOf(
  parts: VectorParts,
  space: Space,
  dataset: Dataset,
  members: readonly Member[],
  signal: AbortSignal,
  first: "embedding" | "projection" = "embedding",
): Promise<Float32Array> {
  const { model, pooling } = space;
  const layer = layerOf(model, space.layer);
  const smiles = [...new Set(members.map((member) => member.smiles))];
  let rows = await readEmbeddings(parts.store, { ...space, layer }, smiles);
  const missing = members.filter((member) => !rows.has(member.smiles));
  if (missing.length > MAX_MISSING) {
    const hidden = space.layer === null ? "" : `, layer: ${layer}`;
    const ask = `model: "${model.name}", dataset: "${dataset.name}", pooling: ${pooling}${hidden}`;
    throw new MaillardError(
      "EMBEDDINGS_REQUIRED",
      `${amount(missing.length, "molecule")} of ${dataset.name} without a stored embedding by ${model.name}; ` +
        `at most ${MAX_MISSING} are computed on the way. ` +
        (first === "projection"
          ? "Run startProjection with the arguments of this question, then ask again."
          : `Run startEmbedding(input: { ${ask} }) first.`),
      { param: "dataset", details: { missing: missing.length, maximum: MAX_MISSING } },
    );
  }
  if (missing.length > 0) {
    await unlessDeleted(parts.store, model, () =>
      ensureEmbeddings(parts, { model, pooling, layer, items: missing, signal }),
    );
    rows = await readEmbeddings(parts.store, { ...space, layer }, smiles);
  }
  const vectors = new Float32Array(members.length * model.width);
  for (const [index, member] of members.entries())
    vectors.set(rows.get(member.smiles) as Float32Array, index * model.width);
  return vectors;
}

/** What identifies the vectors of these members. */
export const spaceKey = ({ model, pooling, layer }: Space): unknown[] => [
  model.checksum,
  pooling,
  layerOf(model, layer),
];

export const contentKey = (content: unknown): string =>
  createHash("sha256").update(JSON.stringify(content)).digest("hex");

/** By the pool, which all views of a store have in common. */
const SHARED = new WeakMap<Store["pool"], SharedWork<unknown>>();

/**
 * Work of one content, done once for all of a project that ask for it at the same time: stored vectors, and so what is
 * missing, differ between projects.
 */
export function shared<T>(
  store: Store,
  key: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const all = SHARED.get(store.pool) ?? new SharedWork<unknown>();
  SHARED.set(store.pool, all);
  return all.do(`${store.principal.project} ${key}`, signal, work) as Promise<T>;
}
