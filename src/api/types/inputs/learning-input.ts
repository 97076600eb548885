/** What every run that learns from label sets is asked: finetunes and linear probes. */
import { Field, Float, InputType } from "type-graphql";
import { LABEL_OPTIONS } from "../../../train/options/table.js";
import { SplitStrategy } from "../enums.js";
import { AnnotationInput } from "./annotation-input.js";
import { withOptions } from "./option-fields.js";

@InputType("SplitInput", { description: "How molecules are dealt to training, validation and test." })
export class SplitInput {
  @Field(() => SplitStrategy, { description: "The rule." })
  strategy!: SplitStrategy;

  @Field(() => [Float], {
    defaultValue: [0.8, 0.1, 0.1],
    description: "Shares of training, validation and test; three numbers that add up to 1. Not used by COLUMN.",
  })
  fractions!: number[];

  @Field(() => String, {
    nullable: true,
    description:
      "COLUMN, required: label set holding train, validation and test, also spelled otherwise (docs/import.md). " +
      "ROW: MULTI_LABEL set whose labels make the rows, " +
      "each taught the molecule's class of `target`; null: the target's own labels, each row taught its " +
      "label. Refused otherwise.",
  })
  column?: string | null;
}

@InputType()
export abstract class LearningInput extends withOptions(AnnotationInput, LABEL_OPTIONS) {
  @Field(() => String, {
    description: "Name of the run and of its model: 1 to 64 letters, digits, dots, dashes or underscores.",
  })
  name!: string;

  @Field(() => String, { description: "Name of the dataset. NOT_FOUND names the existing ones." })
  dataset!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "Label set to learn; this or `targets`. SINGLE_LABEL: a classifier. MULTI_LABEL: yes or no for each of its " +
      "labels; a molecule with no value was not measured. NUMBER: regression. UNKNOWN_TARGET names the existing " +
      "ones. A pattern is all that match, as of `targets`.",
  })
  target?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "Several label sets learned by one model, 1 to 1,000. NUMBER sets: regression. SINGLE_LABEL sets of 0 and 1" +
      " (or no and yes, inactive and active): one label each. An empty cell was not measured. A pattern (* any text, " +
      "? one character) is every label set that matches, by name, but the column of the split; a label set of that " +
      "very name comes first. UNKNOWN_TARGET names the nearest.",
  })
  targets?: string[] | null;

  @Field(() => SplitInput, {
    defaultValue: { strategy: SplitStrategy.SCAFFOLD, fractions: [0.8, 0.1, 0.1] },
    description: "How molecules are dealt to splits.",
  })
  split!: SplitInput;

  @Field(() => String, {
    nullable: true,
    description:
      "Same key and same input: the same run is answered. Same key and other input: CONFLICT. At most 200 characters.",
  })
  idempotencyKey?: string | null;
}
