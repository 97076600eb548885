/** Runs that are made of another run. */
import { Arg, Ctx, ID, Mutation, Resolver } from "type-graphql";
import type { Run as RunRow } from "../../../store/generated/client.js";
import type { Context } from "../../context.js";
import { idOf } from "../../ids.js";
import { CloneRunInput, ContinueRunInput } from "../../types/inputs/again-input.js";
import { RunAgainPayload } from "../../types/payloads.js";

interface Answer {
  run: RunRow;
  changed: string[];
  kept: string[];
}

@Resolver()
export class RunAgainResolver {
  @Mutation(() => RunAgainPayload, {
    description:
      "Starts another run of the same input, with changes; of any kind but IMPORT. The codes of the start of its " +
      "kind; CONFLICT where a run of its kind cannot be cloned.",
  })
  async cloneRun(
    @Arg("id", () => ID, { description: "Global id of the run." }) id: string,
    @Arg("input", () => CloneRunInput, { description: "What is otherwise." }) input: CloneRunInput,
    @Ctx() { application }: Context,
  ): Promise<Answer> {
    return application.runs.clone(idOf("Run", id), input);
  }

  @Mutation(() => RunAgainPayload, {
    description:
      "Starts a finetune that trains the model of a SUCCEEDED one further: with its head, the same molecules in the " +
      "same splits, and a fresh optimizer and schedule. NOT_FOUND, INVALID_CONFIG, MODEL_FILES_MISSING; CONFLICT " +
      "where the run has no model, and where the name is taken.",
  })
  async continueRun(
    @Arg("id", () => ID, { description: "Global id of the run." }) id: string,
    @Arg("input", () => ContinueRunInput, { description: "For how long, and what is otherwise." })
    input: ContinueRunInput,
    @Ctx() { application }: Context,
  ): Promise<Answer> {
    return application.runs.continue(idOf("Run", id), input);
  }
}
