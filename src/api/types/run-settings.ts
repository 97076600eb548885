/** What a run was asked, with every default written out, and on what it ran. */
import { createUnionType, Field, Float, Int, ObjectType } from "type-graphql";
import { CLASS_OPTIONS, SERVICE_OPTIONS, type ServiceOption } from "../../train/options/table.js";
import { Pooling, ProbeFeatures, RunKind, SplitStrategy } from "./enums.js";
import { withSettings } from "./inputs/option-fields.js";

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

@ObjectType("FinetuneSettings", { description: "What a finetune was asked: StartFinetuneInput with every default." })
export class FinetuneSettings extends withSettings(LearningSettings, SERVICE_OPTIONS) {}

const PROBE_OPTIONS: (ServiceOption & ((typeof CLASS_OPTIONS)[number] | "seed" | "classWeights"))[] = [
  ...CLASS_OPTIONS,
  "seed",
  "classWeights",
];

@ObjectType("ProbeSettings", { description: "What a linear probe was asked: StartProbeInput with every default." })
class ProbeSettings extends withSettings(LearningSettings, PROBE_OPTIONS) {
  @Field(() => ProbeFeatures, { description: "What the layer stands on." })
  features!: ProbeFeatures;

  @Field(() => Pooling, { description: "Which embeddings; not used by MORGAN_FINGERPRINT." })
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

@ObjectType("PredictionSettings", {
  description: "What a prediction run was asked: StartPredictionInput with every default.",
})
class PredictionSettings {
  @Field(() => String, { description: "Name of the model, as it was then." })
  model!: string;

  @Field(() => String, { description: "Name of the dataset, as it was then." })
  dataset!: string;

  @Field(() => Int, { description: "Ways of writing each molecule whose answers are averaged." })
  averageOver!: number;
}

/** A new kind of run has its settings here. */
const SETTINGS = {
  FINETUNE: FinetuneSettings,
  PROBE: ProbeSettings,
  EMBEDDING: EmbeddingSettings,
  PREDICTION: PredictionSettings,
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

@ObjectType("RunEnvironment", {
  description: "On what a run computed. Equal bits are promised only where all is equal.",
})
export class RunEnvironment {
  @Field(() => String, { nullable: true, description: "Version of Node, e.g. v22.12.0." })
  node!: string | null;

  @Field(() => String, { nullable: true, description: "Version of the ONNX runtime." })
  onnxruntime!: string | null;

  @Field(() => String, { nullable: true, description: "Operating system and architecture, e.g. linux-x64." })
  platform!: string | null;

  @Field(() => String, { nullable: true, description: "Model of the processor." })
  processor!: string | null;

  @Field(() => String, { nullable: true, description: "LE or BE: order of the bytes of a number." })
  endianness!: string | null;

  @Field(() => Int, { nullable: true, description: "Threads of the runtime." })
  threads!: number | null;

  @Field(() => String, { nullable: true, description: "Id of the device." })
  device!: string | null;
}
