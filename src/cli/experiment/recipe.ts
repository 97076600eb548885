/**
 * The default training settings of an experiment, chosen by the shape of the base model and never by the scores, and
 * their sentence in a report.
 */
import { defaultOf, rowOf, SERVICE_OPTIONS } from "../../train/options/table.js";
import { inWords } from "../output/option-words.js";
import type { Recipe, RecipeSettings } from "./types.js";

/** The notebook's: 5 epochs, batch 16, 2e-5, decay 0.01, AdamW, linear to 0; for checkpoints of ChemBERTa's size. */
const PUBLISHED = {
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
} as const satisfies Recipe;

/**
 * Small encoders learn at higher rates, and from several SMILES of a molecule; measured for the shipped base model, see
 * docs/results.md.
 */
const SMALL = {
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
} as const satisfies Recipe;

const PUBLISHED_WIDTH = 768;

export const recipeFor = ({ width }: { width: number }) => (width >= PUBLISHED_WIDTH ? PUBLISHED : SMALL);

/**
 * The settings in words, in the order of the table: 5 epochs, batch 16, … Others are named where they differ from their
 * defaults.
 */
export const recipeText = (settings: RecipeSettings): string =>
  SERVICE_OPTIONS.filter((name) => name !== "recipe")
    .flatMap((name) => {
      const { stated, phrase } = rowOf(name);
      const initial = defaultOf(name);
      const value = settings[name] ?? initial;
      return stated || value !== initial ? [inWords(name, value, phrase)] : [];
    })
    .join(", ");
