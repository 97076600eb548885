/** Classification and embedding of single molecules. */
import DataLoader from "dataloader";
import { Arg, Ctx, FieldResolver, Float, ID, Int, Query, Resolver, Root } from "type-graphql";
import { MAX_LENGTH } from "../../chem/check.js";
import { floatsOf } from "../../datasets/floats.js";
import { embed } from "../../service/predict/embed.js";
import { type LogitsOf, logitsOf } from "../../service/predict/logits.js";
import {
  MAX_FORMS,
  MAX_ITEMS,
  type PredictionAnswer,
  predict,
  ranked,
  type SmilesProblem,
  scored,
} from "../../service/predict/predict.js";
import type { ReachedCompound } from "../../store/access/compounds.js";
import type { Embedding as EmbeddingRow, Model as ModelRow } from "../../store/generated/client.js";
import type { Context } from "../context.js";
import { globalId } from "../ids.js";
import type { Loaders } from "../loaders.js";
import { Compound } from "../types/compound.js";
import { Embedding, EmbeddingResult } from "../types/embedding.js";
import { Pooling } from "../types/enums.js";
import { Model } from "../types/model.js";
import { ClassScore, Prediction, PredictionResult, TargetValue } from "../types/prediction.js";

const SMILES =
  `1 to ${MAX_ITEMS} SMILES, else EMPTY_INPUT or TOO_MANY_ITEMS; one of more than ${MAX_LENGTH} ` +
  "characters is SMILES_TOO_LONG. A text may also be a CXSMILES, whose SMILES is read; a standard InChI; or, where " +
  "it is no SMILES, the name or the InChIKey of a molecule of a dataset that the key sees. A name of several " +
  "molecules is an error that lists them.";

@Resolver(() => Prediction)
export class PredictionResolver {
  @Query(() => [PredictionResult], {
    description:
      "Classifies molecules, or predicts their values: one answer per SMILES, in the order of the question. " +
      "A bad SMILES is a SmilesError in its place. " +
      "EMPTY_INPUT, TOO_MANY_ITEMS, NOT_FOUND, MODEL_HAS_NO_HEAD, BAD_INPUT, OVERLOADED, COMPUTE_CRASHED, " +
      "NON_FINITE_OUTPUT.",
  })
  predict(
    @Arg("smiles", () => [String], { description: SMILES }) smiles: string[],
    @Arg("model", () => String, {
      description: "Name of a model with a head: a classifier, or a model of labels or of values.",
    })
    model: string,
    @Arg("topK", () => Int, {
      nullable: true,
      description:
        "How many classes or labels `labels` lists, at least 1; above their number: all. Null: 3, or all when " +
        "there are fewer; all of a MULTI_LABEL model.",
    })
    topK: number | null,
    @Arg("averageOver", () => Int, {
      defaultValue: 1,
      description:
        "Ways of writing each molecule (SMILES in other orders of its atoms, always the same ones) whose " +
        `probabilities or values are averaged, 1 to ${MAX_FORMS}. 1: its canonical SMILES alone.`,
    })
    averageOver: number,
    @Ctx() { application, signal }: Context,
  ): Promise<(PredictionAnswer | SmilesProblem)[]> {
    return predict(application, { smiles, model, topK: topK ?? null, averageOver, signal });
  }

  @FieldResolver(() => ID, { description: "Global id: the same for the same model, molecule text and `forms`." })
  id(@Root() row: PredictionAnswer): string {
    return globalId("Prediction", row.id);
  }

  @FieldResolver(() => Compound, { description: "The molecule." })
  compound(@Root() row: PredictionAnswer, @Ctx() { loaders }: Context): Promise<ReachedCompound | null> {
    return loaders.compound.load({ id: row.compoundId, reached: { smiles: row.smiles } });
  }

  @FieldResolver(() => Model, { description: "The model that answered." })
  model(@Root() row: PredictionAnswer, @Ctx() { loaders }: Context): Promise<ModelRow | null> {
    return loaders.model.load(row.modelId);
  }

