/** Models, runs, datasets and groups are deleted. */
import { Args, ArgsType, Ctx, Field, ID, Mutation, Resolver } from "type-graphql";
import { MaillardError } from "../../../errors.js";
import type { Kind } from "../../../runs/index.js";
import type { Context } from "../../context.js";
import { globalId, idOf } from "../../ids.js";
import { type DeletedKind, DeletePayload } from "../../types/removal.js";

@ArgsType()
class DeleteArguments {
  @Field(() => ID, { description: "Global id of what is deleted." })
  id!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      "Everything that uses it and all that was made of it goes, too: runs on it and their models, ensembles, " +
      "probes. Unfinished runs are cancelled.",
  })
  cascade!: boolean;

  @Field(() => Boolean, { defaultValue: false, description: "Nothing is deleted; the answer says what would be." })
  dryRun!: boolean;
}

const CODES =
  "CONFLICT names what still uses it, or has not ended, in the message and in `details.usedBy`. " +
  "NOT_FOUND, CONFLICT, FORBIDDEN, OVERLOADED.";
const KINDS: Record<Kind, DeletedKind> = { Model: "MODEL", Run: "RUN", Dataset: "DATASET", RunGroup: "RUN_GROUP" };

@Resolver()
export class DeleteResolver {
  @Mutation(() => DeletePayload, {
    description:
      "Deletes a model with its files, stored predictions and embeddings. The run that made it stays, and so do " +
      `models that were finetuned from it. What ships with the package is left out at the next start, too. ${CODES}`,
  })
  deleteModel(@Args(() => DeleteArguments) given: DeleteArguments, @Ctx() context: Context): Promise<DeletePayload> {
    return remove("Model", given, context);
  }

  @Mutation(() => DeletePayload, {
    description:
      "Deletes a run that has ended, with its metrics, scores, checkpoints and files. Its model stays unless " +
      `\`cascade\` is given. ${CODES}`,
  })
  deleteRun(@Args(() => DeleteArguments) given: DeleteArguments, @Ctx() context: Context): Promise<DeletePayload> {
    return remove("Run", given, context);
  }

  @Mutation(() => DeletePayload, {
    description: `Deletes a dataset with its labels. Molecules that nothing else has go with collectGarbage. ${CODES}`,
  })
  deleteDataset(@Args(() => DeleteArguments) given: DeleteArguments, @Ctx() context: Context): Promise<DeletePayload> {
    return remove("Dataset", given, context);
  }

  @Mutation(() => DeletePayload, {
    description: `Deletes a group with its runs. Models that they made stay unless \`cascade\` is given. ${CODES}`,
  })
  deleteRunGroup(@Args(() => DeleteArguments) given: DeleteArguments, @Ctx() context: Context): Promise<DeletePayload> {
    return remove("RunGroup", given, context);
  }
}

async function remove(
  kind: Kind,
  { id, cascade, dryRun }: DeleteArguments,
  { application }: Context,
): Promise<DeletePayload> {
  const things = await application.removals
    .delete(kind, idOf(kind, id), { cascade, dryRun })
    .catch((error: unknown) => {
      throw withGlobalIds(error);
    });
  const deleted = things.map((thing) => ({
    kind: KINDS[thing.kind],
    id: globalId(thing.kind, thing.id),
    name: thing.name,
    diskUsage: thing.diskUsage,
  }));
  const sum = (part: "files" | "database"): number => deleted.reduce((all, { diskUsage }) => all + diskUsage[part], 0);
  return { deleted, freed: { files: sum("files"), database: sum("database") } };
}

/** The ids of rows in `usedBy` are those of the database. */
function withGlobalIds(error: unknown): unknown {
  if (!(error instanceof MaillardError) || !Array.isArray(error.details?.usedBy)) return error;
  const usedBy = (error.details.usedBy as { kind: Kind; id: string; name: string }[]).map(({ kind, id, name }) => ({
    kind: KINDS[kind],
    id: globalId(kind, id),
    name,
  }));
  const { code, message, param, retryable, details } = error;
  return new MaillardError(code, message, { param, retryable, details: { ...details, usedBy } });
}
