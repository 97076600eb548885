/** A verb of all runs of a group: of each whose status allows it. NOT_FOUND, FORBIDDEN. */
import { MaillardError } from "../../errors.js";
import { checkMayChange } from "../../store/find.js";
import type { Run, RunGroup } from "../../store/generated/client.js";
import { mayMove } from "../queue/states.js";
import { decideSweep } from "../sweeps/decide.js";
import { pauseRun, requestCancel, resumeRun, type VerbParts } from "../verbs.js";

/** Cancels every run that has not ended. */
export async function cancelGroup(parts: VerbParts, id: string): Promise<RunGroup> {
  const group = await ofEach(parts, id, ({ id: runId }) => requestCancel(parts, runId));
  if (group.rungsLeft > 0) await decideSweep(parts.store, parts.queue, id);
  return group;
}

/** Pauses every run that waits or is RUNNING. */
export const pauseGroup = (parts: VerbParts, id: string): Promise<RunGroup> =>
  ofEach(parts, id, async (run) => {
    if (mayMove(run.status, "pause")) await unlessTooLate(pauseRun(parts, run.id));
  });

/** Resumes every run that is PAUSED or about to be. */
export const resumeGroup = (parts: VerbParts, id: string): Promise<RunGroup> =>
  ofEach(parts, id, async (run) => {
    if (mayMove(run.status, "resume") || run.pauseRequestedAt !== null) await unlessTooLate(resumeRun(parts, run.id));
  });

/** The last run first: after the end of the first, the next would start before its turn comes. */
async function ofEach(parts: VerbParts, id: string, verb: (run: Run) => Promise<unknown>): Promise<RunGroup> {
  const { prisma } = parts.store;
  const group = await prisma.runGroup.findUnique({
    where: { id },
    include: { runs: { orderBy: { groupIndex: "desc" } } },
  });
  if (!group)
    throw new MaillardError("NOT_FOUND", "There is no group of this id. List them with `runGroups(first: 10)`.", {
      param: "id",
    });
  checkMayChange(parts.store, "group", group);
  for (const run of group.runs) await verb(run);
  return group;
}

/** A run that has ended meanwhile stays as it is. */
async function unlessTooLate(done: Promise<unknown>): Promise<void> {
  await done.catch((error: unknown) => {
    if (MaillardError.from(error).code !== "CONFLICT") throw error;
  });
}
