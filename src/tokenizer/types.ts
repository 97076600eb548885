/** SMILES to token ids, as the model was trained to read them. */
export interface Tokenizer {
  readonly vocabularySize: number;
  readonly padId: number;
  readonly unknownId: number;
  /** [CLS] or <s> */
  readonly startId: number;
  /** [SEP] or </s> */
  readonly endId: number;
  /** null when the vocabulary has no mask token. */
  readonly maskId: number | null;
  /** Ids of the special tokens (pad, unknown, start, end, mask). */
  readonly specialIds: ReadonlySet<number>;
  /** Ids with start and end, at most `maxLength` (>= 3) of them: truncated from the right, the end token kept. */
  encode(smiles: string, maxLength: number): Int32Array;
  tokenOf(id: number): string;
}
