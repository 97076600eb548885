/** Which values of a label set are drawn in colour. */
import { Field, InputType, Int } from "type-graphql";
import type * as service from "../../../service/space/types.js";

@InputType("ColorRules", {
  description:
    "Values of a label set by their number of molecules, both bounds included; of these the first. At " +
    "least 0 each, else BAD_INPUT.",
})
export class ColorRules implements service.ColorRules {
  @Field(() => Int, { nullable: true, description: "Only so many of the most frequent that are left; null: all." })
  first?: number | null;

  @Field(() => Int, { nullable: true, description: "Least number of molecules; null: no bound." })
  minCount?: number | null;

  @Field(() => Int, { nullable: true, description: "Largest number of molecules; null: no bound." })
  maxCount?: number | null;
}
