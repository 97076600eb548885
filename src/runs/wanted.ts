/** What orders will hold of a key's quota, as src/store/access/usage.ts counts it once they are rows. */
import { FINETUNE_BYTES, PRETRAIN_BYTES, vectorsToCount, type Wanted } from "../store/access/usage.js";
import type { Queryable } from "../store/sql.js";
import type { RunRequest } from "./insert.js";

type Request = Pick<RunRequest, "kind" | "order" | "baseModel" | "dataset" | "outputBytes">;

/** For the key; null has no limits. */
export async function wantedBy(client: Queryable, keyId: string | null, requests: readonly Request[]): Promise<Wanted> {
  let bytes = 0;
  if (keyId !== null) for (const request of requests) bytes += await bytesOf(client, keyId, request);
  return { runs: requests.length, bytes };
}

async function bytesOf(client: Queryable, keyId: string, request: Request): Promise<number> {
  const { kind, order, baseModel, dataset } = request;
  if (kind === "PREDICTION" || kind === "EVALUATION" || kind === "IMPORT") return request.outputBytes ?? 0;
  if ("parameterCount" in order) return PRETRAIN_BYTES * order.parameterCount;
  if (!baseModel) return 0;
  if (kind === "FINETUNE") return FINETUNE_BYTES * Number(baseModel.parameterCount);
  // A probe on fingerprints reads no vectors.
  if (!("pooling" in order) || ("features" in order && order.features)) return 0;
  const vectors = { dataset, baseModelId: baseModel.id, input: order };
  return 4 * baseModel.width * (await vectorsToCount(client, keyId, vectors));
}
