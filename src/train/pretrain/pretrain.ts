/**
 * Pretraining on a file of SMILES: from random weights, or from a model to continue, to a checkpoint in Hugging Face
 * layout. The model recovers masked tokens and, where `properties` is above 0, predicts from the pooled output what
 * chemistry computes about the molecule (properties/targets.ts); one graph has both losses.
 *
 * The weights are a pure function of the options: molecules are drawn epoch by epoch in a seeded order, masks depend on
 * (seed, step), other ways of writing a molecule on (seed, pass, molecule). The state (weights, moments, step, tokens
 * seen, place in the epoch) is written every few minutes, where the caller says (PretrainKeeper); a second call with
 * the same options resumes from it.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { MaillardError } from "../../errors.js";
import { loadCheckpoint, saveCheckpoint } from "../../model/checkpoint/checkpoint.js";
import { isPropertyParameter, withPropertyHeads } from "../../model/property-heads.js";
import type { Checkpoint } from "../../model/types.js";
import { epochOrder } from "../data/batches.js";
import { Corpus } from "../data/corpus.js";
import { maskTokens } from "../data/masking.js";
import { ADAMW_DEFAULTS, Trainer } from "../step/trainer.js";
import { countCorrect, maskedAccuracy } from "./masked-accuracy.js";
import { startOf } from "./pretrain-base.js";
import { PretrainFeed } from "./pretrain-feed.js";
import type { PretrainOptions, PretrainProgress, PretrainResult } from "./pretrain-options.js";
import { fileKeeper, type PretrainKeeper, pretrainIdentity } from "./pretrain-state.js";
import { MoleculeSource } from "./properties/molecules.js";
import { propertyScores } from "./properties/scores.js";
import { PROPERTY_HEADS, PropertyTargets } from "./properties/targets.js";
import { RecentSteps } from "./recent-steps.js";

export {
  PRETRAIN_DEFAULTS,
  type PretrainOptions,
  type PretrainProgress,
  type PretrainResult,
} from "./pretrain-options.js";

/** What a pretraining is given besides its options: nothing of it decides the weights, but for the device. */
export interface PretrainHooks {
  keeper: PretrainKeeper;
  /** File of what chemistry computed of the molecules. */
  cache: string;
  /** cpu, webgpu, cuda or cuda:<n>. Default cpu. */
  device?: string;
  /** Steps between two measurements on the held-out molecules; left out: at the end alone. */
  evalSteps?: number;
  /** `steps`: roughly how many there will be, because molecules differ in length. */
  onStart?(start: { step: number; steps: number }): Promise<void>;
  /** Every `logEvery` steps, and at the end. */
  onProgress(progress: PretrainProgress): Promise<void> | void;
  onValidation?(at: { step: number; epoch: number }, scores: PretrainResult["validation"]): Promise<void>;
  /** Called before every step; true: the state and the model are written now. */
  shouldStop(): boolean;
  /** The state was written because it should stop: may throw, and then there is no model. */
  onStopped?(): void;
}

/** On files alone, with the state beside the model. */
export async function pretrain(
  options: PretrainOptions,
  onProgress: (progress: PretrainProgress) => void = () => {},
  shouldStop: () => boolean = () => false,
): Promise<PretrainResult> {
  const state = join(options.output, "state");
  await mkdir(state, { recursive: true });
  const cache = join(state, "properties.bin");
  return pretrainWith(options, { keeper: fileKeeper(state), cache, onProgress, shouldStop });
}

export async function pretrainWith(options: PretrainOptions, hooks: PretrainHooks): Promise<PretrainResult> {
  const source =
    options.properties > 0 || options.randomSmiles > 0
      ? new MoleculeSource({ corpus: options.corpus, cache: hooks.cache })
      : null;
  try {
    return await run(options, source, hooks);
  } finally {
    await source?.close();
  }
}

