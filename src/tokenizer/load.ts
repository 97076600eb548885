/**
 * The tokenizer of a Hugging Face folder, by the first of these that is there:
 *   tokenizer.json               as the file describes it
 *   vocab.json + merges.txt      byte-level BPE between <s> and </s>, as transformers' RobertaTokenizer
 *   vocab.txt                    atom-wise tokens between [CLS] and [SEP], as the SmilesTokenizer of DeepChem
 * with the names of the special tokens from special_tokens_map.json and tokenizer_config.json, and the tokens that
 * were added later (added-tokens.ts).
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { MaillardError } from "../errors.js";
import { utf8 } from "../text.js";
import { addedTokens, numbered, withAddedTokens, withNumbered } from "./added-tokens.js";
import { createAtomwiseTokenizer } from "./atomwise.js";
import { byteLevelJson } from "./byte-level.js";
import { createLibraryTokenizer } from "./hugging-face.js";
import { checkFileSize, checkSettings, checkTokenizerJson, limitedLines } from "./limits.js";
import { ATOMWISE_PATTERN } from "./pattern.js";
import type { Tokenizer } from "./types.js";
import { atomwiseJson } from "./written/write.js";

type Settings = Record<string, unknown>;

export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const found = await readTokenizer(folder);
  switch (found.kind) {
    case "WHOLE": {
      const vocabulary = atomwiseVocabulary(found.json);
      return vocabulary
        ? createAtomwiseTokenizer(vocabulary)
        : createLibraryTokenizer(found.json, found.config, found.map);
    }
    case "MADE":
      return createLibraryTokenizer(found.json, found.config, found.map);
    case "ATOMWISE":
      return createAtomwiseTokenizer(found.vocabulary, found.config, found.map);
    default:
      throw found satisfies never;
  }
}

/** What a folder's files say of its tokenizer. */
export type TokenizerFiles = { config: Settings; map: Settings } & (
  | { kind: "WHOLE"; json: Settings }
  /** From vocab.json and merges.txt, or from vocab.txt with added tokens. */
  | { kind: "MADE"; json: Settings }
  | { kind: "ATOMWISE"; vocabulary: string[] }
);

export async function readTokenizer(folder: string): Promise<TokenizerFiles> {
  const text = (name: string) => readText(folder, name);
  const config = parse("tokenizer_config.json", (await text("tokenizer_config.json")) ?? "{}");
  const map = parse("special_tokens_map.json", (await text("special_tokens_map.json")) ?? "{}");
  checkSettings("tokenizer_config.json", config);
  checkSettings("special_tokens_map.json", map);
  const added = addedTokens(parse("added_tokens.json", (await text("added_tokens.json")) ?? "{}"), config, map);

  const whole = await text("tokenizer.json");
  if (whole !== null) {
    const described = parse("tokenizer.json", whole);
    checkTokenizerJson(described);
    return { kind: "WHOLE", json: withAddedTokens(described, added), config, map };
  }
  const tokens = await text("vocab.json");
  const merges = await text("merges.txt");
  if (tokens !== null && merges !== null) {
    const vocabulary = parse("vocab.json", tokens) as Record<string, number>;
    const further = numbered(added, new Map(Object.entries(vocabulary)));
    const json = withNumbered(byteLevelJson(vocabulary, merges, further, config, map), further);
    return { kind: "MADE", json, config, map };
  }
  const lines = await text("vocab.txt");
  if (lines !== null) {
    const vocabulary = atomwiseLines(lines);
    const known = new Set(vocabulary);
    const further = added.filter(({ content }) => !known.has(content));
    if (further.length === 0) return { kind: "ATOMWISE", vocabulary, config, map };
    return { kind: "MADE", json: withAddedTokens(atomwiseJson(vocabulary), further), config, map };
  }
  throw new MaillardError(
    "CHECKPOINT_INVALID",
    "the folder has no tokenizer: it needs tokenizer.json, or vocab.json and merges.txt, or vocab.txt",
  );
}

function atomwiseLines(text: string): string[] {
  const vocabulary = limitedLines("vocab.txt", text.replace(/\r?\n$/, ""), "vocabulary");
  const continuation = vocabulary.find((token) => token.startsWith("##"));
  if (continuation === undefined) return vocabulary;
  throw new MaillardError(
    "CHECKPOINT_UNSUPPORTED",
    `vocab.txt has word pieces (${continuation}), which it does not say how to split: ` +
      "give tokenizer.json (transformers: tokenizer.save_pretrained)",
    { details: { file: "vocab.txt" } },
  );
}

/** The tokens by id if `writeTokenizer` could have written this file: the atom-wise tokenizer reads it faster. */
export function atomwiseVocabulary(tokenizerJson: Settings): string[] | null {
  const { model, pre_tokenizer } = tokenizerJson as {
    model?: { type?: string; vocab?: Record<string, number> };
    pre_tokenizer?: { pattern?: { Regex?: string } };
  };
  if (model?.type !== "WordLevel" || !model.vocab || pre_tokenizer?.pattern?.Regex !== ATOMWISE_PATTERN) return null;
  const vocabulary: string[] = [];
  for (const [token, id] of Object.entries(model.vocab)) vocabulary[id] = token;
  return canonical(atomwiseJson(vocabulary)) === canonical(tokenizerJson) ? vocabulary : null;
}

/** JSON with sorted keys; padding, truncation and decoder play no part in the ids. */
function canonical(value: Settings): string {
  const sorted = (_: string, item: unknown) =>
    item && typeof item === "object" && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item;
  return JSON.stringify({ ...value, padding: null, truncation: null, decoder: null }, sorted);
}

/** null: there is no such file. CHECKPOINT_INVALID: it is too large, which is known before it is read. */
async function readText(folder: string, name: string): Promise<string | null> {
  const path = join(folder, name);
  try {
    checkFileSize(name, (await stat(path)).size);
    const text = utf8(await readFile(path));
    if (text !== null) return text;
    throw new MaillardError("CHECKPOINT_INVALID", `${name} is not UTF-8: restore the file`, {
      details: { file: name },
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function parse(name: string, text: string): Settings {
  try {
    const value: unknown = JSON.parse(text);
    if (value && typeof value === "object" && !Array.isArray(value)) return value as Settings;
  } catch {
    // The error below reports it.
  }
  throw new MaillardError("CHECKPOINT_INVALID", `${name} is not a JSON object: restore the file`, {
    details: { file: name },
  });
}
