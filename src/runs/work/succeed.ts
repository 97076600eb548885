/**
 * The end of a run that makes a model, in one transaction: the model's row, SUCCEEDED and, after the last run of a
 * group with `ensemble`, the ensemble of the group. Its checkpoints go with it. A cancel that was requested earlier
 * comes first.
 */
import { MaillardError } from "../../errors.js";
import { ensembleData } from "../../store/ensembles.js";
import type { Prisma, Run } from "../../store/generated/client.js";
import { newId, type Store } from "../../store/index.js";
import type { modelData } from "../../store/models.js";
import { withinPrisma } from "../../store/prisma-sql.js";
import { isUniqueViolation } from "../../store/sql.js";
import type { Warning } from "../plan/types.js";
import { succeed } from "../queue/lease.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import { sweep } from "../removal/outbox.js";
import { checkpointsOf } from "./checkpoints.js";
import type { Execution } from "./execution.js";

type ModelData = Awaited<ReturnType<typeof modelData>>;

export async function succeedWithModel(execution: Execution, run: Run, data: ModelData): Promise<void> {
  const { store, fence, recorder, signal } = execution;
  const { projectId, createdById } = run;
  const commit = (name: string) =>
    store.prisma.$transaction(async (transaction: Prisma.TransactionClient) => {
      const model = await transaction.model.create({ data: { id: newId(), ...data, name, projectId, createdById } });
      await succeed(withinPrisma(transaction), fence, { set: `"modelId" = $3`, values: [model.id] });
      if (run.groupId !== null) await completeGroup(transaction, run.groupId);
      await dropCheckpoints(transaction, run.id);
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

/** Nothing continues from them any more: the model has the weights. */
async function dropCheckpoints(transaction: Prisma.TransactionClient, runId: string): Promise<void> {
  await transaction.checkpoint.deleteMany({ where: { runId } });
  const artifact = checkpointsOf(runId);
  await transaction.removal.upsert({ where: { artifact }, create: { artifact, reason: "CHECKPOINTS" }, update: {} });
}

/** After a lost answer of a COMMIT, the row of the run says whether it happened. */
async function unlessDone(store: Store, runId: string, commit: () => Promise<void>): Promise<void> {
  const run = await store.prisma.run.findUniqueOrThrow({ where: { id: runId }, select: { modelId: true } });
  if (run.modelId === null) await commit();
}

/** The ensemble of a group: made once, in the transaction in which the last of its runs succeeds. */
async function completeGroup(transaction: Prisma.TransactionClient, groupId: string): Promise<void> {
  // Two runs that end at once: the second waits for this lock, and then sees the first.
  await transaction.$executeRaw`SELECT 1 FROM "RunGroup" WHERE id = ${groupId} FOR UPDATE`;
  // Whoever deletes one of the models waits for this, and then sees the ensemble; or it is gone here.
  await transaction.$executeRaw`SELECT 1 FROM "Model"
    WHERE id IN (SELECT "modelId" FROM "Run" WHERE "groupId" = ${groupId}) ORDER BY id FOR KEY SHARE`;
  const group = await transaction.runGroup.findUniqueOrThrow({
    where: { id: groupId },
    include: { runs: { include: { model: true }, orderBy: { groupIndex: "asc" } } },
  });
  if (!group.ensemble || group.modelId !== null) return;
  const members = group.runs.flatMap(({ status, model }) => (status === "SUCCEEDED" && model ? [model] : []));
  // Runs of it may have been deleted meanwhile.
  if (members.length < Math.max(2, group.runs.length)) return;
  for (const name of [group.name, `${group.name.slice(0, 55)}-${groupId.slice(-8)}`]) {
    const id = newId();
    // A taken name inserts nothing, even if the other writer commits meanwhile; an error would abort the transaction.
    const { projectId, createdById } = group;
    const data = [{ id, ...ensembleData(name, members), projectId, createdById }];
    const { count } = await transaction.model.createMany({ data, skipDuplicates: true });
    if (count === 0) continue;
    await transaction.runGroup.update({ where: { id: groupId }, data: { modelId: id } });
    return;
  }
  throw new MaillardError("CONFLICT", `There is a model ${group.name} already, and the ensemble finds no other name.`);
}