  @FieldResolver(() => [ClassScore], {
    description:
      "The `topK` most probable classes or labels (all of them outside `predict`), best first; empty for REGRESSION.",
  })
  async labels(@Root() row: PredictionAnswer, @Ctx() { loaders }: Context): Promise<ClassScore[]> {
    const model = (await loaders.model.load(row.modelId)) as ModelRow;
    if (model.task === "REGRESSION") return [];
    return ranked(row, model.labels as string[]).slice(0, row.topK);
  }

  @FieldResolver(() => [Float], { nullable: true })
  async logits(@Root() row: PredictionAnswer, @Ctx() context: Context): Promise<number[] | null> {
    const model = (await context.loaders.model.load(row.modelId)) as ModelRow;
    const { smiles, forms } = row;
    const logits = await logitLoader(context).load({ model, smiles, forms });
    return logits && Array.from(logits);
  }

  @FieldResolver(() => [TargetValue], {
    description: "REGRESSION: a value for each target, in the model's order; empty for every other model.",
  })
  async values(@Root() row: PredictionAnswer, @Ctx() { loaders }: Context): Promise<TargetValue[]> {
    const model = (await loaders.model.load(row.modelId)) as ModelRow;
    if (model.task !== "REGRESSION") return [];
    return scored(row, model.labels as string[]).map(({ label, score }) => ({ target: label, value: score }));
  }
}

/** By the loaders, which are made anew for each operation and for each event of a subscription. */
const logitLoaders = new WeakMap<Loaders, DataLoader<LogitsOf, Float32Array | null, string>>();

function logitLoader({ application, loaders, signal }: Context): DataLoader<LogitsOf, Float32Array | null, string> {
  const known = logitLoaders.get(loaders);
  if (known) return known;
  const loader = new DataLoader<LogitsOf, Float32Array | null, string>(
    (wanted) => logitsOf(application, wanted, signal),
    { cacheKeyFn: ({ model, smiles, forms }) => `${model.id} ${forms} ${smiles}` },
  );
  logitLoaders.set(loaders, loader);
  return loader;
}

@Resolver(() => Embedding)
export class EmbeddingResolver {
  @Query(() => [EmbeddingResult], {
    description:
      "Embeds molecules: one vector per SMILES, in the order of the question. A bad SMILES is a SmilesError " +
      "in its place. " +
      "EMPTY_INPUT, TOO_MANY_ITEMS, NOT_FOUND, BAD_INPUT, MODEL_IS_COMPOSED, OVERLOADED, COMPUTE_CRASHED, " +
      "NON_FINITE_OUTPUT.",
  })
  embed(
    @Arg("smiles", () => [String], { description: SMILES }) smiles: string[],
    @Arg("model", () => String, { description: "Name of a model." }) model: string,
    @Arg("pooling", () => Pooling, {
      defaultValue: Pooling.CLS,
      description: "How the hidden layer becomes one vector.",
    })
    pooling: Pooling,
    @Arg("layer", () => Int, {
      nullable: true,
      description: "Hidden layer: 0 is what enters the first, 1 to the model's number of layers; null: the last.",
    })
    layer: number | null,
    @Ctx() { application, signal }: Context,
  ): Promise<(EmbeddingRow | SmilesProblem)[]> {
    return embed(application, { smiles, model, pooling, layer: layer ?? null, signal });
  }

  @FieldResolver(() => ID, { description: "Global id: the same for the same model, pooling, layer and molecule text." })
  id(@Root() row: EmbeddingRow): string {
    return globalId("Embedding", row.id);
  }

  @FieldResolver(() => Compound, { description: "The molecule." })
  compound(@Root() row: EmbeddingRow, @Ctx() { loaders }: Context): Promise<ReachedCompound | null> {
    return loaders.compound.load({ id: row.compoundId, reached: { smiles: row.smiles } });
  }

  @FieldResolver(() => Model, { description: "The model." })
  model(@Root() row: EmbeddingRow, @Ctx() { loaders }: Context): Promise<ModelRow | null> {
    return loaders.model.load(row.modelId);
  }

  @FieldResolver(() => [Float], { description: "The values (float32)." })
  vector(@Root() row: EmbeddingRow): number[] {
    return Array.from(floatsOf(row.vector));
  }
}
