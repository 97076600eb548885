/** The sizes that are measured, what is estimated of each, and the terms whose factors are the constants. */
import {
  finetuneBytes,
  operationsOfMasked,
  operationsOfStep,
  operationsOfToken,
  pretrainingBytes,
  THREAD_SPEED,
} from "../../../src/train/estimate.js";
import { measureFinetune } from "./finetune.js";
import { measurePretraining } from "./pretraining.js";
import type { Outcome, Size } from "./sizes.js";

/** What each factor counts, by its name; the sum of terms x factors is what is estimated. */
type Terms = Record<string, number>;

export interface Kind {
  sizes: readonly Size[];
  measure(size: Size): Promise<Outcome>;
  estimate(size: Size, parameters: number): Pick<Outcome, "bytes" | "seconds">;
  terms(size: Size, parameters: number): { bytes: Terms; seconds: Terms };
}

const sizeOf = (shape: readonly number[]): Size => {
  const [layers, width, heads, batchSize, tokens, vocabulary, molecules] = shape;
  return {
    layers,
    width,
    heads,
    batchSize,
    tokens,
    ...(vocabulary ? { vocabulary } : {}),
    ...(molecules ? { molecules } : {}),
  };
};

/** layers, width, heads, batch, tokens */
const FINETUNES: readonly Size[] = [
  [1, 32, 2, 4, 16],
  [2, 64, 4, 8, 32],
  [2, 64, 4, 64, 128],
  [2, 128, 4, 16, 64],
  [4, 128, 8, 32, 64],
  [4, 128, 8, 8, 250],
  [3, 192, 6, 16, 100],
  [4, 256, 4, 8, 40],
  [4, 256, 4, 16, 80],
  [4, 256, 4, 32, 80],
  [4, 256, 4, 16, 200],
  [4, 256, 8, 16, 200],
  [6, 256, 8, 8, 100],
  [2, 384, 6, 16, 100],
  [6, 384, 12, 8, 100],
  [3, 384, 12, 16, 128],
  [4, 512, 8, 4, 64],
  [4, 512, 8, 16, 64],
  [3, 768, 12, 4, 64],
  [6, 768, 12, 4, 100],
].map(sizeOf);

/** The same, and the vocabulary of the model to go on from (0: none), and the molecules of the file (0: 11 steps). */
const PRETRAININGS: readonly Size[] = [
  [1, 32, 2, 4, 16, 0, 0],
  [2, 64, 4, 32, 40, 0, 0],
  [2, 64, 4, 128, 60, 0, 0],
  [2, 128, 4, 32, 64, 0, 200_000],
  [4, 128, 8, 64, 64, 0, 0],
  [4, 128, 8, 8, 250, 0, 0],
  [2, 128, 4, 32, 100, 20_000, 0],
  [4, 256, 4, 32, 40, 0, 0],
  [4, 256, 4, 32, 50, 0, 400_000],
  [4, 256, 4, 64, 80, 0, 0],
  [3, 256, 4, 32, 100, 5_000, 0],
  [4, 256, 8, 16, 200, 0, 0],
  [6, 256, 8, 8, 100, 0, 100_000],
  [2, 384, 6, 64, 60, 0, 0],
  [3, 384, 12, 16, 100, 50_000, 0],
  [6, 384, 12, 16, 100, 0, 0],
  [4, 512, 8, 8, 64, 0, 0],
  [4, 512, 8, 32, 64, 2_000, 0],
  [3, 768, 12, 8, 64, 0, 0],
  [6, 768, 12, 8, 100, 0, 0],
].map(sizeOf);

/** Of the options' default. */
const MASKED = 0.15;
/** Of chains of seven elements. */
const OWN_VOCABULARY = 15;

const common = ({ layers, width, heads, batchSize, tokens }: Size, parameters: number): Terms => ({
  base: 1,
  "number of the model": 4 * parameters,
  "kept of the width": 4 * batchSize * tokens * layers * width,
  "kept of a head": 4 * batchSize * tokens * layers * heads * tokens,
});

const pretrainingOf = (size: Size, parameters: number) => {
  const { batchSize, tokens, molecules = 11 * batchSize, vocabulary = OWN_VOCABULARY } = size;
  const batchTokens = batchSize * tokens;
  const of = { corpusTokens: molecules * tokens, vocabulary, maskedTokens: MASKED * batchTokens };
  return { ...size, parameters, batchTokens, ...of };
};

/** Of one step; `head`: operations over the vocabulary. */
const stepOf = ({ layers, width, batchSize, tokens }: Size, parameters: number, head = 0): Terms => ({
  operation: batchSize * tokens * 3 * layers * (24 * width * width + 4 * width * tokens) + head,
  "number of a layer": batchSize * tokens * layers * width,
  layer: layers,
  weight: parameters,
});

export const KINDS: Readonly<Record<string, Kind>> = {
  finetune: {
    sizes: FINETUNES,
    measure: measureFinetune,
    estimate(size, parameters) {
      const batchTokens = size.batchSize * size.tokens;
      const operations = batchTokens * operationsOfToken(size) + operationsOfStep({ ...size, parameters });
      return { bytes: finetuneBytes({ ...size, parameters, batchTokens }), seconds: operations / THREAD_SPEED };
    },
    terms: (size, parameters) => ({ bytes: common(size, parameters), seconds: stepOf(size, parameters) }),
  },
  pretrain: {
    sizes: PRETRAININGS,
    measure: measurePretraining,
    estimate(size, parameters) {
      const of = pretrainingOf(size, parameters);
      const tokens = of.batchTokens * operationsOfToken(size) + of.maskedTokens * operationsOfMasked(of);
      return { bytes: pretrainingBytes(of), seconds: (tokens + operationsOfStep(of)) / THREAD_SPEED };
    },
    terms(size, parameters) {
      const of = pretrainingOf(size, parameters);
      const file = { logit: 4 * of.maskedTokens * of.vocabulary, "token of the file": of.corpusTokens };
      return {
        bytes: { ...common(size, parameters), ...file },
        seconds: stepOf(size, parameters, of.maskedTokens * operationsOfMasked(of)),
      };
    },
  },
};
