/** What is said about a run, what it was made of, and its scores. */
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import type { Run as RunRow, RunScore as ScoreRow } from "../../../store/generated/client.js";
import type { Context } from "../../context.js";
import { idOf } from "../../ids.js";
import { Split } from "../../types/enums.js";
import { UpdateRunInput } from "../../types/inputs/annotation-input.js";
import { RunPayload } from "../../types/payloads.js";
import { Run, RunOrigin, RunScore } from "../../types/run.js";

@Resolver(() => Run)
export class RunAnnotationResolver {
  @Mutation(() => RunPayload, { description: "Changes what is said about a run of any status. NOT_FOUND, BAD_INPUT." })
  async updateRun(
    @Arg("id", () => ID, { description: "Global id of the run." }) id: string,
    @Arg("input", () => UpdateRunInput, { description: "What changes." }) input: UpdateRunInput,
    @Ctx() { application }: Context,
  ): Promise<{ run: RunRow }> {
    return { run: await application.runs.update(idOf("Run", id), input) };
  }

  @FieldResolver(() => RunOrigin, { nullable: true })
  async origin(@Root() { originId, originKind }: RunRow, @Ctx() { loaders }: Context): Promise<object | null> {
    if (originKind === null) return null;
    return { kind: originKind, run: originId === null ? null : await loaders.run.load(originId) };
  }

  @FieldResolver(() => [RunScore], {
    description: "Scores that are defined, by split and name; empty until they are computed.",
  })
  async scores(
    @Root() { id }: RunRow,
    @Arg("split", () => Split, { nullable: true, description: "Only of this split; null: of all." })
    split: Split | null,
    @Arg("names", () => [String], { nullable: true, description: "Only of these names; null: all." })
    names: string[] | null,
    @Ctx() { loaders }: Context,
  ): Promise<ScoreRow[]> {
    const rows = await loaders.scores.load(id);
    return rows.filter((row) => (!split || row.split === split) && (!names || names.includes(row.name)));
  }
}
