/** Embeddings of single molecules: the steps of a prediction, with a vector at the end. */
import type { Chemistry } from "../../chem/types.js";
import type { ComputePool } from "../../compute/types.js";
import { ensureCompounds } from "../../datasets/compounds.js";
import { countLookups } from "../../observe/stages.js";
import { ensureEmbeddings, layerOf } from "../../runs/work/embedding.js";
import { computedIn } from "../../store/access/principal.js";
import { requireCheckpoint } from "../../store/composition.js";
import { findModel, unlessDeleted, wasDeleted } from "../../store/find.js";
import type { Embedding, Pooling } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { checkItems, parseItems, type SmilesProblem, uniqueMolecules } from "./predict.js";

export interface EmbedRequest {
  smiles: readonly string[];
  model: string;
  pooling: Pooling;
  /** null: the last. */
  layer: number | null;
  signal: AbortSignal;
}

export interface EmbedParts {
  store: Store;
  chemistry: Chemistry;
  compute: ComputePool;
}

export async function embed(
  parts: EmbedParts,
  { smiles, model: name, pooling, layer: asked, signal }: EmbedRequest,
): Promise<(Embedding | SmilesProblem)[]> {
  checkItems(smiles);
  const model = await findModel(parts.store, name);
  requireCheckpoint(model, "it has no embeddings of its own", "model");
  const layer = layerOf(model, asked);
  const items = await parseItems(parts, smiles, signal);
  const molecules = [...uniqueMolecules(items).values()];
  const { store } = parts;
  const of = { modelId: model.id, projectId: computedIn(model, store.principal), pooling, layer };
  const kept = async (wanted: string[]): Promise<Embedding[]> =>
    store.prisma.embedding.findMany({ where: { ...of, smiles: { in: wanted } } });
  const rows = new Map((await kept(molecules.map((molecule) => molecule.smiles))).map((row) => [row.smiles, row]));
  const missing = molecules.filter((molecule) => !rows.has(molecule.smiles));
  countLookups("embeddings", molecules.length, missing.length);
  if (missing.length > 0) {
    await unlessDeleted(store, model, async () => {
      const compounds = await ensureCompounds(store.pool, missing);
      const wanted = missing.map((molecule) => ({
        smiles: molecule.smiles,
        compoundId: compounds.get(molecule.inchiKey) as string,
      }));
      await ensureEmbeddings(parts, { model, pooling, layer, items: wanted, signal });
    });
    for (const row of await kept(missing.map((molecule) => molecule.smiles))) rows.set(row.smiles, row);
    if (missing.some(({ smiles }) => !rows.has(smiles))) throw wasDeleted("model", model.name, "model");
  }
  return items.map((item) => ("code" in item ? item : (rows.get(item.smiles) as Embedding)));
}
