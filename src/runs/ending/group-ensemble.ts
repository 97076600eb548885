/** The ensemble of a group: made once, in the transaction in which the last of its runs succeeds. */
import { MaillardError } from "../../errors.js";
import { ensembleData } from "../../store/ensembles.js";
import type { Prisma } from "../../store/generated/client.js";
import { newId } from "../../store/index.js";
import { type RepeatsOrder, runsAsked } from "../orders/repeats.js";

export async function completeGroup(transaction: Prisma.TransactionClient, groupId: string): Promise<void> {
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
  // Runs of it may have failed, or have been deleted meanwhile: an ensemble of fewer was not asked for.
  if (members.length < Math.max(2, runsAsked(group.input as unknown as RepeatsOrder["said"]))) return;
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
