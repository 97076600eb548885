/** Classification and embedding of single molecules. */
import DataLoader from "dataloader";
import { GraphQLDateTime } from "graphql-scalars";
import { Arg, Ctx, FieldResolver, Float, ID, Int, Query, Resolver, Root } from "type-graphql";
import { MAX_LENGTH } from "../../chem/check.js";
import { floatsOf } from "../../datasets/floats.js";
import { rowsOfEmbeddings, rowsOfPredictions } from "../../service/predict/answer-rows.js";
import { type EmbeddingAnswer, embed } from "../../service/predict/embed.js";
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
import type {
  Embedding as EmbeddingRow,
  Model as ModelRow,
  Prediction as PredictionRow,
} from "../../store/generated/client.js";
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
    @Ctx() { application, loaders, signal }: Context,
  ): Promise<(PredictionAnswer | SmilesProblem)[]> {
    return predict(application, { smiles, model, topK: topK ?? null, averageOver, signal }).then((answers) =>
      withModel(answers, loaders),
    );
  }

  @FieldResolver(() => ID, { description: "Global id: the same for the same model, molecule text and `forms`." })
  async id(@Root() answer: Answered, @Ctx() context: Context): Promise<string> {
    return globalId("Prediction", (await rowOf(answer, context)).id);
  }

  @FieldResolver(() => GraphQLDateTime, { description: "When it was computed." })
  async createdAt(@Root() answer: Answered, @Ctx() context: Context): Promise<Date> {
    return (await rowOf(answer, context)).createdAt;
  }

  @FieldResolver(() => Compound, { description: "The molecule." })
  async compound(@Root() answer: Answered, @Ctx() context: Context): Promise<ReachedCompound | null> {
    const { compoundId } = await rowOf(answer, context);
    return context.loaders.compound.load({ id: compoundId, reached: { smiles: answer.smiles } });
  }

  @FieldResolver(() => Model, { description: "The model that answered." })
  model(@Root() row: Answered, @Ctx() { loaders }: Context): Promise<ModelRow | null> {
    return loaders.model.load(row.modelId);
  }

  @FieldResolver(() => [ClassScore], {
    description:
      "The `topK` most probable classes or labels (all of them outside `predict`), best first; empty for REGRESSION.",
  })
  async labels(@Root() row: Answered, @Ctx() { loaders }: Context): Promise<ClassScore[]> {
    const model = (await loaders.model.load(row.modelId)) as ModelRow;
    if (model.task === "REGRESSION") return [];
    return ranked(row, model.labels as string[]).slice(0, "topK" in row ? row.topK : undefined);
  }

  @FieldResolver(() => [Float], { nullable: true })
  async logits(@Root() row: Answered, @Ctx() context: Context): Promise<number[] | null> {
    const model = (await context.loaders.model.load(row.modelId)) as ModelRow;
    const { smiles, forms } = row;
    const logits = await logitLoader(context).load({ model, smiles, forms });
    return logits && Array.from(logits);
  }

  @FieldResolver(() => [TargetValue], {
    description: "REGRESSION: a value for each target, in the model's order; empty for every other model.",
  })
  async values(@Root() row: Answered, @Ctx() { loaders }: Context): Promise<TargetValue[]> {
    const model = (await loaders.model.load(row.modelId)) as ModelRow;
    if (model.task !== "REGRESSION") return [];
    return scored(row, model.labels as string[]).map(({ label, score }) => ({ target: label, value: score }));
  }
}

/** An answer of `predict`, or a row that something else names. */
type Answered = PredictionAnswer | PredictionRow;

/** The model of the answers is not looked up again. */
function withModel<T extends { model: ModelRow } | SmilesProblem>(answers: T[], loaders: Loaders): T[] {
  const first = answers.find((answer) => "model" in answer) as { model: ModelRow } | undefined;
  if (first) loaders.model.prime(first.model.id, first.model);
  return answers;
}

/** One loader for each operation and each event of a subscription, as the others (loaders.ts). */
function ownLoader<K, V, C>(
  make: (context: Context) => DataLoader<K, V, C>,
): (context: Context) => DataLoader<K, V, C> {
  const own = new WeakMap<Loaders, DataLoader<K, V, C>>();
  return (context) => {
    const loader = own.get(context.loaders) ?? make(context);
    own.set(context.loaders, loader);
    return loader;
  };
}

const predictionRows = ownLoader(
  ({ application }) =>
    new DataLoader<PredictionAnswer, Pick<PredictionRow, "id" | "compoundId" | "createdAt">>((answers) =>
      rowsOfPredictions(application, answers),
    ),
);
const rowOf = async (answer: Answered, context: Context) =>
  "id" in answer ? answer : predictionRows(context).load(answer);

const embeddingRows = ownLoader(
  ({ application }) =>
    new DataLoader<EmbeddingAnswer, Pick<EmbeddingRow, "id" | "compoundId">>((answers) =>
      rowsOfEmbeddings(application, answers),
    ),
);
const rowOfVector = async (answer: EmbeddingAnswer | EmbeddingRow, context: Context) =>
  "id" in answer ? answer : embeddingRows(context).load(answer);

const logitLoader = ownLoader(
  ({ application, signal }) =>
    new DataLoader<LogitsOf, Float32Array | null, string>((wanted) => logitsOf(application, wanted, signal), {
      cacheKeyFn: ({ model, smiles, forms }) => `${model.id} ${forms} ${smiles}`,
    }),
);

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
    @Ctx() { application, loaders, signal }: Context,
  ): Promise<(EmbeddingAnswer | SmilesProblem)[]> {
    return embed(application, { smiles, model, pooling, layer: layer ?? null, signal }).then((answers) =>
      withModel(answers, loaders),
    );
  }

  @FieldResolver(() => ID, { description: "Global id: the same for the same model, pooling, layer and molecule text." })
  async id(@Root() answer: EmbeddingAnswer | EmbeddingRow, @Ctx() context: Context): Promise<string> {
    return globalId("Embedding", (await rowOfVector(answer, context)).id);
  }

  @FieldResolver(() => Compound, { description: "The molecule." })
  async compound(
    @Root() answer: EmbeddingAnswer | EmbeddingRow,
    @Ctx() context: Context,
  ): Promise<ReachedCompound | null> {
    const { compoundId } = await rowOfVector(answer, context);
    return context.loaders.compound.load({ id: compoundId, reached: { smiles: answer.smiles } });
  }

  @FieldResolver(() => Model, { description: "The model." })
  model(@Root() row: EmbeddingRow, @Ctx() { loaders }: Context): Promise<ModelRow | null> {
    return loaders.model.load(row.modelId);
  }

  @FieldResolver(() => [Float], { description: "The values (float32)." })
  vector(@Root() row: Pick<EmbeddingRow, "vector">): number[] {
    return Array.from(floatsOf(row.vector));
  }

  @FieldResolver(() => String, {
    description:
      "The same values as base64 of float32 numbers, little endian: a third of the bytes of `vector`, which are read " +
      "at once.",
  })
  vectorBase64(@Root() { vector }: Pick<EmbeddingRow, "vector">): string {
    return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
  }
}
