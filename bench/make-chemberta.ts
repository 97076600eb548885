/**
 * A checkpoint of the shape of seyonec/PubChem10M_SMILES_BPE_450k with random weights: RoBERTa, 6 layers of 768, 12
 * heads, 3,072 intermediate, 52,000 byte-level BPE tokens, 514 positions, masked-token head (83.5 M parameters, 334
 * MB). The merges are learned from SMILES made by a grammar, so that it tokenizes SMILES into pieces as the real one
 * does; the rest of the 52,000 entries are merges of those pieces. The same call writes the same bytes.
 *
 *   node --import tsx bench/make-chemberta.ts <folder> [--layers 6] [--width 768]
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { saveCheckpoint } from "../src/model/checkpoint/checkpoint.js";
import { initializeWeights } from "../src/model/initialize.js";
import type { EncoderConfig } from "../src/model/types.js";

const VOCABULARY = 52_000;
const SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];
/** Merges learned by counting; those after them only fill the vocabulary. */
const LEARNED_MERGES = 500;

const CONFIG: EncoderConfig = {
  family: "roberta",
  vocabularySize: VOCABULARY,
  width: 768,
  layers: 6,
  heads: 12,
  intermediateWidth: 3072,
  positions: 514,
  typeVocabularySize: 1,
  padId: 1,
  activation: "gelu",
  layerNormEpsilon: 1e-12,
  hiddenDropout: 0.1,
  attentionDropout: 0.1,
  classifierDropout: null,
  initializerRange: 0.02,
};

export async function makeChemberta(
  folder: string,
  shape: Partial<Pick<EncoderConfig, "layers" | "width" | "heads" | "intermediateWidth">> = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { vocabulary, merges } = byteLevelTokens();
  await writeFile(
    join(folder, "vocab.json"),
    JSON.stringify(Object.fromEntries(vocabulary.map((token, id) => [token, id]))),
  );
  await writeFile(join(folder, "merges.txt"), `#version: 0.2\n${merges.map((pair) => pair.join(" ")).join("\n")}\n`);
  const roles = {
    bos_token: "<s>",
    eos_token: "</s>",
    unk_token: "<unk>",
    sep_token: "</s>",
    pad_token: "<pad>",
    cls_token: "<s>",
    mask_token: "<mask>",
  };
  await writeFile(join(folder, "special_tokens_map.json"), JSON.stringify(roles));
  await writeFile(
    join(folder, "tokenizer_config.json"),
    JSON.stringify({ ...roles, tokenizer_class: "RobertaTokenizer", add_prefix_space: false, model_max_length: 512 }),
  );
  await saveCheckpoint(folder, initializeWeights({ ...CONFIG, ...shape }, "MASKED_LANGUAGE_MODEL", [], 42));
}

/** Special tokens, the 256 bytes, then one token per merge: as the tokenizers library numbers them. */
function byteLevelTokens(): { vocabulary: string[]; merges: [string, string][] } {
  const vocabulary = [...SPECIAL, ...byteAlphabet()];
  const known = new Set(vocabulary);
  const merges: [string, string][] = [];
  const add = (left: string, right: string) => {
    if (known.has(left + right) || vocabulary.length >= VOCABULARY) return;
    known.add(left + right);
    vocabulary.push(left + right);
    merges.push([left, right]);
  };
  const learned = learnMerges(grammarSmiles(2_000), LEARNED_MERGES);
  for (const [left, right] of learned) add(left, right);
  const pieces = learned.map((pair) => pair.join(""));
  for (let span = 1; vocabulary.length < VOCABULARY && span < pieces.length; span++) {
    for (let i = 0; i + span < pieces.length; i++) {
      add(pieces[i], pieces[i + span]);
      add(pieces[i + span], pieces[i]);
    }
  }
  return { vocabulary, merges };
}

/** GPT-2's printable characters for the 256 bytes, in the order of its vocabulary. */
function byteAlphabet(): string[] {
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const printable = [...range(0x21, 0x7e), ...range(0xa1, 0xac), ...range(0xae, 0xff)];
  const others = range(0, 255).filter((byte) => !printable.includes(byte));
  return [...printable, ...others.map((_, i) => 256 + i)].map((code) => String.fromCodePoint(code));
}

/** Learning of byte-pair encoding: the most frequent pair becomes one token, repeatedly; ties in text order. */
function learnMerges(words: readonly string[], count: number): [string, string][] {
  const texts = words.map((word) => [...word]);
  const merges: [string, string][] = [];
  while (merges.length < count) {
    const frequency = new Map<string, number>();
    for (const text of texts) {
      for (let i = 1; i < text.length; i++) {
        const pair = `${text[i - 1]} ${text[i]}`;
        frequency.set(pair, (frequency.get(pair) ?? 0) + 1);
      }
    }
    const [best] = [...frequency].reduce((a, b) => (b[1] > a[1] || (b[1] === a[1] && b[0] < a[0]) ? b : a), ["", 0]);
    if (!best) break;
    const [left, right] = best.split(" ");
    merges.push([left, right]);
    for (const text of texts) {
      for (let i = 1; i < text.length; i++)
        if (text[i - 1] === left && text[i] === right) text.splice(i - 1, 2, left + right);
    }
  }
  return merges;
}

/**
 * Words of SMILES as the GPT-2 splitter cuts them (runs of letters, of digits, of other signs), from chains, rings and
 * groups.
 */
function grammarSmiles(molecules: number): string[] {
  let state = 42;
  const pick = <T>(items: readonly T[]): T => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return items[Math.floor((state / 2 ** 32) * items.length)];
  };
  const chain = [
    "C",
    "C",
    "CC",
    "CCC",
    "C(C)",
    "C(=O)",
    "N",
    "O",
    "S",
    "C=C",
    "CCCC",
    "[C@H](O)",
    "[C@@H](C)",
    "OC",
    "C(=O)N",
    "C(F)",
  ];
  const ring = [
    "c1ccccc1",
    "C1CCCCC1",
    "c1ccncc1",
    "c1ccc(O)cc1",
    "C1CCNCC1",
    "c1ccc(Cl)cc1",
    "n1ccnc1",
    "c1ccc2ccccc2c1",
    "C1CCOC1",
  ];
  const end = ["C", "O", "N", "C(=O)O", "C#N", "Br", "C(F)(F)F", "OC", "S(N)(=O)=O", "[N+](=O)[O-]"];
  return Array.from({ length: molecules }, () => {
    const body = Array.from({ length: pick([1, 2, 3, 4, 5]) }, () => pick([chain, chain, ring])).map(pick);
    return body.join("") + pick(end);
  }).flatMap((smiles) => smiles.match(/[A-Za-z]+|[0-9]+|[^A-Za-z0-9]+/g) ?? []);
}

if (process.argv[1] && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { layers: { type: "string" }, width: { type: "string" } },
  });
  if (positionals.length !== 1) throw new Error("Name one folder: node --import tsx bench/make-chemberta.ts <folder>");
  const shape = {
    ...(values.layers && { layers: Number(values.layers) }),
    ...(values.width && { width: Number(values.width) }),
  };
  await makeChemberta(positionals[0], shape);
}
