/**
 * What a principal sees of a compound's row. The row is one for all projects: its name and its way of writing are those
 * of the project that stored it first. A principal that does not see all projects gets those of its own rows instead,
 * so that it cannot tell whether another project has the molecule.
 */
import type { Compound } from "../generated/client.js";
import type { Store } from "../store.js";
import { projectsSeen } from "./principal.js";

/** `smiles`: the row's own where the principal has no other. */
export type SeenCompound = Pick<Compound, "name" | "smiles">;

/** In the order of the rows. At most three statements. */
export async function compoundsAsSeen(
  { prisma, principal }: Pick<Store, "prisma" | "principal">,
  rows: readonly Compound[],
): Promise<SeenCompound[]> {
  if (projectsSeen(principal) === null) return [...rows];
  const names = new Map<string, string>();
  const forms = new Map<string, string>();
  const note = (found: readonly { compoundId: string; smiles: string; name?: string | null }[]): void => {
    for (const { compoundId, smiles, name } of found) {
      if (!forms.has(compoundId)) forms.set(compoundId, smiles);
      if (name && !names.has(compoundId)) names.set(compoundId, name);
    }
  };
  const idsWithoutForm = () => rows.map(({ id }) => id).filter((id) => !forms.has(id));
  const select = { compoundId: true, smiles: true };
  const query = () => ({ where: { compoundId: { in: idsWithoutForm() } }, select, orderBy: { id: "asc" as const } });
  note(await prisma.datasetCompound.findMany({ ...query(), select: { ...select, name: true } }));
  // Molecules of no dataset: as they were asked of a model.
  if (idsWithoutForm().length > 0) note(await prisma.prediction.findMany(query()));
  if (idsWithoutForm().length > 0) note(await prisma.embedding.findMany(query()));
  return rows.map(({ id, smiles }) => ({ name: names.get(id) ?? null, smiles: forms.get(id) ?? smiles }));
}
