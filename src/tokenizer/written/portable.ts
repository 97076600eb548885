/**
 * A folder's tokenizer as two files that `tokenizers`, transformers and transformers.js read alike: tokenizer.json,
 * made from vocab.json and merges.txt or from vocab.txt where the folder has none, and tokenizer_config.json. They say
 * how a batch is padded and where a long text is cut, as the server does it.
 */
import { loadTokenizer, readTokenizer } from "../load.js";
import type { Tokenizer } from "../types.js";
import { atomwiseJson } from "./write.js";

interface PortableTokenizer {
  json: Record<string, unknown>;
  config: Record<string, unknown>;
}

/** `maxLength`: in tokens, start and end included. */
export async function portableTokenizer(folder: string, maxLength: number): Promise<PortableTokenizer> {
  const [tokenizer, found] = [await loadTokenizer(folder), await readTokenizer(folder)];
  const names = namesOf(tokenizer);
  const json =
    found.kind === "ATOMWISE"
      ? atomwiseJson(found.vocabulary, {
          special: Object.values(names),
          start: names.cls_token,
          end: names.sep_token,
          unknown: names.unk_token,
        })
      : found.json;
  return {
    json: {
      ...json,
      truncation: { direction: "Right", max_length: maxLength, strategy: "LongestFirst", stride: 0 },
      padding: {
        strategy: "BatchLongest",
        direction: "Right",
        pad_to_multiple_of: null,
        pad_id: tokenizer.padId,
        pad_type_id: 0,
        pad_token: names.pad_token,
      },
    },
    config: {
      tokenizer_class: "PreTrainedTokenizerFast",
      model_max_length: maxLength,
      model_input_names: ["input_ids", "attention_mask"],
      ...names,
    },
  };
}

function namesOf({ padId, unknownId, startId, endId, maskId, tokenOf }: Tokenizer) {
  return {
    pad_token: tokenOf(padId),
    unk_token: tokenOf(unknownId),
    cls_token: tokenOf(startId),
    sep_token: tokenOf(endId),
    ...(maskId === null ? {} : { mask_token: tokenOf(maskId) }),
  };
}
