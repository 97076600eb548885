/** Rows of the option table: options of a finetune that the service resolves before the engine is asked. */
import type { OptionRow } from "./domain.js";

/** Which values the options have that are not named. */
export const RECIPE_ROWS = {
  recipe: {
    what: "Decides epochs, batch size, learning rate, warm-up and augmentation where they are not named.",
    engine: null,
    service: {
      type: "enum",
      values: {
        auto: "By the number of training molecules, the number of classes and the width of the base model.",
        published: "Those of the published notebooks: 5 epochs, batch 16, learning rate 2e-5, no warm-up.",
      },
      default: "auto",
    },
    unit: "name",
    huggingFace: null,
    flag: "--recipe <name>",
    reason:
      "The published one is for large checkpoints and thousands of molecules: of 50 molecules it learns nothing. " +
      "Measured on validation parts, see [recipes.md](recipes.md).",
  },
} as const satisfies Record<string, OptionRow>;

/** Which classes or labels are learned. Probes have them too. */
export const CLASS_ROWS = {
  minClassSize: {
    what: "Classes or labels with fewer molecules are left out, with a warning; not used by NUMBER targets.",
    engine: null,
    service: { type: "int", min: 1, default: 10 },
    unit: "molecules",
    huggingFace: null,
    flag: "--min-class-size <n>",
    reason: "Of fewer, a test split of a tenth may hold none.",
  },
  maxClassSize: {
    what: "Classes or labels with more molecules are left out, with a warning.",
    engine: null,
    service: { type: "int", min: 1, nullable: true, default: null, nullMeans: "none is" },
    unit: "molecules",
    huggingFace: null,
    flag: "--max-class-size <n>",
    reason: "The published analysis of FooDB leaves out its largest classes.",
  },
  topClasses: {
    what: "Only so many of the most frequent classes or labels that `minClassSize` and `maxClassSize` leave.",
    engine: null,
    service: { type: "int", min: 1, nullable: true, default: null, nullMeans: "all" },
    unit: "classes",
    huggingFace: null,
    flag: "--top-classes <n>",
    reason: "The published analysis of FooDB learns the seven or ten most frequent.",
  },
} as const satisfies Record<string, OptionRow>;

/** What the split does. Probes have it too. */
export const SPLIT_ROWS = {
  onOverlap: {
    what: "What is done with a molecule that the column of the split has in several splits; for COLUMN alone.",
    engine: null,
    service: {
      type: "enum",
      values: {
        error: "The run is refused: SPLIT_OVERLAP counts and names them.",
        dropFromTrain:
          "It leaves training, and validation where it is in the test too; the warning OVERLAP_DROPPED counts them.",
      },
      default: "error",
    },
    unit: "name",
    huggingFace: null,
    flag: "--on-overlap <what>",
    reason: "Scores of molecules that a model has learned say nothing of new ones; which rows are wrong, you know.",
  },
} as const satisfies Record<string, OptionRow>;

/** What is read of each molecule, and where the training runs. */
export const INPUT_ROWS = {
  maxLength: {
    what: "Longest input; longer molecules are cut.",
    engine: null,
    service: { type: "int", min: 3, max: 100_000, nullable: true, default: null, nullMeans: "the base model's limit" },
    unit: "tokens",
    huggingFace: null,
    flag: "--max-length <tokens>",
    reason: "At least one token beside start and end; at most what the model has positions for.",
  },
  augmentation: {
    what:
      "Ways of writing each training molecule (SMILES in another order of its atoms) besides the canonical one. " +
      "Each epoch draws one of them all. Made once and ahead, from `seed`.",
    engine: null,
    service: { type: "int", min: 0, max: 64, default: 0 },
    unit: "SMILES a molecule",
    huggingFace: null,
    flag: "--augmentation <n>",
    reason: "As the published recipe: the canonical SMILES only.",
    phrase: "{} other SMILES a molecule to draw from",
    byRecipe: true,
  },
  evaluationForms: {
    what:
      "Ways of writing a molecule of the validation or test split whose probabilities (of REGRESSION: values) are " +
      "averaged into its answer. 1: its canonical SMILES alone, which is what `predict` reads by default.",
    engine: null,
    service: { type: "int", min: 1, max: 32, default: 1 },
    unit: "SMILES a molecule",
    huggingFace: null,
    flag: "--evaluation-forms <n>",
    reason: "As the published recipe.",
    phrase: "scores averaged over {}",
  },
  device: {
    what: "Id of the device to train on.",
    engine: null,
    service: {
      type: "text",
      rule: "the id of a device",
      nullable: true,
      default: null,
      nullMeans: "the first that is READY",
    },
    unit: "id",
    huggingFace: null,
    flag: "--device <id>",
    reason: "The query `devices` lists them.",
  },
  randomInitialWeights: {
    what: "Starts from random weights instead: a control for what pretraining is worth.",
    engine: null,
    service: { type: "boolean", default: false },
    unit: "yes or no",
    huggingFace: null,
    flag: "--random-initial-weights",
    reason: "Off: the weights of the base model are what a finetune starts from.",
  },
} as const satisfies Record<string, OptionRow>;
