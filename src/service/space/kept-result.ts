/** Results of analyses, kept by the content of their request. */
import { contentKey, shared, type VectorParts } from "../../runs/space/dataset-vectors.js";
import type { Dataset, Model } from "../../store/generated/client.js";
import { newId } from "../../store/index.js";

interface KeptOptions<T> {
  kind: "CLUSTERS" | "OUTLIERS" | "SEPARATION";
  content: unknown;
  /** It is deleted with the first of these. */
  of: { models: readonly Pick<Model, "id">[]; dataset: Pick<Dataset, "id"> };
  signal: AbortSignal;
  /** `signal`: of all that ask the same at this time. */
  compute(signal: AbortSignal): Promise<T>;
}

/** The kept result of an analysis of this content, or what `compute` answers, kept from now on. Plain JSON. */
export async function keptResult<T>(
  { store }: Pick<VectorParts, "store">,
  { kind, content, of, signal, compute }: KeptOptions<T>,
): Promise<T> {
  const key = contentKey([kind, content]);
  const kept = await store.prisma.analysis.findUnique({ where: { contentKey: key } });
  if (kept) return kept.result as T;
  return shared(store, key, signal, async (sharedSignal) => {
    const result = await compute(sharedSignal);
    await store.prisma.analysis.createMany({
      data: {
        id: newId(),
        contentKey: key,
        kind,
        result: result as object,
        modelIds: of.models.map(({ id }) => id),
        datasetId: of.dataset.id,
      },
      skipDuplicates: true,
    });
    return result;
  });
}
