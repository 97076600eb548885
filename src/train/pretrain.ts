/**
 * Masked-token pretraining on a file of SMILES: an encoder from random weights to a checkpoint in Hugging Face layout.
 *
 * The run is a pure function of its options: molecules are drawn epoch by epoch in a seeded order, masks depend on
 * (seed, step). The state (weights, moments, step, tokens seen, place in the epoch) is written every few minutes, and a
 * second call with the same options goes on from it after a kill -9.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { MaillardError } from "../errors.js";
import { loadCheckpoint, saveCheckpoint } from "../model/checkpoint.js";
import { initializeWeights } from "../model/initialize.js";
import type { Checkpoint, EncoderConfig } from "../model/types.js";
import { buildVocabulary, createAtomwiseTokenizer, writeTokenizer } from "../tokenizer/index.js";
import { epochOrder, groupByLength } from "./batches.js";
import { readTrainingState, writeTrainingState } from "./checkpoint.js";
import { Corpus, readLines } from "./corpus.js";
import { countCorrect, maskedAccuracy } from "./masked-accuracy.js";
import { maskTokens } from "./masking.js";
import type { PretrainOptions, PretrainProgress, PretrainResult } from "./pretrain-options.js";
import { ADAMW_DEFAULTS, Trainer } from "./trainer.js";

export {
  PRETRAIN_DEFAULTS,
  type PretrainOptions,
  type PretrainProgress,
  type PretrainResult,
} from "./pretrain-options.js";

interface Position {
  step: number;
  tokensSeen: number;
  epoch: number;
  /** Molecules of this epoch done. */
  place: number;
}

export async function pretrain(
  options: PretrainOptions,
  onProgress: (progress: PretrainProgress) => void = () => {},
  shouldStop: () => boolean = () => false,
): Promise<PretrainResult> {
  await mkdir(join(options.output, "state"), { recursive: true });
  const vocabulary = buildVocabulary(await collect(readLines(options.corpus)), {});
  await writeTokenizer(options.output, vocabulary);
  const tokenizer = createAtomwiseTokenizer(vocabulary);
  const corpus = await Corpus.read(options.corpus, tokenizer, options.shape.maxLength);
  const config = encoderConfig(options, vocabulary.length, tokenizer.padId);
  const checkpoint = initializeWeights(
    { ...config, hiddenDropout: options.dropout, attentionDropout: options.dropout },
    "MASKED_LANGUAGE_MODEL",
    [],
    options.seed,
  );
  const { seed, threads, weightDecay } = options;
  const settings = { seed, threads, weightDecay, gradientClip: 1, ...ADAMW_DEFAULTS };
  const trainer = await Trainer.create(checkpoint, settings);
  // The first molecules of a permutation of their own are kept aside; the corpus file's order does not matter.
  const drawn = epochOrder(corpus.size, options.seed, VALIDATION_EPOCH);
  const validation = drawn.subarray(0, Math.min(options.validationMolecules, Math.floor(corpus.size / 10)));
  const training = drawn.subarray(validation.length);
  const identity = createHash("sha256")
    .update(
      JSON.stringify({
        ...options,
        output: "",
        threads: 0,
        logEvery: 0,
        checkpointEvery: 0,
        corpus: [corpus.size, corpus.tokens],
      }),
    )
    .digest("hex");

  const position = await resume(options.output, identity, trainer);
  const epochBatches = (epoch: number): Int32Array =>
    groupByLength(epochOrder(training.length, options.seed, epoch), (index) => corpus.length(training[index]), {
      ...options,
      epoch,
    });
  let order = epochBatches(position.epoch);
  const recent = { loss: 0, correct: 0, masked: 0, steps: 0, tokens: 0, since: performance.now() };
  while (position.tokensSeen < options.tokens && !shouldStop()) {
    if (position.place >= training.length) {
      position.epoch++;
      position.place = 0;
      order = epochBatches(position.epoch);
    }
    const chosen = order.subarray(position.place, position.place + options.batchSize);
    const sequences = Array.from(chosen, (index) => corpus.molecule(training[index]));
    const step = position.step + 1;
    const batch = maskTokens(sequences, tokenizer, { probability: options.maskProbability, seed: options.seed, step });
    const { loss, logits } = await trainer.computeGradients(batch, step);
    if (!Number.isFinite(loss))
      throw new MaillardError(
        "DIVERGED",
        `The loss at step ${step} is ${loss}; lower the learning rate (${options.learningRate}).`,
      );
    const rate = learningRateAt(options, position.tokensSeen);
    trainer.update(step, rate);
    position.step = step;
    position.place += chosen.length;
    const tokens = sequences.reduce((sum, ids) => sum + ids.length, 0);
    position.tokensSeen += tokens;
    recent.loss += loss;
    recent.correct += countCorrect(logits, batch.labels);
    recent.masked += batch.labels.length;
    recent.steps++;
    recent.tokens += tokens;
    if (step % options.logEvery === 0) {
      const tokensPerSecond = recent.tokens / ((performance.now() - recent.since) / 1000);
      onProgress({
        step,
        tokensSeen: position.tokensSeen,
        tokens: options.tokens,
        loss: recent.loss / recent.steps,
        accuracy: recent.correct / recent.masked,
        learningRate: rate,
        tokensPerSecond,
        secondsLeft: (options.tokens - position.tokensSeen) / tokensPerSecond,
      });
      Object.assign(recent, { loss: 0, correct: 0, masked: 0, steps: 0, tokens: 0, since: performance.now() });
    }
    if (step % options.checkpointEvery === 0) await persist(options, identity, trainer, position);
  }
  await persist(options, identity, trainer, position);
  const finished: Checkpoint = { config, task: "MASKED_LANGUAGE_MODEL", labels: [], weights: trainer.weights() };
  await saveCheckpoint(options.output, finished, { float16: true });
  const parameters = [...finished.weights.values()].reduce((sum, { data }) => sum + data.length, 0);
  await trainer.release();
  // Measured on the bytes that were written, rounded to float16 as they are.
  const written = await Trainer.create(await loadCheckpoint(options.output), { ...settings, weightDecay: 0 });
  const molecules = Array.from(validation, (index) => corpus.molecule(index));
  const result = await maskedAccuracy(written, tokenizer, molecules, options);
  await written.release();
  return { step: position.step, tokensSeen: position.tokensSeen, validation: result, parameters };
}

