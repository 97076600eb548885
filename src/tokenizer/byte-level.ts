/**
 * tokenizer.json of a folder that has only vocab.json and merges.txt, as transformers' RobertaTokenizer builds it:
 * byte-level BPE, no prefix space, <s> … </s>. With an empty merges.txt (ChemBERTa-77M) every byte is one token.
 */
import { MaillardError } from "../errors.js";
import type { AddedToken } from "./added-tokens.js";
import { limitedLines } from "./limits.js";
import { specialNames } from "./special.js";

export function byteLevelJson(
  vocabulary: Record<string, number>,
  mergesText: string,
  added: readonly AddedToken[],
  ...settings: Record<string, unknown>[]
): Record<string, unknown> {
  const addedIds = new Map(added.map(({ content, id }) => [content, id]));
  const idOf = (name: string): number | undefined =>
    Object.hasOwn(vocabulary, name) ? vocabulary[name] : addedIds.get(name);
  const names = specialNames((name) => idOf(name) !== undefined, ...settings);
  if (names.start === undefined || names.end === undefined) {
    throw new MaillardError(
      "CHECKPOINT_INVALID",
      "vocab.json has no start and end token (<s> and </s>): name them in special_tokens_map.json",
    );
  }
  const merges = limitedLines("merges.txt", mergesText, "merges")
    .filter((line, index) => line !== "" && !(index === 0 && line.startsWith("#version")))
    .map((line) => line.split(" "));
  const special = [...new Set(Object.values(names))].map((content) => ({
    id: idOf(content) as number,
    content,
    single_word: false,
    lstrip: content === names.mask,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  const prefix = settings.some((setting) => setting.add_prefix_space === true);
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special.sort((a, b) => a.id - b.id), // the others are put to them by withAddedTokens
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: prefix, trim_offsets: true, use_regex: true },
    post_processor: {
      type: "RobertaProcessing",
      sep: [names.end, idOf(names.end)],
      cls: [names.start, idOf(names.start)],
      trim_offsets: true,
      add_prefix_space: prefix,
    },
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: "",
      end_of_word_suffix: "",
      fuse_unk: false,
      byte_fallback: false,
      vocab: vocabulary,
      merges,
    },
  };
}
