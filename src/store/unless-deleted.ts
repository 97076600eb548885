/**
 * Work with a model that may be deleted meanwhile. Its files may be gone before its session is loaded, and its row
 * before the answers are stored: either is NOT_FOUND, and nothing else. A compound that nothing used may have been
 * removed between its row and that of the answer: then the work is done once more.
 */
import { wasDeleted } from "./find.js";
import type { Model } from "./generated/client.js";
import { isForeignKeyViolation } from "./sql.js";
import type { Store } from "./store.js";

export async function unlessDeleted<T>(
  { prisma }: Store,
  { id, name }: Pick<Model, "id" | "name">,
  work: () => Promise<T>,
): Promise<T> {
  for (let again = false; ; again = true) {
    try {
      return await work();
    } catch (error) {
      const there = await prisma.model.findUnique({ where: { id }, select: { id: true } }).catch(() => true);
      if (there === null) throw wasDeleted("model", name, "model");
      if (again || !isForeignKeyViolation(error)) throw error;
    }
  }
}
