/** A molecule and, as edges, all that is known of it. */
import { Field, Float, ID, ObjectType } from "type-graphql";
import { connectionType } from "./connection.js";
import { Node } from "./node.js";

@ObjectType("Compound", {
  implements: Node,
  description: "A molecule, unique by InChIKey over all datasets. Of a salt, the largest fragment.",
})
export class Compound extends Node {
  @Field(() => ID, { description: "Global id." })
  override id!: string;

  @Field(() => String, { description: "Standard InChIKey, 27 characters." })
  inchiKey!: string;

  @Field(() => String, { description: "Molecular formula in Hill order." })
  formula!: string;

  @Field(() => Float, { description: "Average molecular weight in g/mol." })
  molecularWeight!: number;
}

export const { Connection: CompoundConnection, Edge: CompoundEdge } = connectionType("Compound", () => Compound);
