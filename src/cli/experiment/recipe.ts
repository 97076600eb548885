/** The default options of an experiment, by the shape of the base model, never by its results. */
import type { Recipe } from "./types.js";

/** The notebook's: 5 epochs, batch 16, 2e-5, decay 0.01, AdamW, linear to 0; for checkpoints of ChemBERTa's size. */
const PUBLISHED: Recipe = {
  name: "the published recipe (checkpoints of 768 and wider)",
  settings: {
    epochs: 5,
    batchSize: 16,
    learningRate: 2e-5,
    weightDecay: 0.01,
    warmupRatio: 0,
    augmentation: 0,
    evaluationForms: 1,
  },
};

/**
 * Small encoders learn at higher rates, and from several SMILES of a molecule; measured for the shipped base model, see
 * docs/results.md.
 */
const SMALL: Recipe = {
  name: "the recipe measured for the shipped base model (docs/results.md)",
  settings: {
    epochs: 8,
    batchSize: 32,
    learningRate: 4e-4,
    weightDecay: 0.01,
    warmupRatio: 0.05,
    augmentation: 4,
    evaluationForms: 8,
  },
};

const PUBLISHED_WIDTH = 768;

export const recipeFor = ({ width }: { width: number }): Recipe => (width >= PUBLISHED_WIDTH ? PUBLISHED : SMALL);
