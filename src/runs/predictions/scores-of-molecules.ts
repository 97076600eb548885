/**
 * What a model says of molecules, before it is kept: probabilities or values in the order of its labels.
 *   checkpoint  token ids -> pool -> logits -> probabilities or values
 *   probe       token ids -> pool -> embeddings of its base model -> linear layer
 *               or SMILES -> fingerprints, or counts of environments -> linear layer
 *   ensemble    the mean of what its members say, weighted where it has weights
 * With several ways of writing a molecule each is asked, and the answers are averaged.
 */
import { fingerprintsOf, readableEnvironments } from "../../chem/fingerprints.js";
import { countVector, type SparseVector } from "../../chem/morgan/counts.js";
import type { Chemistry } from "../../chem/types.js";
import type { ComputePool, InferenceOutput, InferencePriority, ModelReference } from "../../compute/types.js";
import { MaillardError } from "../../errors.js";
import { bitsAsNumbers, type Probe, probeLogits, probeScores } from "../../model/probe.js";
import { scoresOf } from "../../model/scores.js";
import type { SequenceTask } from "../../model/types.js";
import { meanLogits } from "../../scores/logits.js";
import type { Floats } from "../../scores/types.js";
import { compositionOf } from "../../store/composition.js";
import type { Model } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import type { Tokenizer } from "../../tokenizer/types.js";
import { encodeAll } from "./encode.js";
import { probeOf } from "./probe-files.js";

/** Of the ways of writing that predict averages over: fixed, so that the same question has the same answer. */
const FORMS_SEED = 0;

/** Texts sent to the compute pool at once: its queue is for everybody, and refuses what is longer than itself. */
const PART = 1024;

/** What a checkpoint is found and asked with. */
export interface CheckpointParts {
  store: Store;
  compute: ComputePool;
  /** Folder of the checkpoint of a model. */
  modelReference(model: Model): ModelReference;
  tokenizer(model: Model): Promise<Tokenizer>;
}

export interface ScoringParts extends CheckpointParts {
  chemistry: Chemistry;
}

interface Options {
  /** Ways of writing each molecule, the canonical one among them. */
  forms: number;
  signal: AbortSignal;
  /** Texts sent to the compute pool at once. Default 1,024. */
  part?: number;
  /** True: logits instead; of several answers those of their mean (meanLogits). Default false. */
  raw?: boolean;
  /** Default INTERACTIVE. */
  priority?: InferencePriority;
}

/** [labels] for each SMILES, which are canonical; float64 of probes on numbers. NON_FINITE_OUTPUT is the caller's. */
export async function scoresOfMolecules(
  parts: ScoringParts,
  model: Model,
  smiles: readonly string[],
  options: Options,
): Promise<Floats[]> {
  const { forms, signal } = options;
  if (forms === 1) return scoresOfTexts(parts, model, smiles, options);
  const others = await parts.chemistry.randomForms(smiles, { seed: FORMS_SEED, count: forms - 1 }, signal);
  const texts = smiles.flatMap((text, index) => [text, ...others[index]]);
  const scores = await scoresOfTexts(parts, model, texts, options);
  return smiles.map((_, index) => meanOf(model, scores.slice(index * forms, (index + 1) * forms), options));
}

