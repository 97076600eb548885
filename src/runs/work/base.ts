/** A run whose work needs the model that it starts from. */
import { MaillardError } from "../../errors.js";
import type { Model, Run } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";

export type RunWithBase = Run & { baseModelId: string; baseModel: Model };

export async function runWithBase({ prisma }: Pick<Store, "prisma">, id: string): Promise<RunWithBase> {
  return requireBase(await prisma.run.findUniqueOrThrow({ where: { id }, include: { baseModel: true } }));
}

/** INTERNAL for a run without a base model: orders of its kind name one. */
export function requireBase(run: Run & { baseModel: Model | null }): RunWithBase {
  const { baseModelId, baseModel } = run;
  if (baseModelId === null || baseModel === null)
    throw new MaillardError("INTERNAL", `The ${run.kind} run ${run.name} has no base model.`);
  return { ...run, baseModelId, baseModel };
}
