/**
 * What bench/finetune.ts measures: models with random weights and batches drawn once, written to a folder that every
 * arm reads. Lengths are those of molecules of ../shared/data under our atom-wise tokenizer; their tokens are mapped
 * into the model's vocabulary. The same call writes the same bytes.
 */
import { createReadStream, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { parse } from "csv-parse/sync";
import { saveCheckpoint } from "../../src/model/checkpoint/checkpoint.js";
import { initializeWeights } from "../../src/model/initialize.js";
import { Philox } from "../../src/model/philox-stream.js";
import type { EncoderConfig } from "../../src/model/types.js";
import { splitAtomwise } from "../../src/tokenizer/pattern.js";

/** What all arms read: batch.json beside the checkpoint. */
export interface CaseFile {
  name: string;
  steps: number;
  warmup: number;
  batchSize: number;
  learningRate: number;
  weightDecay: number;
  padId: number;
  /**
   * -1: a low-rank adaptation of rank 8 on query and value; else that many layers, and the embeddings if any, are
   * frozen.
   */
  frozenLayers: number;
  /** Of the model; 0 in the check of losses. */
  dropout: number;
  /** Class of each sequence; or, in pretraining, the hidden token at each position, -100 where none. */
  batches: { sequences: number[][]; labels: (number | number[])[] }[];
}

const SHAPE = { family: "roberta", typeVocabularySize: 1, padId: 1, positions: 514, vocabularySize: 52_000 } as const;
const COMMON = {
  activation: "gelu",
  layerNormEpsilon: 1e-12,
  classifierDropout: null,
  initializerRange: 0.02,
} as const;
const DROPOUT = { hiddenDropout: 0.1, attentionDropout: 0.1 };
export const MODELS: Record<"ChemBERTa" | "base", EncoderConfig> = {
  ChemBERTa: { ...SHAPE, ...COMMON, ...DROPOUT, width: 768, layers: 6, heads: 12, intermediateWidth: 3072 },
  base: {
    family: "bert",
    typeVocabularySize: 2,
    padId: 0,
    positions: 256,
    vocabularySize: 181,
    ...COMMON,
    ...DROPOUT,
    width: 256,
    layers: 4,
    heads: 4,
    intermediateWidth: 1024,
  },
};
export type ModelName = keyof typeof MODELS;
export type DataName = "superclass" | "odor" | "pretraining";

export interface Case {
  model: ModelName;
  data: DataName;
  steps: number;
  batchSize?: number;
  frozenLayers?: number;
  dropout?: number;
}

const CLASSES = 20;
const MAX_LENGTH = 256;
const STREAM = 0x62656e63;

/** Writes checkpoint and batches into `folder`. */
export async function writeCase(folder: string, shared: string, given: Case, warmup: number): Promise<CaseFile> {
  const { model, data, steps, batchSize = 16, frozenLayers = 0, dropout = 0.1 } = given;
  const config = { ...MODELS[model], hiddenDropout: dropout, attentionDropout: dropout };
  const pretrains = data === "pretraining";
  const labels = pretrains ? [] : Array.from({ length: CLASSES }, (_, i) => `class ${i}`);
  const task = pretrains ? "MASKED_LANGUAGE_MODEL" : "SINGLE_LABEL";
  await saveCheckpoint(folder, initializeWeights(config, task, labels, 42));
  const molecules = pretrains ? await corpus(join(shared, "pretrain_corpus.smi.gz")) : table(shared, data);
  const random = new Philox(42, STREAM);
  random.shuffle(molecules);
  const ids = new Map<string, number>();
  const idOf = (token: string) => {
    const known = ids.get(token) ?? 5 + ((ids.size * 7919) % (config.vocabularySize - 5));
    ids.set(token, known);
    return known;
  };
  const batches = Array.from({ length: warmup + steps }, (_, batch) => {
    const chosen = molecules.slice(batch * batchSize, (batch + 1) * batchSize);
    const sequences = chosen.map(({ smiles }) => [
      0,
      ...splitAtomwise(smiles)
        .slice(0, MAX_LENGTH - 2)
        .map(idOf),
      2,
    ]);
    if (!pretrains) return { sequences, labels: chosen.map(({ label }) => label) };
    const hidden = sequences.map((tokens) =>
      tokens.map((token, i) => (i > 0 && i < tokens.length - 1 && random.uniform() < 0.15 ? token : -100)),
    );
    return { sequences: sequences.map((s, n) => s.map((id, i) => (hidden[n][i] < 0 ? id : 4))), labels: hidden };
  });
  const file: CaseFile = {
    name: `${model}, ${data}`,
    steps,
    warmup,
    batchSize,
    frozenLayers,
    dropout,
    batches,
    padId: config.padId,
    learningRate: 5e-5,
    weightDecay: 0.01,
  };
  await writeFile(join(folder, "batches.json"), JSON.stringify(file));
  return file;
}

type Molecule = { smiles: string; label: number };

/** The most frequent answers are the classes; the rest share the last one. */
function table(shared: string, name: "superclass" | "odor"): Molecule[] {
  const rows: Record<string, string>[] = parse(readFileSync(join(shared, `${name}.csv`)), { columns: true });
  const answer = (row: Record<string, string>) => row.superclass ?? row.odors.split("|")[0];
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(answer(row), (counts.get(answer(row)) ?? 0) + 1);
  const frequent = [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => value);
  return rows.map((row) => ({ smiles: row.smiles, label: Math.min(CLASSES - 1, frequent.indexOf(answer(row))) }));
}

async function corpus(path: string): Promise<Molecule[]> {
  const molecules: Molecule[] = [];
  for await (const line of createInterface({ input: createReadStream(path).pipe(createGunzip()) })) {
    if (line) molecules.push({ smiles: line.split(/\s/, 1)[0], label: 0 });
    if (molecules.length === 50_000) break;
  }
  return molecules;
}
