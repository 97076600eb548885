/**
 * A search in the library, with names resolved and molecules read: plain data, of which equal ones are equal as JSON.
 */

import type { TextQuery } from "./words.js";

export type SearchOrder = "CREATED" | "NAME" | "MOLECULAR_WEIGHT" | "SIMILARITY";

export interface LabelCondition {
  /** The set of that name in each dataset that has one. */
  labelSetIds: string[];
  /**
   * True: of the dataset of the list, so that its member has the label; else the compound has it as a member of any.
   */
  ofList: boolean;
  /** Null for numbers. */
  value: string | null;
  /** Both bounds belong to the range. */
  minimum: number | null;
  maximum: number | null;
}

export type Similarity =
  /** Tanimoto similarity of Morgan fingerprints, at least `threshold`. `bits`: hexadecimal; `count` of them are set. */
  | { by: "morgan"; bits: string; count: number; threshold: number }
  /** Scores that were computed elsewhere: only these compounds. */
  | { by: "scores"; ids: string[]; scores: number[] };

/** All conditions hold at once; null: none of this kind. */
export interface Search {
  /**
   * Projects whose datasets are searched, and give SMILES, names and the order; null: all compounds, also those that no
   * dataset has. A list of one dataset goes by its members' own SMILES and names.
   */
  projects: readonly string[] | null;
  text: TextQuery | null;
  weight: { minimum: number | null; maximum: number | null } | null;
  labels: LabelCondition[];
  /** Members of this dataset. */
  datasetId: string | null;
  /** `screen`: hexadecimal. */
  substructure: { smarts: string; screen: string } | null;
  similarity: Similarity | null;
  order: SearchOrder;
  descending: boolean;
}

/** The sort key of a row: the value of its order, then its id. */
export type SearchKey = [value: string | number, id: string];

/**
 * The searched rows: those of one dataset (whose members come in its own order by CREATED) or, for null, all compounds.
 */
export interface Scope {
  datasetId: string | null;
}
/** Rows strictly between two keys. */
export interface Range extends Scope {
  after: SearchKey | null;
  before: SearchKey | null;
}
export interface Taken {
  take: number;
  /** From the end, nearest first. */
  backwards: boolean;
}

export interface Found {
  compoundId: string;
  key: SearchKey;
  /** 0 to 1 (Tanimoto) or -1 to 1 (cosine); null when nothing is compared. */
  similarity: number | null;
}
export interface Candidate extends Found {
  /** As the list has it. */
  smiles: string;
}
