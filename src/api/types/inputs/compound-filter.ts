/** What a list of compounds is narrowed to, and its order. */
import { ArgsType, Field, Float, InputType, Int, registerEnumType } from "type-graphql";
import type * as service from "../../../service/library/types.js";
import { CompoundOrder, SimilarityMethod } from "../../../service/library/types.js";
import { Pooling } from "../enums.js";
import { PageArguments } from "../page-arguments.js";

registerEnumType(SimilarityMethod, {
  name: "SimilarityMethod",
  description: "What makes two molecules similar.",
  valuesConfig: {
    MORGAN: {
      description:
        "Tanimoto similarity, 0 to 1, of Morgan fingerprints by RDKit (radius 2, 2,048 bits): bits in common " +
        "by bits in either.",
    },
    EMBEDDING: { description: "Cosine, -1 to 1, of embeddings that a model computed and that are stored." },
  },
});
registerEnumType(CompoundOrder, {
  name: "CompoundOrder",
  description:
    "Order of a list of compounds. What is equal comes in the order of ids, so that no page skips or repeats.",
  valuesConfig: {
    CREATED_ASC: { description: "As stored, oldest first; of a dataset: in the order of its rows." },
    CREATED_DESC: { description: "The other way round." },
    NAME_ASC: {
      description:
        "By the first 100 characters of the name in small letters, by their numbers in Unicode; without a name last.",
    },
    NAME_DESC: { description: "The other way round." },
    MOLECULAR_WEIGHT_ASC: { description: "Lightest first." },
    MOLECULAR_WEIGHT_DESC: { description: "Heaviest first." },
    SIMILARITY_DESC: { description: "Most similar first; needs `similarTo`, of which it is the default." },
  },
});

@InputType("NumberRange", { description: "Numbers between two bounds, both included; at least one is given." })
export class NumberRange implements service.NumberRange {
  @Field(() => Float, { nullable: true, description: "Least; null: no bound." })
  minimum?: number | null;

  @Field(() => Float, { nullable: true, description: "Largest; null: no bound." })
  maximum?: number | null;
}

@InputType("LabelFilter", { description: "A label that a compound has: `value`, or of a NUMBER set `range`." })
export class LabelFilter implements service.LabelFilter {
  @Field(() => String, { description: "Name of the label set. UNKNOWN_TARGET when no dataset in question has it." })
  labelSet!: string;

  @Field(() => String, {
    nullable: true,
    description: "Name of the dataset whose label set it is; null: that of the list, or any.",
  })
  dataset?: string | null;

  @Field(() => String, { nullable: true, description: "The value, as it is written." })
  value?: string | null;

  @Field(() => NumberRange, { nullable: true, description: "The number's bounds." })
  range?: NumberRange | null;
}

@InputType("SimilarityFilter", { description: "Compounds similar to a molecule." })
export class SimilarityFilter implements service.SimilarityFilter {
  @Field(() => String, { description: "The molecule; INVALID_SMILES. It need not be stored, and is not." })
  smiles!: string;

  @Field(() => SimilarityMethod, { defaultValue: SimilarityMethod.MORGAN, description: "What is compared." })
  method!: SimilarityMethod;

  @Field(() => Float, {
    nullable: true,
    description: "Least similarity. MORGAN: above 0, at most 1; null: 0.7. EMBEDDING: -1 to 1; null: no bound.",
  })
  threshold?: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      "EMBEDDING: name of the model, required. EMBEDDINGS_REQUIRED when nothing is stored by it: run startEmbedding.",
  })
  model?: string | null;

  @Field(() => Pooling, { defaultValue: Pooling.CLS, description: "EMBEDDING: pooling of the embeddings." })
  pooling!: Pooling;

  @Field(() => Int, {
    nullable: true,
    description:
      "EMBEDDING: so many nearest compounds, 1 to 1,000, of those with an embedding, in a list of a dataset " +
      "of its members; null: 100. Other conditions then narrow these.",
  })
  nearest?: number | null;
}

@InputType("CompoundFilter", { description: "Conditions that hold all at once. An empty filter is none." })
export class CompoundFilter implements service.CompoundFilter {
  @Field(() => String, {
    nullable: true,
    description:
      "Each of its words begins a word of the name; or it is the formula (Hill order), the first 6 or more " +
      "letters of the InChIKey, or a SMILES of the molecule. Small and capital letters are the same. 1 to " +
      "1,000 characters.",
  })
  text?: string | null;

  @Field(() => [LabelFilter], { nullable: true, description: "Labels that it has, all of them; at most 5." })
  labels?: LabelFilter[] | null;

  @Field(() => NumberRange, { nullable: true, description: "Average molecular weight in g/mol." })
  molecularWeight?: NumberRange | null;

  @Field(() => String, { nullable: true, description: "Name of a dataset that it is a member of. NOT_FOUND." })
  dataset?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "SMARTS that it has as a substructure, at most 500 characters; stereo of the SMARTS counts, hydrogens " +
      "are implicit. INVALID_SMARTS; TIMEOUT for a pattern that takes too long; FINGERPRINTS_PENDING just " +
      "after a large import.",
  })
  substructure?: string | null;

  @Field(() => SimilarityFilter, {
    nullable: true,
    description: "A molecule that it is similar to. INVALID_SMILES, FINGERPRINTS_PENDING, EMBEDDINGS_REQUIRED.",
  })
  similarTo?: SimilarityFilter | null;
}

@ArgsType()
export class CompoundListArguments extends PageArguments {
  @Field(() => CompoundFilter, { nullable: true, description: "Only compounds of which all of this holds." })
  filter?: CompoundFilter | null;

  @Field(() => CompoundOrder, {
    nullable: true,
    description: "Order of the list; null: SIMILARITY_DESC with `similarTo`, else CREATED_ASC.",
  })
  orderBy?: CompoundOrder | null;
}
