/** The projection of a dataset as a run, and its result. */
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import { type ProjectionAnswer, projectionOfRun } from "../../../service/space/projection.js";
import type { Run as RunRow } from "../../../store/generated/client.js";
import type { Context } from "../../context.js";
import { globalId, idOf } from "../../ids.js";
import { withoutNulls } from "../../input.js";
import { ColorRules } from "../../types/inputs/color-rules.js";
import { StartProjectionInput } from "../../types/inputs/projection-input.js";
import { RunPayload } from "../../types/payloads.js";
import { Projection } from "../../types/projection.js";
import { Run } from "../../types/run.js";
import { ProjectionSettings } from "../../types/run-settings.js";

@Resolver(() => Run)
export class ProjectionRunResolver {
  @Mutation(() => RunPayload, {
    description:
      "Starts the projection of a dataset in the background and answers at once: embeddings that are missing are " +
      "computed, however many, then the coordinates. When the run has SUCCEEDED, `projection` with the same " +
      "arguments answers at once, and `run { projection { points } }` is its result. NOT_FOUND, EMPTY_DATASET, " +
      "MODEL_IS_COMPOSED, MODEL_FILES_MISSING, BAD_INPUT, TOO_MANY_ITEMS, CONFLICT.",
  })
  async startProjection(
    @Arg("input", () => StartProjectionInput, { description: "Model, dataset and method." })
    { run, map, ...input }: StartProjectionInput,
    @Ctx() { application }: Context,
  ): Promise<{ run: RunRow }> {
    const runId = typeof run === "string" ? idOf("Run", run, "run") : null;
    const order = { ...withoutNulls(input), map: map ? withoutNulls({ ...map }) : null, runId };
    return { run: await application.runs.startProjection(order) };
  }

  @FieldResolver(() => Projection, {
    nullable: true,
    description:
      "The result of a projection run, of the molecules that are still in the dataset. Null until it has SUCCEEDED, " +
      "for other runs, and when its coordinates, or the run that names its splits, were deleted. UNKNOWN_TARGET.",
  })
  projection(
    @Root() row: RunRow,
    @Arg("colorBy", () => String, { nullable: true, description: "As in Query.projection." }) colorBy: string | null,
    @Arg("colorRules", () => ColorRules, { nullable: true, description: "As in Query.projection." })
    colorRules: ColorRules | null,
    @Ctx() { application }: Context,
  ): Promise<ProjectionAnswer | null> {
    return projectionOfRun(application, row, { colorBy: colorBy ?? null, colorRules: colorRules ?? null });
  }
}

@Resolver(() => ProjectionSettings)
export class ProjectionSettingsResolver {
  @FieldResolver(() => ID, { nullable: true })
  run(@Root() { runId }: ProjectionSettings): string | null {
    return runId === null ? null : globalId("Run", runId);
  }
}
