/** Groups of runs: started, cancelled, found, and summed up; and the mutations of composed models. */
import { GraphQLJSON } from "graphql-scalars";
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { settingsOf } from "../../../runs/index.js";
import { groupScores } from "../../../service/evaluation/group-scores.js";
import { groupStatus } from "../../../service/evaluation/group-status.js";
import type { Sweep as SweepRead } from "../../../service/evaluation/sweeps.js";
import { createEnsemble } from "../../../service/models/create-ensemble.js";
import { isLeaky } from "../../../service/space/run-splits.js";
import type { Model as ModelRow, RunGroup as RunGroupRow, Run as RunRow } from "../../../store/generated/client.js";
import { byCreation, page } from "../../connections.js";
import type { Context } from "../../context.js";
import { globalId, idOf } from "../../ids.js";
import { withoutNulls } from "../../input.js";
import type { ConnectionOf } from "../../types/connection.js";
import { RunStatus } from "../../types/enums.js";
import { CreateEnsembleInput, StartProbeInput, StartRepeatsInput } from "../../types/inputs/groups/group-inputs.js";
import { Model } from "../../types/model.js";
import { PageArguments } from "../../types/page-arguments.js";
import { ModelPayload, RunGroupPayload, RunPayload } from "../../types/payloads.js";
import { Run } from "../../types/run.js";
import { GroupScore, RunGroup, RunGroupConnection } from "../../types/run-group.js";
import { RepeatsSettings } from "../../types/run-settings.js";
import { Sweep } from "../../types/sweep.js";

/** What a sweep, or a group of a version without it, was not asked. */
const NOT_REPEATED = { seeds: null, folds: null, ensemble: false, repeats: 1 };
const GROUP_ID = "Global id of the group, as startRepeats answered it.";

@Resolver(() => RunGroup)
export class RunGroupResolver {
  @Query(() => RunGroup, { nullable: true, description: "One group of runs; null when there is none. BAD_INPUT." })
  runGroup(
    @Arg("id", () => ID, { description: GROUP_ID }) id: string,
    @Ctx() { loaders }: Context,
  ): Promise<RunGroupRow | null> {
    return loaders.runGroup.load(idOf("RunGroup", id));
  }

  @Query(() => RunGroupConnection, { description: "Groups of runs, newest first. BAD_INPUT." })
  runGroups(
    @Args(() => PageArguments) pageArguments: PageArguments,
    @Ctx() { application }: Context,
  ): Promise<ConnectionOf<RunGroupRow>> {
    const { prisma } = application.store;
    return page(
      pageArguments,
      byCreation(
        "newest",
        (query) => prisma.runGroup.findMany(query),
        () => prisma.runGroup.count(),
      ),
    );
  }

  @Mutation(() => RunGroupPayload, {
    description:
      "Starts several finetunes that differ in their seed or fold: all of them, or none. Codes as startFinetune.",
  })
  async startRepeats(
    @Arg("input", () => StartRepeatsInput, { description: "The finetune, and how often." }) input: StartRepeatsInput,
    @Ctx() { application }: Context,
  ): Promise<{ group: RunGroupRow }> {
    const finetune = withoutNulls(input.finetune);
    return { group: await application.runs.startRepeats({ ...withoutNulls(input), finetune }) };
  }

  @Mutation(() => RunGroupPayload, {
    description: "Ends every run of a group that has not ended, as cancelRun does. NOT_FOUND.",
  })
  async cancelRunGroup(
    @Arg("id", () => ID, { description: GROUP_ID }) id: string,
    @Ctx() { application }: Context,
  ): Promise<{ group: RunGroupRow }> {
    return { group: await application.runs.cancelGroup(idOf("RunGroup", id)) };
  }

  @Mutation(() => RunPayload, {
    description:
      "Starts a linear probe in the background: embeddings that are stored are read, missing ones computed " +
      "and kept. Its model is served like any other. " +
      "NOT_FOUND, UNKNOWN_TARGET, TOO_FEW_CLASSES, CONSTANT_TARGET, EMPTY_DATASET, INVALID_CONFIG, CONFLICT, " +
      "MODEL_IS_COMPOSED.",
  })
  async startProbe(
    @Arg("input", () => StartProbeInput, { description: "What to learn, on whose embeddings." }) input: StartProbeInput,
    @Ctx() { application }: Context,
  ): Promise<{ run: RunRow }> {
    return { run: await application.runs.startProbe(withoutNulls(input)) };
  }

