/** Why one SMILES of a request has no answer. The others are answered. */
import { Field, ObjectType } from "type-graphql";
import { SmilesErrorCode } from "./table-enums.js";

@ObjectType("SmilesError", {
  description:
    "One SMILES that has no answer: it is no molecule that is taken, or the model fails on it. It stands in the " +
    "place of its answer.",
})
export class SmilesError {
  @Field(() => String, { description: "The text as it was sent (its first 200 characters)." })
  smiles!: string;

  @Field(() => SmilesErrorCode, { description: "For programs." })
  code!: SmilesErrorCode;

  @Field(() => String, { description: "The rule that was broken, RDKit's reason, or what became of the model." })
  message!: string;
}
