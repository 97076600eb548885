/** What a pretraining is asked: its options are those of the table (train/options/pretrain-rows.ts). */
import { Field, InputType } from "type-graphql";
import { PRETRAIN_ORDER_ROWS, type PretrainOrderOptions } from "../../../train/pretrain/pretrain-options.js";
import { AnnotationInput } from "./annotation-input.js";
import { withRowOptions } from "./option-fields.js";

abstract class PretrainingSubject extends AnnotationInput {
  @Field(() => String, {
    description: "Name of the run and of its model: 1 to 64 letters, digits, dots, dashes or underscores.",
  })
  name!: string;

  @Field(() => String, {
    description:
      "Name of the dataset whose molecules are read, as it is now. NOT_FOUND names the existing ones; EMPTY_DATASET.",
  })
  dataset!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "Name of a model that was pretrained on masked tokens, to go on with: its vocabulary and shape stay. Null: " +
      "random weights, and a vocabulary made from the molecules. NOT_FOUND, INVALID_CONFIG, MODEL_IS_COMPOSED.",
  })
  baseModel?: string | null;

  @Field(() => String, { nullable: true, description: "As in StartFinetuneInput." })
  idempotencyKey?: string | null;
}
InputType()(PretrainingSubject);

@InputType("StartPretrainingInput", {
  description: "A pretraining on the molecules of a dataset: the model learns to recover masked tokens.",
})
export class StartPretrainingInput extends withRowOptions<PretrainingSubject, PretrainOrderOptions>(
  PretrainingSubject,
  PRETRAIN_ORDER_ROWS,
  "input",
) {}
