/** The content of an experiment's report: all of it comes from answers of the API. */
import type { ServiceOption } from "../../train/options/table.js";
import type { ClassRules } from "../flags/training/split-flags.js";
import type {
  EvaluationPartsFragment,
  ExperimentRunQuery,
  OnOverlap,
  SeparationQuery,
  SplitStrategy,
  StartFinetuneInput,
} from "../generated/graphql.js";
import type { Baseline } from "./baseline.js";

export type Evaluation = EvaluationPartsFragment;
export type Separation = SeparationQuery["separation"];
/** Details of the scores on the test molecules; null fields where the run kept no answers. */
export type Behind = NonNullable<NonNullable<ExperimentRunQuery["run"]>["test"]>;

/** The options that the user gave. */
export interface ExperimentOptions {
  /** Name of the dataset on the server. */
  dataset: string;
  /** Label sets, in the order of the chapters. */
  targets: readonly string[];
  base: string;
  /** Folder of the report and its figures. */
  output: string;
  split: { strategy: SplitStrategy; column?: string };
  seed: number;
  /** Finetune each target a second time on the split of rows that was published, to see what it makes of the scores. */
  rowSplit: boolean;
  /** Figures as PNG too. */
  png?: boolean;
  /** Instead of the recipe's. */
  epochs?: number;
  /** Which classes are learned, where the published selection of a FooDB label set does not say (published.ts). */
  rules: ClassRules;
  /** Of the split that the user chose. */
  onOverlap?: OnOverlap;
}

/** Options of a finetune that are not left to the server; their order is a part of what names a run (requests.ts). */
export type RecipeSettings = { readonly [K in ServiceOption]?: StartFinetuneInput[K] };

/** How a finetune is trained; and why so. */
export interface Recipe {
  name: string;
  settings: RecipeSettings;
}

export interface Figure {
  /** File beside the report. */
  file: string;
  svg: string;
  /** Describes the figure in full: its caption and its alternative text. */
  caption: string;
}

interface Comparison {
  split: ExperimentOptions["split"];
  /** What the split is, and where it was published. */
  why: string;
  /** A text that says why there are no scores. */
  made: { run: string; test: Evaluation | null; fingerprints: Evaluation | null } | string;
}

export interface Chapter {
  target: string;
  /** Values of the label set, most frequent first. */
  counts: readonly { value: string; count: number }[];
  run: {
    name: string;
    id: string;
    model: string;
    seconds: number | null;
    warnings: readonly { code: string; message: string }[];
    splitSizes: readonly { split: string; count: number }[];
    environment: string;
  };
  validation: Evaluation | null;
  test: Evaluation | null;
  behind: Behind | null;
  /** A linear layer on fingerprints of the same molecules; words: why there is none; null: nothing is tested. */
  baseline: Baseline | string | null;
  /** The same finetune on another split, to compare with; null: not requested, or the same. */
  comparison: Comparison | null;
  /** On test molecules; words: why there is none; null: the target has no classes. */
  separation: Separation | string | null;
  /**
   * Share of the test molecules whose nearest neighbour in the drawn plane has their class; by the base model and by
   * the finetuned one.
   */
  neighbours: { before: number; after: number };
  figures: Record<"before" | "curves" | "after", Figure> &
    Record<"confusion" | "calibration" | "predictedTrue", Figure | null> & { mistakes: Figure[] };
}

export interface Experiment {
  dataset: { name: string; size: number; source: string };
  base: { name: string; task: string; family: string; layers: number; width: number; parameters: number };
  recipe: Recipe;
  options: ExperimentOptions;
  version: string;
  finishedAt: Date;
  chapters: Chapter[];
  /** Targets that have no chapter. `why`: what refused it; null: the experiment ended before it. */
  missing: readonly { target: string; why: string | null }[];
}
