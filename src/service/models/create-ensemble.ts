/** Several models under one name. */
import { checkName } from "../../datasets/request.js";
import { MaillardError } from "../../errors.js";
import { ensembleData } from "../../store/ensembles.js";
import { findModel } from "../../store/find.js";
import type { Model } from "../../store/generated/client.js";
import { newId, type Store } from "../../store/index.js";
import { isUniqueViolation } from "../../store/sql.js";

export async function createEnsemble(
  { store }: { store: Store },
  { name, models, weights = null }: { name: string; models: readonly string[]; weights?: readonly number[] | null },
): Promise<Model> {
  checkName(name, "name");
  const once = [...new Set(models)];
  if (weights && once.length < models.length)
    throw new MaillardError("INVALID_CONFIG", "A model is named twice: with `weights` each is named once.", {
      param: "models",
    });
  const members = await Promise.all(once.slice(0, 100).map((member) => findModel(store, member)));
  const data = ensembleData(name, members, weights);
  const { prisma } = store;
  try {
    return await prisma.model.create({ data: { id: newId(), ...data } });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const existing = await prisma.model.findUniqueOrThrow({ where: { name } });
    if (existing.checksum === data.checksum) return existing;
    throw new MaillardError(
      "CONFLICT",
      `There is a model ${name} already, and it is another one. Choose another name.`,
      {
        param: "name",
      },
    );
  }
}
