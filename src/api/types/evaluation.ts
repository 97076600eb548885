/** Scores of a finished run on one split. */
import { Field, Float, Int, ObjectType } from "type-graphql";
import { Split, SplitStrategy } from "./enums.js";
import { RunWarning } from "./run.js";

@ObjectType("ClassReport", { description: "Scores of one class." })
export class ClassReport {
  @Field(() => String, { description: "Name of the class." })
  label!: string;

  @Field(() => Float, {
    description: "Share of the molecules given this class that have it; 0 when none was given it.",
  })
  precision!: number;

  @Field(() => Float, {
    description: "Share of the molecules of this class that were given it; 0 when there are none.",
  })
  recall!: number;

  @Field(() => Float, { description: "Harmonic mean of precision and recall; 0 when both are 0." })
  f1!: number;

  @Field(() => Int, { description: "Molecules of this class in the split." })
  support!: number;
}

@ObjectType("Baseline", {
  description: "What always answering the most frequent class of the training split would score.",
})
export class Baseline {
  @Field(() => String, { description: "That class." })
  label!: string;

  @Field(() => Float, { description: "Its accuracy on the split, 0 to 1." })
  accuracy!: number;

  @Field(() => Float, { description: "Its macro-F1 on the split, 0 to 1." })
  macroF1!: number;
}

@ObjectType("Evaluation", { description: "Scores of a run on one split, with what is needed to read them." })
export class Evaluation {
  @Field(() => Split, { description: "The split." })
  split!: Split;

  @Field(() => SplitStrategy, {
    description: "How molecules were dealt to splits: scores of different strategies do not compare.",
  })
  splitStrategy!: SplitStrategy;

  @Field(() => Int, { description: "Molecules scored." })
  count!: number;

  @Field(() => Float, { description: "Mean cross-entropy in nats." })
  loss!: number;

  @Field(() => Float, { description: "Share of molecules given their own class, 0 to 1." })
  accuracy!: number;

  @Field(() => Float, { description: "Mean F1 over the classes present in the split, 0 to 1." })
  macroF1!: number;

  @Field(() => Baseline, { description: "The majority class, for comparison." })
  baseline!: Baseline;

  @Field(() => [RunWarning], { description: "What to know when reading these scores." })
  warnings!: RunWarning[];

  @Field(() => [ClassReport], { description: "Per class, in the order of `labels`." })
  classes!: ClassReport[];

  @Field(() => [[Int]], {
    description: "Counts of molecules. Rows: true class; columns: predicted class; both in the order of `labels`.",
  })
  confusionMatrix!: number[][];

  @Field(() => [String], { description: "The classes, in the order of the model's logits." })
  labels!: string[];
}