const VALIDATION_EPOCH = 0x7fffffff;

function encoderConfig({ shape }: PretrainOptions, vocabularySize: number, padId: number): EncoderConfig {
  return {
    family: "bert",
    vocabularySize,
    width: shape.width,
    layers: shape.layers,
    heads: shape.heads,
    intermediateWidth: 4 * shape.width,
    positions: shape.maxLength,
    typeVocabularySize: 2,
    padId,
    activation: "gelu",
    layerNormEpsilon: 1e-12,
    hiddenDropout: 0.1,
    attentionDropout: 0.1,
    classifierDropout: null,
    initializerRange: 0.02,
  };
}

function learningRateAt({ learningRate, tokens, warmup }: PretrainOptions, seen: number): number {
  const done = seen / tokens;
  return learningRate * Math.min(1, (done + 1e-3 * warmup) / warmup) * Math.max(0, (1 - done) / (1 - warmup));
}

async function resume(output: string, identity: string, trainer: Trainer): Promise<Position> {
  const folder = join(output, "state");
  const steps = (await readdir(folder))
    .map((name) => Number(/^step-(\d+)$/.exec(name)?.[1] ?? -1))
    .filter((step) => step >= 0);
  for (const step of steps.sort((a, b) => b - a)) {
    try {
      const state = await readTrainingState(join(folder, `step-${step}`), trainer.arena);
      if (state.identity !== identity) {
        throw new MaillardError(
          "CONFLICT",
          `${folder} belongs to a run with other options or another corpus; choose another output folder or delete it.`,
        );
      }
      return state.position as unknown as Position;
    } catch (error) {
      if (MaillardError.from(error).code !== "CHECKPOINT_INVALID") throw error; // a torn one: the one before it serves
    }
  }
  return { step: 0, tokensSeen: 0, epoch: 0, place: 0 };
}

/** Keeps the last two states. */
async function persist(
  options: PretrainOptions,
  identity: string,
  trainer: Trainer,
  position: Position,
): Promise<void> {
  const folder = join(options.output, "state");
  await writeTrainingState(join(folder, `step-${position.step}`), trainer.arena, {
    identity,
    position: { ...position },
  });
  const steps = (await readdir(folder))
    .map((name) => Number(/^step-(\d+)$/.exec(name)?.[1] ?? -1))
    .filter((step) => step >= 0);
  for (const step of steps.sort((a, b) => b - a).slice(2)) await rm(join(folder, `step-${step}`), { recursive: true });
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}
