/**
 * What a compound is to who asks. Tautomers share an InChIKey, so a compound has one row and several forms (ways of
 * writing); which one it has depends on where it was reached:
 *   in a dataset        the dataset's own SMILES and name
 *   by a SMILES         that SMILES: of a prediction, of an embedding; of who looks up what no dataset has
 *   in the library      those of the first dataset that the principal sees; else as its projects asked a model
 * The row itself has those of the first dataset of all. A principal that does not see all projects gets those of its
 * own rows instead, so that it cannot tell whether another project has the molecule. A global id says how the compound
 * was reached, so that a node has the same fields whenever it is asked again.
 */
import type { Compound } from "../generated/client.js";
import type { Store } from "../store.js";
import { projectsSeen } from "./principal.js";

/** In a dataset, or by a SMILES that is one of its forms; null: in the library. */
export type Reached = { datasetId: string } | { smiles: string } | null;

/** A compound with its way of writing. `smiles` and `name` of one reached in the library are those of the row. */
export interface ReachedCompound extends Omit<Compound, "scaffold"> {
  reached: Reached;
  /** Null: to be made from `smiles`. */
  scaffold: string | null;
}

export const inLibrary = (compound: Compound): ReachedCompound => ({ ...compound, reached: null });

interface Member {
  datasetId: string;
  smiles: string;
  scaffold: string | null;
  name: string | null;
  compound: Compound;
}

export const inDataset = ({ datasetId, smiles, scaffold, name, compound }: Member): ReachedCompound => ({
  ...compound,
  smiles,
  name,
  scaffold: scaffold ?? scaffoldOf(compound, smiles),
  reached: { datasetId },
});

/** `smiles`: canonical, of this compound. */
export const bySmiles = (compound: Compound, smiles: string): ReachedCompound => ({
  ...compound,
  smiles,
  scaffold: scaffoldOf(compound, smiles),
  reached: { smiles },
});

const scaffoldOf = (compound: Compound, smiles: string): string | null =>
  compound.smiles === smiles ? compound.scaffold : null;

/** `smiles`: the row's own where the principal has no other. */
export type SeenCompound = Pick<ReachedCompound, "name" | "smiles" | "scaffold">;

/** In the order of the rows, reached in the library. At most three statements. */
export async function compoundsAsSeen(
  { prisma, principal }: Pick<Store, "prisma" | "principal">,
  rows: readonly Pick<ReachedCompound, "id" | "name" | "smiles" | "scaffold">[],
): Promise<SeenCompound[]> {
  if (projectsSeen(principal) === null) return [...rows];
  const names = new Map<string, string>();
  const forms = new Map<string, Pick<SeenCompound, "smiles" | "scaffold">>();
  const note = (
    found: readonly { compoundId: string; smiles: string; scaffold?: string | null; name?: string | null }[],
  ): void => {
    for (const { compoundId, smiles, scaffold = null, name } of found) {
      if (!forms.has(compoundId)) forms.set(compoundId, { smiles, scaffold });
      if (name && !names.has(compoundId)) names.set(compoundId, name);
    }
  };
  const idsWithoutForm = () => rows.map(({ id }) => id).filter((id) => !forms.has(id));
  const select = { compoundId: true, smiles: true };
  const query = () => ({ where: { compoundId: { in: idsWithoutForm() } }, select, orderBy: { id: "asc" as const } });
  note(await prisma.datasetCompound.findMany({ ...query(), select: { ...select, scaffold: true, name: true } }));
  // Molecules of no dataset: as they were asked of a model.
  if (idsWithoutForm().length > 0) note(await prisma.prediction.findMany(query()));
  if (idsWithoutForm().length > 0) note(await prisma.embedding.findMany(query()));
  return rows.map(({ id, smiles, scaffold }) => ({
    name: names.get(id) ?? null,
    ...(forms.get(id) ?? { smiles, scaffold }),
  }));
}
