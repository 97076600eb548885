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

  @Field(() => String, { nullable: true, description: "Name as first imported; null when no dataset names it." })
  name!: string | null;

  @Field(() => String, { description: "RDKit's canonical SMILES of the largest fragment, as first seen." })
  smiles!: string;

  @Field(() => String, { description: "Standard InChIKey, 27 characters." })
  inchiKey!: string;

  @Field(() => String, { description: "Molecular formula in Hill order." })
  formula!: string;

  @Field(() => Float, { description: "Average molecular weight in g/mol." })
  molecularWeight!: number;

  @Field(() => String, { description: "Murcko scaffold as SMILES without stereo; empty for an acyclic molecule." })
  scaffold!: string;
}

export const { Connection: CompoundConnection, Edge: CompoundEdge } = connectionType("Compound", () => Compound);