  @Mutation(() => ModelPayload, {
    description:
      "Makes several models one: predict answers the mean of their probabilities (of REGRESSION: values). " +
      "NOT_FOUND, INVALID_CONFIG, BAD_INPUT, CONFLICT.",
  })
  async createEnsemble(
    @Arg("input", () => CreateEnsembleInput, { description: "Name and members." }) input: CreateEnsembleInput,
    @Ctx() { application }: Context,
  ): Promise<{ model: ModelRow }> {
    return { model: await createEnsemble(application, input) };
  }

  @FieldResolver(() => ID, { description: "Global id; taken by runGroup and cancelRunGroup." })
  id(@Root() row: RunGroupRow): string {
    return globalId("RunGroup", row.id);
  }

  @FieldResolver(() => [Run], { description: "Its runs, in the order of the seeds or folds." })
  runs(@Root() row: RunGroupRow, @Ctx() { loaders }: Context): Promise<RunRow[]> {
    return loaders.runsByGroup.load(row.id);
  }

  @FieldResolver(() => RunStatus)
  async status(@Root() row: RunGroupRow, @Ctx() { loaders }: Context): Promise<RunStatus> {
    return groupStatus(row, await loaders.runsByGroup.load(row.id));
  }

  @FieldResolver(() => Sweep, { nullable: true })
  sweep(@Root() row: RunGroupRow, @Ctx() { loaders }: Context): Promise<SweepRead> | null {
    return row.kind === "SWEEP" ? loaders.sweep.load(row) : null;
  }

  @FieldResolver(() => RepeatsSettings)
  async input(@Root() row: RunGroupRow, @Ctx() { loaders }: Context): Promise<object> {
    const asked = {
      ...NOT_REPEATED,
      ...(row.input as { finetune: { open?: string[] }; search?: { option: string }[] }),
    };
    const searched = new Set((asked.search ?? []).map(({ option }) => option));
    // What the recipe decided is in its runs, alike in all; a group without a run is gone.
    const [first] = await loaders.runsByGroup.load(row.id);
    const decided = settingsOf({ kind: "FINETUNE", input: first?.input ?? asked.finetune });
    const open = (asked.finetune.open ?? []).filter((name) => !searched.has(name));
    const chosen = Object.fromEntries(open.map((name) => [name, decided[name]]));
    const { recipeChoice } = decided;
    const finetune = { ...settingsOf({ kind: "FINETUNE", input: asked.finetune }), ...chosen, recipeChoice };
    return { ...asked, finetune };
  }

  @FieldResolver(() => GraphQLJSON)
  inputJson(@Root() row: RunGroupRow): unknown {
    return row.input;
  }

  @FieldResolver(() => Boolean)
  async leaky(@Root() row: RunGroupRow, @Ctx() { loaders }: Context): Promise<boolean> {
    return (await loaders.runsByGroup.load(row.id)).some(isLeaky);
  }

  @FieldResolver(() => [GroupScore])
  async scores(@Root() row: RunGroupRow, @Ctx() { loaders }: Context): Promise<GroupScore[]> {
    if (row.kind === "SWEEP") return [];
    const runs = (await loaders.runsByGroup.load(row.id)).filter(({ status }) => status === "SUCCEEDED");
    const evaluations = (await Promise.all(runs.map(({ id }) => loaders.evaluations.load(id)))).flat();
    return groupScores(evaluations);
  }

  @FieldResolver(() => Model, {
    nullable: true,
    description: "The ensemble of its models; null unless it was asked for and all runs have SUCCEEDED.",
  })
  model(@Root() row: RunGroupRow, @Ctx() { loaders }: Context): Promise<ModelRow | null> | null {
    return row.modelId ? loaders.model.load(row.modelId) : null;
  }
}
