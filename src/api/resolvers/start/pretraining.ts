/** Pretrainings as runs. */
import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import type { Run as RunRow } from "../../../store/generated/client.js";
import type { Context } from "../../context.js";
import { withoutNulls } from "../../input.js";
import { StartPretrainingInput } from "../../types/inputs/pretraining-input.js";
import { RunPayload } from "../../types/payloads.js";

@Resolver()
export class PretrainingResolver {
  @Mutation(() => RunPayload, {
    description:
      "Pretrains a model on the molecules of a dataset in the background, from random weights or further from a " +
      "model; it is a base model for finetunes once the run has SUCCEEDED. NOT_FOUND, EMPTY_DATASET, INVALID_CONFIG, " +
      "MODEL_IS_COMPOSED, MODEL_FILES_MISSING, DEVICE_UNAVAILABLE, CONFLICT.",
  })
  async startPretraining(
    @Arg("input", () => StartPretrainingInput, { description: "The molecules, what to start from, and how." })
    input: StartPretrainingInput,
    @Ctx() { application }: Context,
  ): Promise<{ run: RunRow }> {
    return { run: await application.runs.startPretraining(withoutNulls(input)) };
  }
}
