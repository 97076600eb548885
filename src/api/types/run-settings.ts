/** What a run was asked, with every default written out, and on what it ran. */
import { createUnionType, Field, Float, ID, Int, ObjectType } from "type-graphql";
import { LABEL_OPTIONS, SERVICE_OPTIONS, type ServiceOption } from "../../train/options/table.js";
import { PRETRAIN_ORDER_ROWS, type PretrainOrderOptions } from "../../train/pretrain/pretrain-options.js";
import { Pooling, ProbeFeatures, ProjectionMethod, RunKind, Split, SplitStrategy } from "./enums.js";
import { withRowOptions, withSettings } from "./inputs/option-fields.js";
import { ImportSettings } from "./run-import.js";

@ObjectType("FoldSettings", { description: "The fold that tests, in a group of runs by folds." })
export class FoldSettings {
  @Field(() => Int, { description: "This one, from 0." })
  index!: number;

  @Field(() => Int, { description: "Number of folds." })
  count!: number;
}

@ObjectType("SplitSettings", { description: "How molecules were dealt to training, validation and test." })
export class SplitSettings {
  @Field(() => SplitStrategy, { description: "The rule." })
  strategy!: SplitStrategy;

  @Field(() => [Float], { description: "Shares of training, validation and test. Not used by COLUMN and by folds." })
  fractions!: number[];

  @Field(() => String, {
    nullable: true,
    description: "COLUMN: label set that holds the splits. ROW: the one whose labels make the rows, or null.",
  })
  column!: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "Seed of the split, of a run of a group; null: `seed` of the run.",
  })
  seed!: number | null;

  @Field(() => FoldSettings, { nullable: true, description: "The fold that tests; null but in a group by folds." })
  fold!: FoldSettings | null;
}

@ObjectType()
abstract class LearningSettings {
  @Field(() => String, { description: "Name of the run, which its model was to get." })
  name!: string;

  @Field(() => String, { description: "Name of the model it starts from, as it was then." })
  baseModel!: string;

  @Field(() => String, { description: "Name of the dataset, as it was then." })
  dataset!: string;

  @Field(() => [String], { description: "Label sets that are learned." })
  targets!: string[];

  @Field(() => SplitSettings, { description: "How molecules were dealt to splits." })
  split!: SplitSettings;
}

@ObjectType("RecipeChoice", { description: "What the recipe AUTO decided, and from what." })
class RecipeChoice {
  @Field(() => [String], {
    description: "Fields of FinetuneSettings that it decided, which have what it chose; the others were named.",
  })
  options!: string[];

  @Field(() => Int, { description: "Training molecules; of a group, those of its first run." })
  molecules!: number;

  @Field(() => Int, { description: "Classes, labels or targets that are learned." })
  classes!: number;
}

@ObjectType("FinetuneSettings", { description: "What a finetune was asked: StartFinetuneInput with every default." })
export class FinetuneSettings extends withSettings(LearningSettings, SERVICE_OPTIONS) {
  @Field(() => RecipeChoice, {
    nullable: true,
    description:
      "What `recipe` AUTO decided; null of PUBLISHED, where every option was named, and of runs of versions without " +
      "recipes.",
  })
  recipeChoice!: RecipeChoice | null;
}

const PROBE_OPTIONS: (ServiceOption & ((typeof LABEL_OPTIONS)[number] | "seed" | "classWeights"))[] = [
  ...LABEL_OPTIONS,
  "seed",
  "classWeights",
];

@ObjectType("ProbeSettings", { description: "What a linear probe was asked: StartProbeInput with every default." })
class ProbeSettings extends withSettings(LearningSettings, PROBE_OPTIONS) {
  @Field(() => ProbeFeatures, { description: "What the layer stands on." })
  features!: ProbeFeatures;

  @Field(() => Pooling, { description: "Which embeddings; only used by EMBEDDING." })
  pooling!: Pooling;

  @Field(() => [Float], { description: "C, the inverse of the regularisation; of several the validation split chose." })
  inverseRegularization!: number[];
}

@ObjectType("EmbeddingSettings", {
  description: "What an embedding was asked: StartEmbeddingInput with every default.",
})
class EmbeddingSettings {
  @Field(() => String, { description: "Name of the model, as it was then." })
  model!: string;

  @Field(() => String, { description: "Name of the dataset, as it was then." })
  dataset!: string;

  @Field(() => Pooling, { description: "How a hidden layer becomes one vector." })
  pooling!: Pooling;

  @Field(() => Int, { nullable: true, description: "Hidden layer; null: the last." })
  layer!: number | null;
}

@ObjectType()
abstract class AnsweringSettings {
  @Field(() => String, { description: "Name of the model, as it was then." })
  model!: string;

  @Field(() => String, { description: "Name of the dataset, as it was then." })
  dataset!: string;

  @Field(() => Int, { description: "Ways of writing each molecule whose answers are averaged." })
  averageOver!: number;
}

@ObjectType("MapSettings", { description: "MapInput with every default; not used by PCA." })
class MapSettings {
  @Field(() => Int, { description: "The same seed gives the same map." })
  seed!: number;

