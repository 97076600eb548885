/** A pretraining of a few steps in this process, on molecules that are chains of one length. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { saveCheckpoint } from "../../../src/model/checkpoint/checkpoint.js";
import { initializeWeights } from "../../../src/model/initialize.js";
import { createAtomwiseTokenizer, TokenCounts, writeTokenizer } from "../../../src/tokenizer/index.js";
import { PRETRAIN_DEFAULTS, type PretrainOptions, pretrain } from "../../../src/train/pretrain/pretrain.js";
import { bertOf, type Outcome, type Size, STEPS } from "./sizes.js";

const ELEMENTS = "CNOSPFI";

export async function measurePretraining(size: Size): Promise<Outcome> {
  const { layers, width, heads, batchSize, tokens, molecules = 11 * batchSize, vocabulary } = size;
  const folder = mkdtempSync(join(tmpdir(), "maillard-bench-"));
  const corpus = join(folder, "corpus.smi");
  const chain = (at: number): string =>
    Array.from({ length: tokens - 2 }, (_, place) => ELEMENTS[(at * 31 + place * 7) % ELEMENTS.length]).join("");
  writeFileSync(corpus, Array.from({ length: molecules }, (_, at) => `${chain(at)}\n`).join(""));
  const options: PretrainOptions = {
    ...PRETRAIN_DEFAULTS,
    ...{ corpus, output: join(folder, "out"), tokens: STEPS * batchSize * tokens, batchSize },
    shape: { layers, width, heads, maxLength: 256 },
    ...{ validationMolecules: batchSize, threads: 1, logEvery: 1, checkpointEvery: 1_000 },
    base: vocabulary === undefined ? null : await baseOf(join(folder, "base"), size, vocabulary, chain(0)),
  };
  const stamps: number[] = [];
  const { parameters } = await pretrain(options, () => stamps.push(process.cpuUsage().user / 1e6));
  rmSync(folder, { recursive: true, force: true });
  const bytes = process.resourceUsage().maxRSS * 1_024;
  return { parameters, bytes, seconds: (stamps[STEPS - 1] - stamps[0]) / (STEPS - 1) };
}

/** A model of so many tokens, most of which no molecule has. */
async function baseOf(folder: string, size: Size, vocabulary: number, smiles: string): Promise<string> {
  mkdirSync(folder);
  const counts = new TokenCounts();
  counts.add(smiles);
  const known = counts.vocabulary();
  const tokens = [...known, ...Array.from({ length: vocabulary - known.length }, (_, at) => `[Xx${at}]`)];
  await writeTokenizer(folder, tokens);
  const { padId } = createAtomwiseTokenizer(tokens);
  await saveCheckpoint(folder, initializeWeights(bertOf(size, { vocabulary, padId }), "MASKED_LANGUAGE_MODEL", [], 1));
  return folder;
}
