/** Several models under one name. */
import { checkName } from "../../datasets/request.js";
import { MaillardError } from "../../errors.js";
import { namedIn, ownerOf } from "../../store/access/principal.js";
import { ensembleData } from "../../store/ensembles.js";
import { checkSameProject, findModel } from "../../store/find.js";
import type { Model } from "../../store/generated/client.js";
import { newId, type Store } from "../../store/index.js";
import { createComposed } from "../../store/models.js";
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
  for (const member of members) checkSameProject(store, "model", member, "models");
  const data = ensembleData(name, members, weights);
  const { prisma, principal } = store;
  const id = newId();
  const where = { name, projectId: { in: namedIn(principal) } };
  const existing = await prisma.model.findFirst({ where });
  if (existing) return sameAs(existing, data.checksum);
  try {
    await createComposed(store, { id, ...data, ...ownerOf(principal) }, members);
    return await prisma.model.findUniqueOrThrow({ where: { id } });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return sameAs(await prisma.model.findFirstOrThrow({ where }), data.checksum);
  }
}

function sameAs(existing: Model, checksum: string): Model {
  if (existing.checksum === checksum) return existing;
  throw new MaillardError(
    "CONFLICT",
    `There is a model ${existing.name} already, and it is another one. Choose another name.`,
    { param: "name" },
  );
}