/** Float32 [labels] for each canonical SMILES; of a checkpoint or probe. */
export const logitsOfTexts = (
  parts: ScoringParts,
  model: Model,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<Floats[]> => scoresOfTexts(parts, model, texts, { forms: 1, signal, raw: true });

/** texts: of each molecule `forms`, its canonical SMILES first. */
async function scoresOfTexts(
  parts: ScoringParts,
  model: Model,
  texts: readonly string[],
  { forms, signal, part = PART, raw = false, priority }: Options,
): Promise<Floats[]> {
  const composed = await composedOf(parts, model);
  const answered = new Map<string, Promise<Float32Array[]>>();
  /** Probes on the embeddings of one model share them. */
  const infer = (of: Model, output: InferenceOutput): Promise<Float32Array[]> => {
    const key = `${of.id} ${output}`;
    const answer = answered.get(key) ?? inferParts(parts, of, output, texts, { part, signal, priority });
    answered.set(key, answer);
    return answer;
  };
  const ofProbe = raw ? probeLogits : probeScores;
  const answerOf = async (one: Model): Promise<Floats[]> => {
    const composition = compositionOf(one);
    switch (composition?.kind) {
      case undefined:
        return (await infer(one, "LOGITS")).map((values) =>
          raw ? values : scoresOf(one.task as SequenceTask, values),
        );
      case "PROBE": {
        const probe = await probeOf(parts.store, one);
        const vectors = await infer(composed.get(composition.base) as Model, composition.pooling);
        return vectors.map((vector) => ofProbe(probe, vector));
      }
      case "FINGERPRINT_PROBE": {
        const probe = await probeOf(parts.store, one);
        // However it is written, a molecule has one fingerprint, and one count of each environment.
        const molecules = texts.filter((_, index) => index % forms === 0);
        const vectors = await structuralVectors(parts.chemistry, probe, molecules, signal);
        const scores = vectors.map((vector) => ofProbe(probe, vector));
        return texts.map((_, index) => scores[Math.floor(index / forms)]);
      }
      case "ENSEMBLE": {
        // One member at a time: together they would fill the queue, and of one that fails the others would stay in it.
        const answers: Floats[][] = [];
        for (const member of composition.members) answers.push(await answerOf(composed.get(member) as Model));
        return texts.map((_, index) =>
          meanOf(
            one,
            answers.map((scores) => scores[index]),
            { raw, weights: composition.weights },
          ),
        );
      }
      default:
        throw composition satisfies never;
    }
  };
  return answerOf(model);
}

/** What a probe without a base model reads of these canonical SMILES. */
async function structuralVectors(
  chemistry: Chemistry,
  { environments }: Probe,
  molecules: readonly string[],
  signal: AbortSignal,
): Promise<(Uint8Array | SparseVector)[]> {
  if (!environments) return (await fingerprintsOf(chemistry, molecules, signal)).map(bitsAsNumbers);
  const made = await readableEnvironments(chemistry, molecules, environments.radius, signal);
  return made.map((own) => countVector(own, environments.ids));
}

async function inferParts(
  parts: ScoringParts,
  of: Model,
  output: InferenceOutput,
  texts: readonly string[],
  { part, signal, priority }: { part: number } & Pick<Options, "signal" | "priority">,
): Promise<Float32Array[]> {
  const tokenizer = await parts.tokenizer(of);
  const tokenIds = await encodeAll(tokenizer, texts, of.maxLength, signal);
  const request = { model: parts.modelReference(of), output, signal, priority };
  const outputs: Float32Array[] = [];
  for (let from = 0; from < tokenIds.length; from += part)
    outputs.push(...(await parts.compute.infer({ ...request, tokenIds: tokenIds.slice(from, from + part) })));
  return outputs;
}

type Rows = { store: Pick<Store, "prisma"> };

/**
 * Members of an ensemble and base models of probes, by id: two statements however many. CHECKPOINT_INVALID when one of
 * them is not there: the mean of fewer would be the answer of another model.
 */
export async function composedOf({ store }: Rows, model: Model): Promise<Map<string, Model>> {
  const composed = new Map<string, Model>();
  for (let owners = [model]; owners.length > 0; ) {
    const wanted = new Set(owners.flatMap(partIds).filter((id) => !composed.has(id)));
    owners = wanted.size === 0 ? [] : await store.prisma.model.findMany({ where: { id: { in: [...wanted] } } });
    for (const part of owners) composed.set(part.id, part);
    const missing = [...wanted].filter((id) => !composed.has(id)).length;
    if (missing > 0)
      throw new MaillardError(
        "CHECKPOINT_INVALID",
        `The ${compositionOf(model)?.kind === "ENSEMBLE" ? "ensemble" : "probe"} ${model.name} is made of ` +
          `${wanted.size} models, of which ${missing} are not there any more. Make it again.`,
        { param: "model", details: { model: model.name, models: wanted.size, missing } },
      );
  }
  return composed;
}

function partIds(model: Model): string[] {
  const composition = compositionOf(model);
  if (!composition) return [];
  if (composition.kind === "ENSEMBLE") return composition.members;
  return composition.kind === "PROBE" ? [composition.base] : [];
}

const meanOf = (
  { task }: Pick<Model, "task">,
  vectors: readonly Floats[],
  { raw = false, weights }: { raw?: boolean; weights?: readonly number[] },
): Floats => (raw ? meanLogits(task as SequenceTask, vectors, weights) : mean(vectors, weights));

/** @param weights of the vectors, sum 1; absent: all the same */
function mean(vectors: readonly Floats[], weights?: readonly number[]): Floats {
  const sum = new Float64Array(vectors[0].length);
  for (const [place, vector] of vectors.entries()) {
    const weight = weights?.[place] ?? 1;
    for (let i = 0; i < sum.length; i++) sum[i] += weight * vector[i];
  }
  const means = weights ? sum : sum.map((value) => value / vectors.length);
  return vectors.some((vector) => vector instanceof Float64Array) ? means : Float32Array.from(means);
}
