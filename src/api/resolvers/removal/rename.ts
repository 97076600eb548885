/** Models, runs, datasets and groups get another name. */
import { Args, ArgsType, Ctx, Field, ID, Mutation, Resolver } from "type-graphql";
import type { Kind } from "../../../runs/index.js";
import type { Dataset, Model, Run, RunGroup } from "../../../store/generated/client.js";
import type { Context } from "../../context.js";
import { idOf } from "../../ids.js";
import { ModelPayload, RunGroupPayload, RunPayload } from "../../types/payloads.js";
import { DatasetPayload } from "../../types/removal.js";

@ArgsType()
class RenameArguments {
  @Field(() => ID, { description: "Global id of what gets another name." })
  id!: string;

  @Field(() => String, { description: "Its name from now on: 1 to 64 letters, digits, dots, dashes or underscores." })
  name!: string;
}

const CODES = "BAD_INPUT, NOT_FOUND, CONFLICT, FORBIDDEN, OVERLOADED.";

@Resolver()
export class RenameResolver {
  @Mutation(() => ModelPayload, {
    description: `Gives a model another name; its card keeps the one that it was made with. ${CODES}`,
  })
  async renameModel(
    @Args(() => RenameArguments) given: RenameArguments,
    @Ctx() context: Context,
  ): Promise<{ model: Model | null }> {
    return { model: await context.loaders.model.load(await rename("Model", given, context)) };
  }

  @Mutation(() => RunPayload, {
    description: `Gives a run that has ended another name; its model keeps its own. ${CODES}`,
  })
  async renameRun(
    @Args(() => RenameArguments) given: RenameArguments,
    @Ctx() context: Context,
  ): Promise<{ run: Run | null }> {
    return { run: await context.loaders.run.load(await rename("Run", given, context)) };
  }

  @Mutation(() => DatasetPayload, { description: `Gives a dataset another name. ${CODES}` })
  async renameDataset(
    @Args(() => RenameArguments) given: RenameArguments,
    @Ctx() context: Context,
  ): Promise<{ dataset: Dataset | null }> {
    return { dataset: await context.loaders.dataset.load(await rename("Dataset", given, context)) };
  }

  @Mutation(() => RunGroupPayload, {
    description: `Gives a group whose runs have ended another name; runs and models keep theirs. ${CODES}`,
  })
  async renameRunGroup(
    @Args(() => RenameArguments) given: RenameArguments,
    @Ctx() context: Context,
  ): Promise<{ group: RunGroup | null }> {
    return { group: await context.loaders.runGroup.load(await rename("RunGroup", given, context)) };
  }
}

async function rename(kind: Kind, { id: given, name }: RenameArguments, { application }: Context): Promise<string> {
  const id = idOf(kind, given);
  await application.removals.rename(kind, id, name);
  return id;
}
