/** Molecules that a split column has in several splits. */
import { Field, Int, ObjectType } from "type-graphql";
import { Split } from "./enums.js";

@ObjectType("OverlapMember", { description: "A molecule of a dataset that another split has too." })
export class OverlapMember {
  @Field(() => Int, { description: "Place in the dataset, from 0." })
  position!: number;

  @Field(() => String, { nullable: true, description: "Name in the dataset; null: it has none." })
  name!: string | null;

  @Field(() => String, { description: "Canonical SMILES in the dataset." })
  smiles!: string;

  @Field(() => Split, { description: "The split that its label means." })
  split!: Split;
}

@ObjectType("OverlappingMolecule", { description: "One molecule in several splits; stereoisomers are one." })
export class OverlappingMolecule {
  @Field(() => String, { description: "First block of the InChIKey, which its members share." })
  key!: string;

  @Field(() => [OverlapMember], { description: "All molecules of the dataset that it is, in their order." })
  members!: OverlapMember[];
}

@ObjectType("SplitOverlap", { description: "Molecules that a split column has in several splits." })
export class SplitOverlap {
  @Field(() => Int, { description: "Molecules in several splits." })
  count!: number;

  @Field(() => Int, { description: "Their members, all of them." })
  rows!: number;
}