  @Field(() => Float, { description: "TSNE: effective number of neighbours." })
  perplexity!: number;

  @Field(() => Int, { description: "UMAP: neighbours of each molecule in its graph." })
  neighbours!: number;

  @Field(() => Float, { description: "UMAP: least distance of points in the map." })
  minDist!: number;

  @Field(() => Int, { nullable: true, description: "Steps; null: 1,000 for TSNE, 300 for UMAP." })
  iterations!: number | null;

  @Field(() => Int, { nullable: true, description: "Molecules at most; null: as many as the method takes." })
  sample!: number | null;
}

@ObjectType("ProjectionSettings", {
  description: "What a projection run was asked: StartProjectionInput with every default.",
})
export class ProjectionSettings {
  @Field(() => String, { description: "Name of the model, as it was then." })
  model!: string;

  @Field(() => String, { description: "Name of the dataset, as it was then." })
  dataset!: string;

  @Field(() => ProjectionMethod, { description: "How vectors become coordinates." })
  method!: ProjectionMethod;

  @Field(() => Int, { description: "Number of coordinates." })
  components!: number;

  @Field(() => Pooling, { description: "Which embeddings." })
  pooling!: Pooling;

  @Field(() => Int, { nullable: true, description: "Hidden layer; null: the last." })
  layer!: number | null;

  @Field(() => Boolean, { description: "PCA: coordinates of variance 1." })
  whiten!: boolean;

  @Field(() => MapSettings, { description: "Options of TSNE and UMAP." })
  map!: MapSettings;

  @Field(() => ID, { nullable: true, description: "The run that deals molecules to splits; null: none." })
  run!: string | null;

  @Field(() => [Split], { nullable: true, description: "Splits that are shown; null: all." })
  split!: Split[] | null;

  @Field(() => [Split], { nullable: true, description: "PCA: splits that axes are fitted on; null: all." })
  fitOn!: Split[] | null;

  /** Resolved as `run`. */
  runId!: string | null;
}

@ObjectType("PredictionSettings", {
  description: "What a prediction run was asked: StartPredictionInput with every default.",
})
class PredictionSettings extends AnsweringSettings {}

@ObjectType("EvaluationPart", { description: "A part of a dataset, as a label set of splits says." })
class EvaluationPart {
  @Field(() => String, { description: "Label set that holds the splits." })
  column!: string;

  @Field(() => Split, { description: "The part." })
  split!: Split;
}

@ObjectType("EvaluationSettings", {
  description: "What an evaluation was asked: StartEvaluationInput with every default.",
})
class EvaluationSettings extends AnsweringSettings {
  @Field(() => [String], { description: "Label sets that the answers are compared with." })
  targets!: string[];

  @Field(() => EvaluationPart, {
    nullable: true,
    description: "The part that is scored; null: all labelled molecules.",
  })
  part!: EvaluationPart | null;
}

abstract class PretrainingSubject {
  @Field(() => String, { description: "Name of the run, which its model was to get." })
  name!: string;

  @Field(() => String, { description: "Name of the dataset, as it was then." })
  dataset!: string;

  @Field(() => String, { nullable: true, description: "Name of the model it goes on from, as it was then; or null." })
  baseModel!: string | null;
}
ObjectType()(PretrainingSubject);

@ObjectType("PretrainSettings", {
  description: "What a pretraining was asked: StartPretrainingInput with every default.",
})
class PretrainSettings extends withRowOptions<PretrainingSubject, PretrainOrderOptions>(
  PretrainingSubject,
  PRETRAIN_ORDER_ROWS,
  "output",
) {}

/** A new kind of run has its settings here. */
const SETTINGS = {
  FINETUNE: FinetuneSettings,
  PROBE: ProbeSettings,
  EMBEDDING: EmbeddingSettings,
  PREDICTION: PredictionSettings,
  PROJECTION: ProjectionSettings,
  IMPORT: ImportSettings,
  EVALUATION: EvaluationSettings,
  PRETRAIN: PretrainSettings,
} as const satisfies Record<RunKind, unknown>;

export type SettingsRoot = { kind: RunKind } & Record<string, unknown>;

export const RunSettings = createUnionType({
  name: "RunSettings",
  description: "What a run was asked, by its kind.",
  types: () => Object.values(SETTINGS),
  resolveType: (settings) => SETTINGS[(settings as unknown as SettingsRoot).kind],
});

@ObjectType("RepeatsSettings", { description: "What a group was asked: StartRepeatsInput with every default." })
export class RepeatsSettings {
  @Field(() => FinetuneSettings, { description: "What is repeated; `seed` is that of the split." })
  finetune!: FinetuneSettings;

  @Field(() => [Int], { nullable: true, description: "A run for each; null: by folds, or a sweep." })
  seeds!: number[] | null;

  @Field(() => Int, { nullable: true, description: "Number of folds; null: by seeds, or a sweep." })
  folds!: number | null;

  @Field(() => Int, { description: "How often the folds are repeated, each time dealt anew; 1 by seeds." })
  repeats!: number;

  @Field(() => Boolean, { description: "Whether the mean of all its models becomes a model." })
  ensemble!: boolean;
}
