/** A label that a dataset gives to a compound. */
import { Field, Float, ObjectType } from "type-graphql";

@ObjectType("CompoundLabel", { description: "One value of one label set for one molecule." })
export class CompoundLabel {
  @Field(() => String, { description: "Name of the label set, e.g. superclass." })
  labelSet!: string;

  @Field(() => String, { description: "The value as text." })
  value!: string;

  @Field(() => Float, { nullable: true, description: "The value of a NUMBER set; null for classes." })
  number!: number | null;

  /** Resolved as `dataset`. */
  datasetId!: string;
}
