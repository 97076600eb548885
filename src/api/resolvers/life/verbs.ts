/** Pause, resume, retry and priority of runs; pause and resume of groups. */
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Resolver, Root } from "type-graphql";
import { allowedVerbs } from "../../../runs/index.js";
import type { RunGroup as GroupRow, Run as RunRow } from "../../../store/generated/client.js";
import type { Context } from "../../context.js";
import { idOf } from "../../ids.js";
import { RunVerb } from "../../types/enums.js";
import { RunGroupPayload, RunPayload } from "../../types/payloads.js";
import { Run } from "../../types/run.js";

const RUN_ID = "Global id of the run.";
const GROUP_ID = "Global id of the group.";

@Resolver(() => Run)
export class RunVerbResolver {
  @Mutation(() => RunPayload, {
    description:
      "Stops a run, to go on later: at once when QUEUED; when RUNNING its worker writes a checkpoint and stops " +
      "within one step. Of one that is PAUSED nothing changes. NOT_FOUND; CONFLICT for one that has ended.",
  })
  async pauseRun(
    @Arg("id", () => ID, { description: RUN_ID }) id: string,
    @Ctx() { application }: Context,
  ): Promise<{ run: RunRow }> {
    return { run: await application.runs.pause(idOf("Run", id)) };
  }

  @Mutation(() => RunPayload, {
    description:
      "Lets a PAUSED run wait for a worker again; a pause that was asked for and has not come is taken back. " +
      "NOT_FOUND; CONFLICT for one that has ended.",
  })
  async resumeRun(
    @Arg("id", () => ID, { description: RUN_ID }) id: string,
    @Ctx() { application }: Context,
  ): Promise<{ run: RunRow }> {
    return { run: await application.runs.resume(idOf("Run", id)) };
  }

  @Mutation(() => RunPayload, {
    description:
      "Lets a FAILED or CANCELLED run go on from its last checkpoint. NOT_FOUND, QUOTA_EXCEEDED; CONFLICT for one of " +
      "another status, and where its name is taken.",
  })
  async retryRun(
    @Arg("id", () => ID, { description: RUN_ID }) id: string,
    @Arg("anew", () => Boolean, {
      defaultValue: false,
      description: "True: from the first step, without its checkpoints, metrics and evaluations, which are deleted.",
    })
    anew: boolean,
    @Ctx() { application }: Context,
  ): Promise<{ run: RunRow }> {
    return { run: await application.runs.retry(idOf("Run", id), { anew }) };
  }

  @Mutation(() => RunPayload, {
    description:
      "Changes the order of the runs that wait. Of a run that is not QUEUED it counts when it waits again. " +
      "NOT_FOUND, BAD_INPUT.",
  })
  async setRunPriority(
    @Arg("id", () => ID, { description: RUN_ID }) id: string,
    @Arg("priority", () => Int, { description: "Higher first, -100 to 100; 0 is usual." }) priority: number,
    @Ctx() { application }: Context,
  ): Promise<{ run: RunRow }> {
    return { run: await application.runs.setPriority(idOf("Run", id), priority) };
  }

  @Mutation(() => RunGroupPayload, { description: "Pauses every run of a group that waits or is RUNNING. NOT_FOUND." })
  async pauseRunGroup(
    @Arg("id", () => ID, { description: GROUP_ID }) id: string,
    @Ctx() { application }: Context,
  ): Promise<{ group: GroupRow }> {
    return { group: await application.runs.pauseGroup(idOf("RunGroup", id)) };
  }

  @Mutation(() => RunGroupPayload, { description: "Resumes every PAUSED run of a group. NOT_FOUND." })
  async resumeRunGroup(
    @Arg("id", () => ID, { description: GROUP_ID }) id: string,
    @Ctx() { application }: Context,
  ): Promise<{ group: GroupRow }> {
    return { group: await application.runs.resumeGroup(idOf("RunGroup", id)) };
  }

  @FieldResolver(() => [RunVerb])
  verbs(@Root() row: RunRow): string[] {
    return allowedVerbs(row);
  }
}