async function run(
  options: PretrainOptions,
  source: MoleculeSource | null,
  hooks: PretrainHooks,
): Promise<PretrainResult> {
  const { keeper, evalSteps, device } = hooks;
  const { seed, threads, weightDecay, dropout } = options;
  const { tokenizer, checkpoint, maxLength } = await startOf(options);
  const corpus = await Corpus.read(options.corpus, tokenizer, maxLength);
  // The first molecules of a permutation of their own are held out; the order of the corpus file does not matter.
  const drawn = epochOrder(corpus.size, seed, VALIDATION_EPOCH);
  const validation = drawn.subarray(0, Math.min(options.validationMolecules, Math.floor(corpus.size / 10)));
  const training = drawn.subarray(validation.length);
  const identity = pretrainIdentity(options, corpus, options.base === null ? null : checkpoint);

  const targets =
    source && options.properties > 0 ? PropertyTargets.fit(await source.records(training.subarray(0, SAMPLE))) : null;
  const heads = targets ? PROPERTY_HEADS : [];
  const whole = targets ? withPropertyHeads(checkpoint, heads, targets.biases(), seed) : checkpoint;
  const settings = { seed, threads, weightDecay, gradientClip: 1, ...ADAMW_DEFAULTS, properties: heads, device };
  const config = {
    ...checkpoint.config,
    hiddenDropout: dropout,
    attentionDropout: dropout,
    classifierDropout: dropout,
  };
  const trainer = await Trainer.create({ ...whole, config }, settings);
  const position = await trainer.restore((arena) => keeper.resume(identity, arena));
  const perStep = (options.batchSize * corpus.tokens) / corpus.size;
  const left = Math.max(0, Math.ceil((options.tokens - position.tokensSeen) / perStep));
  await hooks.onStart?.({ step: position.step, steps: position.step + left });
  const feed = new PretrainFeed({ corpus, tokenizer, maxLength }, training, options, source, position);

  const unit = options.properties / PROPERTY_HEADS.length;
  const recent = new RecentSteps(options.tokens, position.recent);
  const molecules = Array.from(validation, (index) => corpus.molecule(index));
  const measured = (of: Trainer) => maskedAccuracy(of, tokenizer, molecules, options);
  const epoch = (): number => position.epoch + position.place / training.length;
  const save = async () => keeper.persist(identity, await trainer.numbers(), { ...position, recent: recent.state });
  while (position.tokensSeen < options.tokens && !hooks.shouldStop()) {
    const { sequences, records, after } = await feed.next();
    const step = position.step + 1;
    const batch = maskTokens(sequences, tokenizer, { probability: options.maskProbability, seed, step });
    const properties = targets?.batch(records, unit);
    const { loss, logits, properties: others } = await trainer.computeGradients({ ...batch, properties }, step);
    const total = others.reduce((sum, value) => sum + value, loss);
    if (!Number.isFinite(total))
      throw new MaillardError(
        "DIVERGED",
        `The loss at step ${step} is ${total}; lower the learning rate (${options.learningRate}).`,
      );
    const rate = learningRateAt(options, position.tokensSeen);
    await trainer.update(step, rate);
    const tokens = sequences.reduce((sum, ids) => sum + ids.length, 0);
    Object.assign(position, { step, tokensSeen: position.tokensSeen + tokens, ...after });
    recent.add({
      loss,
      properties: others.map((value) => value / unit),
      correct: countCorrect(logits, batch.labels),
      masked: batch.labels.length,
      tokens,
    });
    const isLast = position.tokensSeen >= options.tokens;
    if (isLast || step % options.logEvery === 0)
      await hooks.onProgress(recent.take({ ...position, epoch: epoch() }, rate));
    if (evalSteps && step % evalSteps === 0 && !isLast && molecules.length > 0)
      await hooks.onValidation?.({ step, epoch: epoch() }, await measured(trainer));
    if (step % options.checkpointEvery === 0) await save();
  }
  await save();
  if (position.tokensSeen < options.tokens) hooks.onStopped?.();
  const weights = new Map([...whole.weights, ...(await trainer.weights())]);
  const finished: Checkpoint = { ...checkpoint, weights, precision: "FLOAT32" };
  await saveCheckpoint(options.output, finished, { float16: true });
  await trainer.release();

  // Measured on the bytes that were written, rounded to float16; the property heads are in no file.
  const saved = await loadCheckpoint(options.output);
  const parameters = [...saved.weights.values()].reduce((sum, { data }) => sum + data.length, 0);
  const headWeights = [...weights].filter(([name]) => isPropertyParameter(name));
  const whatWasWritten = { ...saved, weights: new Map([...saved.weights, ...headWeights]) };
  const written = await Trainer.create(whatWasWritten, { ...settings, weightDecay: 0 });
  const result = await measured(written);
  if (molecules.length > 0) await hooks.onValidation?.({ step: position.step, epoch: epoch() }, result);
  const properties =
    source && targets
      ? await propertyScores(written, tokenizer, targets, {
          molecules,
          records: await source.records(validation),
          batchSize: options.batchSize,
        })
      : null;
  await written.release();
  return { step: position.step, tokensSeen: position.tokensSeen, validation: result, properties, parameters };
}

const VALIDATION_EPOCH = 0x7fffffff;
/** Training molecules from which means, deviations and shares of the properties are taken. */
const SAMPLE = 2048;

function learningRateAt({ learningRate, tokens, warmup }: PretrainOptions, seen: number): number {
  const done = seen / tokens;
  return learningRate * Math.min(1, (done + 1e-3 * warmup) / warmup) * Math.max(0, (1 - done) / (1 - warmup));
}
