/** The ensemble of a group: made once, in the transaction in which the last of its runs succeeds. */
import { ensembleData } from "../store/ensembles.js";
import type { Prisma } from "../store/generated/client.js";
import { newId } from "../store/index.js";

export async function completeGroup(transaction: Prisma.TransactionClient, groupId: string): Promise<void> {
  // Two last runs at once: the second one waits here, and then sees the first.
  await transaction.$executeRaw`SELECT 1 FROM "RunGroup" WHERE id = ${groupId} FOR UPDATE`;
  const group = await transaction.runGroup.findUniqueOrThrow({
    where: { id: groupId },
    include: { runs: { include: { model: true }, orderBy: { groupIndex: "asc" } } },
  });
  if (!group.ensemble || group.modelId !== null) return;
  const members = group.runs.flatMap(({ status, model }) => (status === "SUCCEEDED" && model ? [model] : []));
  if (members.length < group.runs.length) return;
  const taken = await transaction.model.findUnique({ where: { name: group.name }, select: { id: true } });
  const name = taken ? `${group.name.slice(0, 55)}-${groupId.slice(-8)}` : group.name;
  const model = await transaction.model.create({ data: { id: newId(), ...ensembleData(name, members) } });
  await transaction.runGroup.update({ where: { id: groupId }, data: { modelId: model.id } });
}
