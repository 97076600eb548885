/** Runs that ask a model about a whole dataset: predictions with their table, and evaluations. */

import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from "type-graphql";
import { outputOf } from "../../service/predict/predicted-dataset.js";
import type { Run as RunRow } from "../../store/generated/client.js";
import type { Context } from "../context.js";
import { globalId } from "../ids.js";
import { withoutNulls } from "../input.js";
import { StartEvaluationInput } from "../types/inputs/evaluation-input.js";
import { StartPredictionInput } from "../types/inputs/inputs.js";
import { RunPayload } from "../types/payloads.js";
import { PredictionTable } from "../types/prediction-table.js";
import { Run } from "../types/run.js";
import { errorCodeOf } from "../types/table-enums.js";

@Resolver(() => Run)
export class PredictionRunResolver {
  @Mutation(() => RunPayload, {
    description:
      "Starts the predictions of a whole dataset in the background and answers at once: a table of them is there " +
      "when the run has SUCCEEDED, `run { predictions { url } }`. Nothing is added to `Compound.predictions`. " +
      "NOT_FOUND, EMPTY_DATASET, MODEL_HAS_NO_HEAD, BAD_INPUT, CONFLICT.",
  })
  async startPrediction(
    @Arg("input", () => StartPredictionInput, { description: "Model and dataset." }) input: StartPredictionInput,
    @Ctx() { application }: Context,
  ): Promise<{ run: RunRow }> {
    return { run: await application.runs.startPrediction(withoutNulls(input)) };
  }

  @Mutation(() => RunPayload, {
    description:
      "Scores a model, a probe or an ensemble on a labelled dataset, in the background: `run { evaluation }` has the " +
      "report when the run has SUCCEEDED, with all that the evaluation of a finetune has. " +
      "NOT_FOUND, EMPTY_DATASET, MODEL_HAS_NO_HEAD, UNKNOWN_TARGET, TASK_MISMATCH, LABEL_MISMATCH, INVALID_CONFIG, " +
      "BAD_INPUT, CONFLICT.",
  })
  async startEvaluation(
    @Arg("input", () => StartEvaluationInput, { description: "Model, dataset and label sets." })
    input: StartEvaluationInput,
    @Ctx() { application }: Context,
  ): Promise<{ run: RunRow }> {
    return { run: await application.runs.startEvaluation(withoutNulls(input)) };
  }

  @FieldResolver(() => PredictionTable, {
    nullable: true,
    description: "The answers of a prediction run; null until it has SUCCEEDED, and for other runs.",
  })
  predictions(@Root() row: RunRow): PredictionTable | null {
    const output = outputOf(row);
    if (!output) return null;
    const problems = Object.entries(output.errors).map(([code, count]) => ({ code: errorCodeOf(code), count }));
    const url = `/runs/${globalId("Run", row.id)}/predictions`;
    return { url, rows: output.rows, bytes: Number(row.outputBytes), problems };
  }
}
