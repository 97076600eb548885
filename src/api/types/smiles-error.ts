/** Why one SMILES of a request has no answer. The others are answered. */
import { Field, ObjectType } from "type-graphql";

@ObjectType("SmilesError", {
  description: "One SMILES that is not a molecule we take; it stands in the place of its answer.",
})
export class SmilesError {
  @Field(() => String, { description: "The text as it was sent (its first 200 characters)." })
  smiles!: string;

  @Field(() => String, { description: "INVALID_SMILES, SMILES_TOO_LONG, EMPTY_INPUT or TIMEOUT." })
  code!: string;

  @Field(() => String, { description: "The rule that was broken, or RDKit's reason." })
  message!: string;
}
