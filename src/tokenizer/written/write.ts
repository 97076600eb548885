/**
 * An atom-wise tokenizer as a Hugging Face folder holds it: tokenizer.json (what `tokenizers` and transformers load),
 * tokenizer_config.json, special_tokens_map.json and vocab.txt. `loadTokenizer` and they give the same ids.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createAtomwiseTokenizer } from "../atomwise.js";
import { ATOMWISE_PATTERN } from "../pattern.js";
import { SPECIAL_TOKENS } from "../special.js";

/** @param vocabulary tokens by id; [PAD], [UNK], [CLS], [SEP] and [MASK] anywhere among them. */
export async function writeTokenizer(folder: string, vocabulary: readonly string[]): Promise<void> {
  createAtomwiseTokenizer(vocabulary);
  const names = {
    pad_token: "[PAD]",
    unk_token: "[UNK]",
    cls_token: "[CLS]",
    sep_token: "[SEP]",
    mask_token: "[MASK]",
  };
  const files = {
    "tokenizer.json": json(atomwiseJson(vocabulary)),
    "tokenizer_config.json": json({ tokenizer_class: "PreTrainedTokenizerFast", ...names }),
    "special_tokens_map.json": json(names),
    "vocab.txt": vocabulary.map((token) => `${token}\n`).join(""),
  };
  await mkdir(folder, { recursive: true });
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
}

interface SpecialNames {
  special: readonly string[];
  start: string;
  end: string;
  unknown: string;
}

const OURS: SpecialNames = { special: SPECIAL_TOKENS, start: "[CLS]", end: "[SEP]", unknown: "[UNK]" };

/** The content of tokenizer.json. `single` reads: start, sequence A, end. */
export function atomwiseJson(vocabulary: readonly string[], names: SpecialNames = OURS) {
  const { start, end, unknown } = names;
  const idOf = (token: string) => vocabulary.indexOf(token);
  const special = names.special.filter((token) => idOf(token) >= 0);
  const marker = (token: string, type: number) => ({ SpecialToken: { id: token, type_id: type } });
  const sequence = (id: string, type: number) => ({ Sequence: { id, type_id: type } });
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special
      .map((content) => ({
        id: idOf(content),
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      }))
      .sort((a, b) => a.id - b.id),
    normalizer: null,
    pre_tokenizer: { type: "Split", pattern: { Regex: ATOMWISE_PATTERN }, behavior: "Isolated", invert: false },
    post_processor: {
      type: "TemplateProcessing",
      single: [marker(start, 0), sequence("A", 0), marker(end, 0)],
      pair: [marker(start, 0), sequence("A", 0), marker(end, 0), sequence("B", 1), marker(end, 1)],
      special_tokens: Object.fromEntries(
        [start, end].map((token) => [token, { id: token, ids: [idOf(token)], tokens: [token] }]),
      ),
    },
    decoder: { type: "Fuse" },
    model: {
      type: "WordLevel",
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      unk_token: unknown,
    },
  };
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
