/** How well the classes of a label set separate, by several ways of turning molecules into vectors. */
import { Field, Float, Int, ObjectType, registerEnumType } from "type-graphql";
import type * as service from "../../service/space/types.js";
import { Representation } from "../../service/space/types.js";

registerEnumType(Representation, {
  name: "Representation",
  description: "How a molecule becomes a vector.",
  valuesConfig: {
    EMBEDDING: { description: "Embedding by a model. Euclidean distances; standardized for the probe." },
    RANDOM_WEIGHTS: { description: "The same by a network of the first model's shape with random weights." },
    TOKEN_COUNTS: {
      description: "How often each token of the first model's tokenizer occurs. Euclidean; standardized for the probe.",
    },
    MORGAN_FINGERPRINT: {
      description: "Morgan fingerprint, radius 2, 2,048 bits (RDKit). Tanimoto distances; the probe sees the bits.",
    },
  },
});

@ObjectType("Estimate", { description: "A mean and how sure it is." })
export class Estimate {
  @Field(() => Float, { description: "The mean." })
  value!: number;

  @Field(() => Float, {
    description:
      "Standard deviation over molecules (silhouette) or folds (the others) over the square root of their number.",
  })
  standardError!: number;
}

@ObjectType("SeparationRow", { description: "One representation of the molecules." })
export class SeparationRow implements service.SeparationRow {
  @Field(() => Representation, { description: "How molecules became vectors." })
  representation!: Representation;

  @Field(() => String, { nullable: true, description: "Name of the model; null for MORGAN_FINGERPRINT." })
  model!: string | null;

  @Field(() => Int, { description: "Length of the vectors." })
  dimension!: number;

  @Field(() => Estimate, {
    description:
      "Silhouette of the classes, -1 to 1: mean over molecules. Of several labels a molecule: of having and " +
      "lacking a label, mean over the labels too.",
  })
  silhouette!: Estimate;

  @Field(() => Estimate, {
    nullable: true,
    description:
      "Accuracy of the `neighbours` nearest molecules of the other folds, 0 to 1: mean over folds. Null for " +
      "several labels a molecule.",
  })
  neighbourAccuracy!: Estimate | null;

  @Field(() => Estimate, {
    nullable: true,
    description:
      "Accuracy of a logistic regression (C = 1) fitted on the other folds, 0 to 1: mean over folds. Null " +
      "for several labels a molecule.",
  })
  probeAccuracy!: Estimate | null;

  @Field(() => Estimate, {
    nullable: true,
    description:
      "Of several labels a molecule, else null: ROC-AUC of the share of the `neighbours` nearest molecules " +
      "of the other folds that have a label; mean over labels, then folds. 0.5 is chance.",
  })
  neighbourRocAuc!: Estimate | null;

  @Field(() => Estimate, {
    nullable: true,
    description:
      "Of several labels a molecule, else null: ROC-AUC of a logistic regression (C = 1) for each label, " +
      "fitted on the other folds; mean over labels, then folds. 0.5 is chance.",
  })
  probeRocAuc!: Estimate | null;
}

@ObjectType("DroppedClass", {
  description:
    "A class with fewer molecules than there are folds; or a label that is not among the most frequent " +
    "ones, or that fewer molecules lack.",
})
export class DroppedClass {
  @Field(() => String, { description: "The class." })
  label!: string;

  @Field(() => Int, { description: "Its molecules in the dataset." })
  count!: number;
}

@ObjectType("Separation", { description: "How well classes separate, as numbers, with the controls beside them." })
export class Separation implements service.Separation {
  @Field(() => Int, { description: "Molecules that every row was computed on." })
  computedOn!: number;

  @Field(() => Int, {
    description:
      "Molecules of the dataset with one of the classes, or with any label of a set of several; more than " +
      "`computedOn`: a stratified sample.",
  })
  labelled!: number;

  @Field(() => [String], {
    description:
      "The classes, most frequent first; of several labels a molecule the 10 most frequent that 5 molecules " +
      "or more have and lack.",
  })
  classes!: string[];

  @Field(() => [DroppedClass], { description: "Classes left out." })
  dropped!: DroppedClass[];

  @Field(() => Int, { description: "Folds of the cross-validation; molecules of one InChIKey block share one." })
  folds!: number;

  @Field(() => Int, { description: "Neighbours that vote." })
  neighbours!: number;

  @Field(() => Int, { description: "Seed of sample, folds and random weights." })
  seed!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "Share of the most frequent class: the accuracy of always naming it. Null for several labels a molecule.",
  })
  majority!: number | null;

  @Field(() => [SeparationRow], { description: "The models in the order asked for, then the controls." })
  rows!: SeparationRow[];
}
