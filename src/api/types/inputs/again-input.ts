/** Inputs of runs that are made of another run. */
import { Field, Float, InputType } from "type-graphql";
import { INPUT_OPTIONS, SERVICE_OPTIONS, SETTING_NAMES, type ServiceOption } from "../../../train/options/table.js";
import { SplitInput } from "./learning-input.js";
import { withChanges } from "./option-fields.js";

@InputType()
abstract class NewRun {
  @Field(() => String, {
    nullable: true,
    description: "As in StartFinetuneInput, with the run that it is made of as a part of the input.",
  })
  idempotencyKey?: string | null;
}

@InputType("CloneRunInput", {
  description:
    "What a clone has otherwise. A field that is absent is as it was, also an option that the recipe AUTO had " +
    "decided; an option that is null has its default. INVALID_CONFIG for one that the kind of the run does not have.",
})
export class CloneRunInput extends withChanges(NewRun, SERVICE_OPTIONS) {
  @Field(() => String, {
    nullable: true,
    description: "Name of the new run and of its model; required for a finetune and a probe, refused for others.",
  })
  name?: string | null;

  @Field(() => String, { nullable: true, description: "Another model to start from, or to ask. NOT_FOUND." })
  baseModel?: string | null;

  @Field(() => String, { nullable: true, description: "Another dataset. NOT_FOUND." })
  dataset?: string | null;

  @Field(() => String, { nullable: true, description: "Another label set, as in StartFinetuneInput." })
  target?: string | null;

  @Field(() => [String], { nullable: true, description: "Other label sets, as in StartFinetuneInput." })
  targets?: string[] | null;

  @Field(() => SplitInput, { nullable: true, description: "Another split; its seed is that of the run." })
  split?: SplitInput | null;
}

const OF_TRAINING: readonly ServiceOption[] = [
  "recipe",
  ...SETTING_NAMES.filter((name) => name !== "epochs"),
  ...INPUT_OPTIONS,
];

@InputType("ContinueRunInput", {
  description:
    "How a finetune goes on: molecules, splits and labels are those of the run. An option that is absent is as it " +
    "was; one that is null has its default.",
})
export class ContinueRunInput extends withChanges(NewRun, OF_TRAINING) {
  @Field(() => String, { description: "Name of the new run and of its model." })
  name!: string;

  @Field(() => Float, { description: "Epochs that are added, above 0, with a schedule of their own." })
  epochs!: number;
}
