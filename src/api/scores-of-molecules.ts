/**
 * What a model says of molecules, before it is kept: probabilities or values in the order of its labels.
 *   checkpoint  token ids -> pool -> logits -> probabilities or values
 *   probe       token ids -> pool -> embeddings of its base model -> linear layer
 *   ensemble    the mean of what its members say
 * With several ways of writing a molecule each is asked, and the answers are averaged.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PROBE_FILE, probeScores, readProbe } from "../model/probe.js";
import { scoresOf } from "../model/scores.js";
import type { SequenceTask } from "../model/types.js";
import { compositionOf } from "../store/composition.js";
import type { Model } from "../store/generated/client.js";
import type { Application } from "./application.js";

/** Of the ways of writing that predict averages over: fixed, so that the same question has the same answer. */
const FORMS_SEED = 0;

interface Options {
  /** Ways of writing each molecule, the canonical one among them. */
  forms: number;
  signal: AbortSignal;
}

/** Float32 [labels] for each SMILES, which are canonical. NON_FINITE_OUTPUT is for the caller to say. */
export async function scoresOfMolecules(
  application: Application,
  model: Model,
  smiles: readonly string[],
  { forms, signal }: Options,
): Promise<Float32Array[]> {
  if (forms === 1) return scoresOfTexts(application, model, smiles, signal);
  const others = await application.chemistry.randomForms(smiles, { seed: FORMS_SEED, count: forms - 1 }, signal);
  const texts = smiles.flatMap((text, index) => [text, ...others[index]]);
  const scores = await scoresOfTexts(application, model, texts, signal);
  return smiles.map((_, index) => mean(scores.slice(index * forms, (index + 1) * forms)));
}

async function scoresOfTexts(
  application: Application,
  model: Model,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<Float32Array[]> {
  const composition = compositionOf(model);
  const infer = async (of: Model, output: "LOGITS" | "CLS" | "MEAN") => {
    const tokenizer = await application.tokenizer(of);
    const tokenIds = texts.map((text) => tokenizer.encode(text, of.maxLength));
    return application.compute.infer({ model: application.modelReference(of), output, tokenIds, signal });
  };
  const { prisma } = application.store;
  switch (composition?.kind) {
    case undefined: {
      const logits = await infer(model, "LOGITS");
      return logits.map((values) => scoresOf(model.task as SequenceTask, values));
    }
    case "PROBE": {
      const base = await prisma.model.findUniqueOrThrow({ where: { id: composition.base } });
      const probe = readProbe(await readFile(join(application.store.artifacts.path(model.artifact), PROBE_FILE)));
      const vectors = await infer(base, composition.pooling);
      return vectors.map((vector) => probeScores(probe, vector));
    }
    case "ENSEMBLE": {
      const members = await prisma.model.findMany({ where: { id: { in: composition.members } } });
      const answers = await Promise.all(members.map((member) => scoresOfTexts(application, member, texts, signal)));
      return texts.map((_, index) => mean(answers.map((scores) => scores[index])));
    }
    default:
      throw composition satisfies never;
  }
}

function mean(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float64Array(vectors[0].length);
  for (const vector of vectors) for (let i = 0; i < sum.length; i++) sum[i] += vector[i];
  return Float32Array.from(sum, (value) => value / vectors.length);
}
