/** Two runs on the same molecules. */
import { Field, Float, Int, ObjectType } from "type-graphql";
import type { ComparedRuns } from "../../service/evaluation/compare.js";
import { Split } from "./enums.js";

@ObjectType("ScoreDifference", { description: "A score of two runs on the same molecules." })
export class ScoreDifference {
  @Field(() => String, { description: "As in Evaluation.scores." })
  name!: string;

  @Field(() => Float, { nullable: true, description: "Score of `a`; null where it is not defined." })
  a!: number | null;

  @Field(() => Float, { nullable: true, description: "Score of `b`; null where it is not defined." })
  b!: number | null;

  @Field(() => Float, { nullable: true, description: "b - a; null where either is not defined." })
  difference!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "Lower end of the difference's 95 % interval: paired percentile bootstrap, 1,000 resamples of the " +
      "molecules, seed 42. Null where fewer than half of the resamples have such scores.",
  })
  low!: number | null;

  @Field(() => Float, { nullable: true, description: "Upper end; null as `low`." })
  high!: number | null;
}

@ObjectType("McNemarTest", {
  description: "McNemar's exact test of whether two classifiers differ in how many molecules they get right.",
})
export class McNemarTest {
  @Field(() => Int, { description: "Molecules that both get right." })
  bothRight!: number;

  @Field(() => Int, { description: "Molecules that only `a` gets right." })
  onlyA!: number;

  @Field(() => Int, { description: "Molecules that only `b` gets right." })
  onlyB!: number;

  @Field(() => Int, { description: "Molecules that both get wrong." })
  bothWrong!: number;

  @Field(() => Float, {
    description: "Two-sided p value of the binomial test on `onlyA` and `onlyB`; 1 where they never differ.",
  })
  pValue!: number;
}

@ObjectType("RunComparison", { description: "Two runs on the molecules that both have in a split." })
export class RunComparison implements ComparedRuns {
  @Field(() => Split, { description: "The split." })
  split!: Split;

  @Field(() => Boolean, {
    description:
      "True under ROW, which deals rows: molecules of the split were trained on, and the scores say nothing " +
      "about new ones.",
  })
  leaky!: boolean;

  @Field(() => Int, { description: "Molecules that both have in it (rows, under ROW)." })
  count!: number;

  @Field(() => Int, { description: "Molecules that only `a` has in it: left out." })
  onlyA!: number;

  @Field(() => Int, { description: "Molecules that only `b` has in it: left out." })
  onlyB!: number;

  @Field(() => [ScoreDifference], { description: "Every score of the task." })
  scores!: ScoreDifference[];

  @Field(() => McNemarTest, {
    nullable: true,
    description: "For the accuracies of SINGLE_LABEL; else null: the labels of one molecule are no independent trials.",
  })
  mcnemar!: McNemarTest | null;
}
