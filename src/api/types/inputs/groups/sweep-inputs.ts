/** Inputs of sweeps. */
import { GraphQLJSON } from "graphql-scalars";
import { Field, Float, InputType, Int } from "type-graphql";
import { SweepMethod, SweepScale } from "../../sweep.js";
import { StartFinetuneInput } from "../inputs.js";

@InputType("SweepSearchInput", { description: "What is searched of one option: `values`, or numbers `from` to `to`." })
export class SweepSearchInput {
  @Field(() => String, { description: "Name of an option of StartFinetuneInput, such as learningRate." })
  option!: string;

  @Field(() => [GraphQLJSON], {
    nullable: true,
    description: "1 to 256 values, each as StartFinetuneInput takes it; an enum's as a text.",
  })
  values?: unknown[] | null;

  @Field(() => Float, { nullable: true, description: "Smallest number of a range." })
  from?: number | null;

  @Field(() => Float, { nullable: true, description: "Largest number of a range." })
  to?: number | null;

  @Field(() => SweepScale, { defaultValue: SweepScale.LINEAR, description: "How the numbers of a range are spread." })
  scale!: SweepScale;

  @Field(() => Boolean, { nullable: true, description: "True: whole numbers. Null: as the option is." })
  integer?: boolean | null;

  @Field(() => Int, {
    nullable: true,
    description: "2 to 256: so many numbers of the range, both ends among them. A grid needs it.",
  })
  count?: number | null;
}

@InputType("SweepObjectiveInput", { description: "What is to be best." })
export class SweepObjectiveInput {
  @Field(() => String, {
    nullable: true,
    description:
      "Score of the validation split by its name in `scores`; it chooses each trial's best checkpoint, too, unless " +
      "`metricForBestModel` is named. Null: that, whose default is the task's main score.",
  })
  metric?: string | null;
}

@InputType("SweepHalvingInput", { description: "How HALVING stops trials." })
export class SweepHalvingInput {
  @Field(() => Int, {
    defaultValue: 3,
    description: "2 to 10: 1 / factor of the trials go on, for `factor` times the epochs.",
  })
  factor!: number;

  @Field(() => Int, { defaultValue: 1, description: "Epochs, 1 to 1,000: the fewest after which trials are compared." })
  minEpochs!: number;
}

@InputType("StartSweepInput", { description: "A finetune with each of several combinations of options." })
export class StartSweepInput {
  @Field(() => StartFinetuneInput, {
    description:
      "What all trials have in common: one split, that of its own `seed`, and, unless it is searched, that seed. Its " +
      "`name` (at most 60 characters) is the group's; its runs are called name-1, name-2, … It has no " +
      "`idempotencyKey`. With HALVING, `epochs` is a whole number, and `maxSteps` and `evalSteps` are left out.",
  })
  finetune!: StartFinetuneInput;

  @Field(() => [SweepSearchInput], {
    description: "1 to 10 options, each once. With HALVING not epochs, maxSteps and evalSteps.",
  })
  search!: SweepSearchInput[];

  @Field(() => SweepMethod, { defaultValue: SweepMethod.HALVING, description: "Which combinations, and for how long." })
  method!: SweepMethod;

  @Field(() => Int, {
    nullable: true,
    description:
      "1 to 256 combinations, drawn from `seed`. Null: every combination, at most 256. RANDOM needs it, GRID has none.",
  })
  trials?: number | null;

  @Field(() => Int, { defaultValue: 42, description: "Of the random draws: the same one draws the same trials." })
  seed!: number;

  @Field(() => SweepObjectiveInput, { nullable: true, description: "What is to be best; null: the default." })
  objective?: SweepObjectiveInput | null;

  @Field(() => SweepHalvingInput, { nullable: true, description: "Of HALVING; null: the defaults." })
  halving?: SweepHalvingInput | null;

  @Field(() => String, { nullable: true, description: "Same key and same input: the same group. Else CONFLICT." })
  idempotencyKey?: string | null;
}
