/** What orders will hold of a key's quota, as src/store/access/usage.ts counts it once they are rows. */
import { FINETUNE_BYTES, type Wanted } from "../store/access/usage.js";
import type { RunRequest } from "./insert.js";

export const wantedBy = (
  requests: readonly Pick<RunRequest, "kind" | "order" | "baseModel" | "dataset">[],
): Wanted => ({
  runs: requests.length,
  bytes: requests.reduce((sum, request) => sum + bytesOf(request), 0),
});

function bytesOf({ kind, order, baseModel, dataset }: Parameters<typeof wantedBy>[0][number]): number {
  if (kind === "FINETUNE") return FINETUNE_BYTES * Number(baseModel.parameterCount);
  // A probe on fingerprints reads no vectors.
  return "features" in order && order.features ? 0 : 4 * baseModel.width * dataset.size;
}
