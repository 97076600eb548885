/** The details behind the scores of an evaluation, made from the model's answers. */
import { Field, Float, Int, ObjectType, registerEnumType } from "type-graphql";
import { FigureKind } from "../../service/evaluation/evaluation-figures.js";
import type * as service from "../../service/evaluation/molecule-answers.js";
import { Split } from "./enums.js";

registerEnumType(FigureKind, {
  name: "FigureKind",
  description: "A figure of an evaluation.",
  valuesConfig: {
    CONFUSION_MATRIX: { description: "SINGLE_LABEL: true classes in rows, predicted ones in columns." },
    CALIBRATION: { description: "SINGLE_LABEL and MULTI_LABEL: mean confidence against the share that was right." },
    ROC: { description: "SINGLE_LABEL and MULTI_LABEL: ROC curves, the 16 most frequent classes." },
    PRECISION_RECALL: {
      description: "SINGLE_LABEL and MULTI_LABEL: precision-recall curves, the 16 most frequent classes.",
    },
    PREDICTED_TRUE: { description: "REGRESSION: predicted against true values, the first 6 targets." },
  },
});

@ObjectType("ScoreInterval", {
  description:
    "A score with its 95 % interval: percentile bootstrap over the split's molecules, 1,000 resamples, " +
    "seed 42. It says how far the score would move with other molecules, nothing of other seeds of " +
    "training.",
})
export class ScoreInterval {
  @Field(() => String, { description: "As in `scores`." })
  name!: string;

  @Field(() => Float, { nullable: true, description: "The score; null where it is not defined." })
  value!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "2.5th percentile; null where fewer than half of the resamples have such a score, and where the " +
      "interval would leave out `value` because resamples raise such a score (average precision of rare " +
      "labels, calibration error).",
  })
  low!: number | null;

  @Field(() => Float, { nullable: true, description: "97.5th percentile; null as `low`." })
  high!: number | null;
}

@ObjectType("NewScaffolds", {
  description: "Scores on the molecules whose Murcko scaffold no training molecule has; acyclic molecules have none.",
})
export class NewScaffolds {
  @Field(() => Int, { description: "Number of such molecules (rows, under ROW)." })
  count!: number;

  @Field(() => [ScoreInterval], { description: "Every score on them." })
  scores!: ScoreInterval[];
}

@ObjectType("CalibrationBin", { description: "Answers whose confidence lies in one of 15 equal bins." })
export class CalibrationBin {
  @Field(() => Float, { description: "Confidences above this." })
  from!: number;

  @Field(() => Float, { description: "Confidences up to this." })
  to!: number;

  @Field(() => Int, { description: "Number of answers: molecules, or measured labels of MULTI_LABEL." })
  count!: number;

  @Field(() => Float, { nullable: true, description: "Mean confidence; null in an empty bin." })
  confidence!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "Share that was right (MULTI_LABEL: that have the label); null in an empty bin.",
  })
  accuracy!: number | null;
}

@ObjectType("LabelCurve", { description: "Curves of one class against the rest, or of one label." })
export class LabelCurve {
  @Field(() => String, { description: "The class or label." })
  label!: string;

  @Field(() => Int, { description: "Molecules that have it." })
  positives!: number;

  @Field(() => Int, { description: "Molecules where it was measured." })
  measured!: number;

  @Field(() => [[Float]], {
    nullable: true,
    description:
      "ROC curve: [false positive rate, true positive rate], from (0, 0) to (1, 1). At most 200 points: of " +
      "more, those furthest from the curve through the others. Null when only one answer was measured.",
  })
  roc!: (readonly [number, number])[] | null;

  @Field(() => Float, { nullable: true, description: "Area under the whole ROC curve; null as `roc`." })
  rocAuc!: number | null;

  @Field(() => [[Float]], {
    nullable: true,
    description: "[recall, precision], from (0, 1) to recall 1; thinned as `roc`. Null when no molecule has it.",
  })
  precisionRecall!: (readonly [number, number])[] | null;

  @Field(() => Float, {
    nullable: true,
    description: "Average precision of the whole curve, by steps; null as `precisionRecall`.",
  })
  averagePrecision!: number | null;
}

@ObjectType("Mistake", { description: "A wrong answer." })
export class Mistake {
  @Field(() => String, {
    nullable: true,
    description: "MULTI_LABEL: the label that was answered wrongly; else null.",
  })
  label!: string | null;

  @Field(() => String, { description: "What is true: a class, or yes or no." })
  truth!: string;

  @Field(() => String, { description: "What was predicted: a class, or yes or no." })
  predicted!: string;

  @Field(() => Float, { description: "Probability of what was predicted, 0 to 1." })
  probability!: number;
}

@ObjectType("Quantile", { description: "A quantile." })
export class Quantile {
  @Field(() => Float, { description: "Share of the values at or below it, 0 to 1." })
  share!: number;

  @Field(() => Float, { description: "The value." })
  value!: number;
}

@ObjectType("TargetResiduals", { description: "Residuals of one target of a REGRESSION model." })
export class TargetResiduals {
  @Field(() => String, { description: "Name of the target." })
  label!: string;

  @Field(() => Int, { description: "Measured values." })
  count!: number;

  @Field(() => [Quantile], {
    description:
      "Quantiles of predicted minus true, in units, at 0.025, 0.05, 0.25, 0.5, 0.75, 0.95 and 0.975; empty " +
      "when nothing was measured.",
  })
  quantiles!: Quantile[];
}

@ObjectType("ValuePair", { description: "A predicted and a true value." })
export class ValuePair {
  @Field(() => String, { description: "Name of the target." })
  label!: string;

  @Field(() => Float, { description: "The true value, in units." })
  truth!: number;

  @Field(() => Float, { description: "The predicted value, in units." })
  predicted!: number;
}

@ObjectType("MoleculeAnswer", { description: "What the model answered to one molecule of the split." })
export class MoleculeAnswer implements service.MoleculeAnswer {
  @Field(() => [Float], {
    description:
      "In the order of `labels`: probabilities, before any temperature scaling; REGRESSION: values in units.",
  })
  scores!: number[];

  @Field(() => [Float], {
    nullable: "items",
    description:
      "In the order of `labels`: 1 of the true class or labels, else 0; REGRESSION: true values in units; " +
      "null where nothing was measured.",
  })
  truth!: (number | null)[];
}

@ObjectType("SharedMolecules", { description: "Molecules of a split that share something with training." })
export class SharedMolecules {
  @Field(() => Int, { description: "Number of molecules." })
  count!: number;

  @Field(() => Float, { description: "Their share of the split, 0 to 1." })
  share!: number;
}

@ObjectType("SplitLeakage", { description: "What a split shares with the training split of its run." })
export class SplitLeakage {
  @Field(() => Split, { description: "VALIDATION or TEST." })
  split!: Split;

  @Field(() => Int, { description: "Molecules of the split (rows, under ROW)." })
  count!: number;

  @Field(() => SharedMolecules, {
    description:
      "That are in training themselves: same first block of the InChIKey, so stereoisomers count as the same.",
  })
  molecules!: SharedMolecules;

  @Field(() => SharedMolecules, {
    description: "Whose Murcko scaffold a training molecule has; acyclic molecules have none.",
  })
  scaffolds!: SharedMolecules;

  @Field(() => SharedMolecules, {
    nullable: true,
    description:
      "To which a training molecule has a Tanimoto similarity of 0.9 or more (Morgan fingerprints, radius " +
      "2, 2,048 bits); null when RDKit could not make them.",
  })
  nearDuplicates!: SharedMolecules | null;
}
