/**
 * The end of a run that makes a model, in one transaction: the model's row, SUCCEEDED and, after the last run of a
 * group with `ensemble`, the ensemble of the group. Its checkpoints go with it. A cancel that was requested earlier
 * comes first.
 */
import type { Prisma, Run } from "../../store/generated/client.js";
import { newId, type Store } from "../../store/index.js";
import type { modelData } from "../../store/models.js";
import { isUniqueViolation, withinPrisma } from "../../store/sql.js";
import type { Warning } from "../plan/types.js";
import { succeed } from "../queue/lease.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import type { Execution } from "../record/execution.js";
import { sweep } from "../removal/outbox.js";
import { dropCheckpoints } from "../removal/retention.js";
import { completeGroup } from "./group-ensemble.js";

type ModelData = Awaited<ReturnType<typeof modelData>>;

export async function succeedWithModel(execution: Execution, run: Run, data: ModelData): Promise<void> {
  const { store, fence, recorder, signal } = execution;
  const { projectId, createdById } = run;
  const commit = (name: string) =>
    store.prisma.$transaction(async (transaction: Prisma.TransactionClient) => {
      const model = await transaction.model.create({ data: { id: newId(), ...data, name, projectId, createdById } });
      await succeed(withinPrisma(transaction), fence, { set: `"modelId" = $3`, values: [model.id] });
      if (run.groupId !== null) await completeGroup(transaction, run.groupId);
      // Nothing continues from them any more: the model has the weights.
      await dropCheckpoints(withinPrisma(transaction), [run.id]);
    });
  for (let name = data.name; ; ) {
    try {
      await whenDatabaseIsBack(() => unlessDone(store, run.id, () => commit(name)), signal);
      // Of an error of the disk the run is not to blame: the next sweep removes the files.
      await sweep(store).catch(() => undefined);
      return;
    } catch (error) {
      if (!isUniqueViolation(error) || name !== data.name) throw error;
      // The name was free when the run began. The model gets another name, so that no training is lost.
      name = `${data.name.slice(0, 55)}-${run.id.slice(-8)}`;
      const message =
        `The name ${data.name} was given to another model while the run was under way; ` +
        `this one is called ${name}.`;
      await recorder.warn({ code: "MODEL_RENAMED", message, details: { name } } satisfies Warning);
    }
  }
}

/** After a lost answer of a COMMIT, the row of the run says whether it happened. */
async function unlessDone(store: Store, runId: string, commit: () => Promise<void>): Promise<void> {
  const run = await store.prisma.run.findUniqueOrThrow({ where: { id: runId }, select: { modelId: true } });
  if (run.modelId === null) await commit();
}
