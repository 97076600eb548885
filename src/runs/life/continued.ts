/** A finetune that goes on with the model of another, checked before there is a run. */
import type { ComputePool } from "../../compute/types.js";
import { checkSameProject } from "../../store/find.js";
import type { Dataset, Model } from "../../store/generated/client.js";
import { presentModelFolder, type Store } from "../../store/index.js";
import { checkFree } from "../names.js";
import { chooseDevice } from "../orders/device.js";
import { type FinetuneOrder, plannedOrder } from "../orders/input.js";
import { decided } from "../orders/recipe.js";
import { checkSettings } from "../orders/training-settings.js";
import type { Plan, WARNINGS } from "../plan/types.js";
import { emptyDataset, type Prepared, recipeSubject, sizeOf } from "../prepare.js";

/**
 * For a finetune that goes on with a model: the molecules of the run that made it, each in the split that it was in.
 */
export async function prepareContinued(
  store: Store,
  compute: ComputePool,
  order: FinetuneOrder,
  { runId, model, dataset }: { runId: string; model: Model; dataset: Dataset },
): Promise<Prepared> {
  checkSameProject(store, "model", model, "id");
  checkSameProject(store, "dataset", dataset, "id");
  const folder = await presentModelFolder(store, model, "id");
  if (order.device !== null) chooseDevice(compute, order.device);
  await checkFree(store.pool, store.principal.project, [order.name]);
  const plan = await planOfRun(store, runId);
  const one = decided(order, recipeSubject(plan, order.targets, model));
  const [training, validation] = [sizeOf(plan, "TRAIN"), sizeOf(plan, "VALIDATION")];
  if (training === 0) throw emptyDataset(dataset);
  await checkSettings(one, { task: plan.task, folder, training, validation });
  return { kind: "FINETUNE", name: one.name, order: { ...one, task: plan.task }, dataset, baseModel: model, plan };
}

async function planOfRun(store: Store, runId: string): Promise<Plan> {
  const { input, warnings } = await store.prisma.run.findUniqueOrThrow({ where: { id: runId } });
  const assignments = await store.prisma.runAssignment.findMany({
    where: { runId },
    select: { memberId: true, split: true, label: true, ordinal: true },
    orderBy: [{ memberId: "asc" }, { ordinal: "asc" }],
  });
  const planned = (warnings as unknown as Plan["warnings"]).filter(({ code }) => OF_THE_PLAN.has(code));
  return { task: plannedOrder(input).task, assignments, warnings: planned };
}

/** Warnings about the molecules and their splits; the others come again while the run works. */
const OF_THE_PLAN: ReadonlySet<string> = new Set<keyof typeof WARNINGS>([
  ...(["CLASSES_DROPPED", "CLASS_MISSING", "METRIC_UNDEFINED", "TARGET_PRECISION", "SPLIT_EMPTY"] as const),
  ...(["TEST_SMALL", "VALIDATION_SMALL", "MOLECULES_WITHOUT_SPLIT", "OVERLAP_DROPPED", "SPLITS_NUMBERED"] as const),
  "LEAKY_SPLIT",
]);
