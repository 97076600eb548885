/** What a list of compounds is narrowed to, and its order, with names and molecules as they were given. */
import type { Pooling } from "../../store/generated/client.js";

/** What makes two molecules similar. */
export const SimilarityMethod = { MORGAN: "MORGAN", EMBEDDING: "EMBEDDING" } as const;
export type SimilarityMethod = keyof typeof SimilarityMethod;

/** Order of a list. What is equal comes in the order of ids. */
export const CompoundOrder = {
  CREATED_ASC: "CREATED_ASC",
  CREATED_DESC: "CREATED_DESC",
  NAME_ASC: "NAME_ASC",
  NAME_DESC: "NAME_DESC",
  MOLECULAR_WEIGHT_ASC: "MOLECULAR_WEIGHT_ASC",
  MOLECULAR_WEIGHT_DESC: "MOLECULAR_WEIGHT_DESC",
  SIMILARITY_DESC: "SIMILARITY_DESC",
} as const;
export type CompoundOrder = keyof typeof CompoundOrder;

/** Both bounds belong to it; at least one is given. */
export interface NumberRange {
  minimum?: number | null;
  maximum?: number | null;
}

/** A label that a compound has: `value`, or of a NUMBER set `range`. */
export interface LabelFilter {
  labelSet: string;
  /** Name of the dataset whose label set it is; null: that of the list, or any. */
  dataset?: string | null;
  value?: string | null;
  range?: NumberRange | null;
}

export interface SimilarityFilter {
  smiles: string;
  method: SimilarityMethod;
  /** Least similarity. MORGAN: above 0, at most 1; null: 0.7. EMBEDDING: -1 to 1; null: no bound. */
  threshold?: number | null;
  /** EMBEDDING: name of the model. */
  model?: string | null;
  pooling: Pooling;
  /** EMBEDDING: so many nearest compounds, 1 to 1,000; null: 100. */
  nearest?: number | null;
}

/** Conditions that hold all at once; null or absent: none of this kind. */
export interface CompoundFilter {
  /** 1 to 1,000 characters: words of the name, a formula, the start of an InChIKey, or a SMILES. */
  text?: string | null;
  /** At most 5. */
  labels?: LabelFilter[] | null;
  /** g/mol */
  molecularWeight?: NumberRange | null;
  /** Name of a dataset that it is a member of. */
  dataset?: string | null;
  /** SMARTS */
  substructure?: string | null;
  similarTo?: SimilarityFilter | null;
}
