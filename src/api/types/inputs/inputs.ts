/** Inputs of the mutations, each field with its unit, default and limit. */
import { Field, InputType, Int } from "type-graphql";
import { LabelKind, Pooling } from "../enums.js";
import { ConflictRule } from "../table-enums.js";
import { AnnotationInput } from "./annotation-input.js";
import { TrainingInput } from "./training-input.js";

@InputType("StartFinetuneInput", {
  description: "A finetune of a base model on one or several label sets of a dataset.",
})
export class StartFinetuneInput extends TrainingInput {
  @Field(() => String, { description: "Name of the model to start from. NOT_FOUND names the existing ones." })
  baseModel!: string;
}

@InputType("StartEmbeddingInput", { description: "The embedding of every molecule of a dataset, as a background run." })
export class StartEmbeddingInput extends AnnotationInput {
  @Field(() => String, { description: "Name of the model. NOT_FOUND names the existing ones." })
  model!: string;

  @Field(() => String, { description: "Name of the dataset. NOT_FOUND names the existing ones." })
  dataset!: string;

  @Field(() => Pooling, { defaultValue: Pooling.CLS, description: "How a hidden layer becomes one vector." })
  pooling!: Pooling;

  @Field(() => Int, {
    nullable: true,
    description:
      "Hidden layer: 0 is what enters the first, 1 to the model's number of layers; null: the last. BAD_INPUT.",
  })
  layer?: number | null;

  @Field(() => String, { nullable: true, description: "As in StartFinetuneInput." })
  idempotencyKey?: string | null;
}

@InputType("StartPredictionInput", { description: "Predictions of every molecule of a dataset, as a background run." })
export class StartPredictionInput extends AnnotationInput {
  @Field(() => String, { description: "Name of a model with a head. NOT_FOUND names the existing ones." })
  model!: string;

  @Field(() => String, { description: "Name of the dataset; molecules that come to it later are not answered." })
  dataset!: string;

  @Field(() => Int, {
    defaultValue: 1,
    description: "Ways of writing each molecule whose answers are averaged, 1 to 32. BAD_INPUT.",
  })
  averageOver!: number;

  @Field(() => String, { nullable: true, description: "As in StartFinetuneInput." })
  idempotencyKey?: string | null;
}
const OLD_LABEL_SET = {
  nullable: true,
  description: "The same as `labelSet`.",
  deprecationReason: "It is called `labelSet`.",
};

@InputType("ImportLabelInput", { description: "One value of one label set; several values: several of these." })
export class ImportLabelInput {
  @Field(() => String, { nullable: true, description: "Name of the label set, required: 1 to 100 characters." })
  labelSet?: string | null;

  @Field(() => String, OLD_LABEL_SET)
  set?: string | null;

  @Field(() => String, { description: "The value; empty means not known. At most 1,000 characters." })
  value!: string;
}

@InputType("ImportRowInput", { description: "One row of a library." })
export class ImportRowInput {
  @Field(() => Int, { description: "Line in the source file, from 1: what the report names." })
  line!: number;

  @Field(() => String, { description: "SMILES as written in the file." })
  smiles!: string;

  @Field(() => String, { nullable: true, description: "Name of the molecule; null when there is none." })
  name?: string | null;

  @Field(() => [ImportLabelInput], { defaultValue: [], description: "Its labels." })
  labels!: ImportLabelInput[];

  @Field(() => String, {
    nullable: true,
    description: "Why the reader could not read the row: it is reported as BAD_ROW and dropped; else null.",
  })
  problem?: string | null;
}

@InputType("LabelKindInput", { description: "The kind of one label set." })
export class LabelKindInput {
  @Field(() => String, { nullable: true, description: "Name of the label set, required." })
  labelSet?: string | null;

  @Field(() => String, OLD_LABEL_SET)
  set?: string | null;

  @Field(() => LabelKind, { description: "What its values are. CONFLICT when the set exists with another kind." })
  kind!: LabelKind;
}

@InputType("ImportDatasetInput", {
  description: "A batch of rows for a dataset, which is created when there is none of that name.",
})
export class ImportDatasetInput {
  @Field(() => String, { description: "Name of the dataset: 1 to 64 letters, digits, dots, dashes or underscores." })
  name!: string;

  @Field(() => String, { nullable: true, description: "What it is; null leaves it as it is." })
  description?: string | null;

  @Field(() => String, { nullable: true, description: "Where it comes from; null leaves it as it is." })
  source?: string | null;

  @Field(() => [ImportRowInput], {
    description: "1 to 1,000 rows, else EMPTY_INPUT or TOO_MANY_ITEMS. Rows already there are merged, never doubled.",
  })
  rows!: ImportRowInput[];

  @Field(() => [LabelKindInput], {
    defaultValue: [],
    description:
      "Kinds of label sets. A set not named keeps its kind; a new one is MULTI_LABEL when a row holds several " +
      "values, else SINGLE_LABEL.",
  })
  labelKinds!: LabelKindInput[];

  @Field(() => [String], {
    nullable: true,
    description:
      'Texts of labels that mean "not known", at most 100: such a label is left out and counted in the report. ' +
      "Null: nan, N/A, NA, None, null, unknown, - and others (docs/import.md); an empty list: none.",
  })
  missing?: string[] | null;

  @Field(() => ConflictRule, {
    defaultValue: ConflictRule.FIRST,
    description: "What a molecule has of a SINGLE_LABEL or NUMBER set when rows give it different labels.",
  })
  onConflict!: ConflictRule;

  @Field(() => Boolean, {
    defaultValue: false,
    description: "True: these rows continue the file of the previous call, and the dataset's report is added up.",
  })
  continues!: boolean;
}

@InputType("AddModelInput", { description: "A checkpoint to register: exactly one of `folder` and `hub`." })
export class AddModelInput {
  @Field(() => String, {
    description: "Name of the model: 1 to 64 letters, digits, dots, dashes or underscores. CONFLICT when taken.",
  })
  name!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "Folder on the server's machine in Hugging Face layout (config.json, model.safetensors or " +
      "pytorch_model.bin, tokenizer files), under one of MAILLARD_MODEL_ROOTS. It is copied.",
  })
  folder?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Repository owner/name on the Hugging Face hub, or on the one of HF_ENDPOINT, e.g. " +
      "seyonec/PubChem10M_SMILES_BPE_450k. Fetched in the background: see `download` of the answer.",
  })
  hub?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Branch, tag or commit of `hub`; null: main. Refused with `folder`.",
  })
  revision?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Label set that the head predicts; null when there is no head or no such set.",
  })
  target?: string | null;
}

@InputType("QuantizeModelInput", { description: "A model to be registered in int8 under a name of its own." })
export class QuantizeModelInput {
  @Field(() => String, { description: "Name of a model of FLOAT32 that is a checkpoint." })
  model!: string;

  @Field(() => String, {
    nullable: true,
    description: "Name of the new model, as in AddModelInput; null: that of `model` with -int8 behind it.",
  })
  name?: string | null;
}
