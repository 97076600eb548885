/** Scores of a finished run on one split. */
import { Field, Float, Int, ObjectType } from "type-graphql";
import type { SplitEvaluation } from "../../service/evaluation/evaluation.js";
import { McNemarTest, ScoreDifference } from "./comparison.js";
import { BaselineKind, Split, SplitStrategy } from "./enums.js";
import { RunWarning } from "./run.js";
import { Task } from "./table-enums.js";

@ObjectType("ClassReport", { description: "Scores of one class." })
export class ClassReport {
  @Field(() => String, { description: "Name of the class." })
  label!: string;

  @Field(() => Float, {
    description: "Share of the molecules given this class that have it; 0 when none was given it.",
  })
  precision!: number;

  @Field(() => Float, {
    description: "Share of the molecules of this class that were given it; 0 when there are none.",
  })
  recall!: number;

  @Field(() => Float, { description: "Harmonic mean of precision and recall; 0 when both are 0." })
  f1!: number;

  @Field(() => Int, { description: "Molecules of this class in the split." })
  support!: number;
}

@ObjectType("Baseline", {
  description: "What always answering the most frequent class of the training split (or of the data) would score.",
})
export class Baseline {
  @Field(() => String, { description: "That class." })
  label!: string;

  @Field(() => Float, { description: "Its accuracy on the split, 0 to 1." })
  accuracy!: number;

  @Field(() => Float, { description: "Its macro-F1 on the split, 0 to 1." })
  macroF1!: number;
}

@ObjectType("Score", { description: "A score by name." })
export class Score {
  @Field(() => String, {
    description:
      "SINGLE_LABEL: loss, accuracy, balancedAccuracy, macroF1, weightedF1, matthewsCorrelation, rocAuc, " +
      "averagePrecision, calibrationError. MULTI_LABEL: loss, accuracy, macroF1, rocAuc, averagePrecision, " +
      "calibrationError. REGRESSION: loss (of standardised values), rmse, mae (in units), r2.",
  })
  name!: string;

  @Field(() => Float, { nullable: true, description: "As scikit-learn computes it; null where it is not defined." })
  value!: number | null;
}

@ObjectType("NewMolecules", {
  description: "Scores on the molecules that the model was not trained on, as far as runs of this server say.",
})
class NewMolecules {
  @Field(() => Int, { description: "How many they are." })
  count!: number;

  @Field(() => [Score], { description: "Every score of them, by name." })
  scores!: Score[];
}

@ObjectType("LabelScore", {
  description: "Scores of one label of a MULTI_LABEL model, over the molecules where it was measured.",
})
export class LabelScore {
  @Field(() => String, { description: "Name of the label." })
  label!: string;

  @Field(() => Int, { description: "Molecules of the split where it was measured." })
  measured!: number;

  @Field(() => Int, { description: "Molecules of these that have it." })
  positives!: number;

  @Field(() => Float, {
    description: "Share of the molecules given the label (probability 1/2 and above) that have it.",
  })
  precision!: number;

  @Field(() => Float, { description: "Share of the molecules that have it that were given it." })
  recall!: number;

  @Field(() => Float, { description: "Harmonic mean of precision and recall; 0 when both are 0." })
  f1!: number;

  @Field(() => Float, {
    nullable: true,
    description: "Area under the ROC curve; null when only one answer was measured.",
  })
  rocAuc!: number | null;

  @Field(() => Float, { nullable: true, description: "Average precision; null when only one answer was measured." })
  averagePrecision!: number | null;
}

@ObjectType("TargetScore", {
  description: "Errors of one target of a REGRESSION model, in units, over what was measured.",
})
export class TargetScore {
  @Field(() => String, { description: "Name of the target: its label set." })
  label!: string;

  @Field(() => Int, { description: "Molecules of the split where it was measured." })
  measured!: number;

  @Field(() => Float, {
    nullable: true,
    description: "Root of the mean squared error; null when nothing was measured.",
  })
  rmse!: number | null;

  @Field(() => Float, { nullable: true, description: "Mean absolute error; null when nothing was measured." })
  mae!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "Coefficient of determination; null for fewer than two values.",
  })
  r2!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "RMSE of always answering the mean of the training split, or of the data.",
  })
  baseline!: number | null;
}

@ObjectType("Calibration", {
  description: "What dividing the logits by a temperature does; it is fitted on the validation split.",
})
export class Calibration {
  @Field(() => Float, { description: "The temperature: above 1 where the model was too sure." })
  temperature!: number;

  @Field(() => Float, { description: "Loss on this split at that temperature, in nats." })
  loss!: number;

  @Field(() => Float, { description: "Expected calibration error at that temperature, 15 bins, 0 to 1." })
  calibrationError!: number;
}

@ObjectType("EvaluationBaseline", { description: "What a finetune has to beat, on the same molecules of a split." })
export class EvaluationBaseline {
  @Field(() => BaselineKind, { description: "What answered." })
  kind!: BaselineKind;

  @Field(() => String, { nullable: true, description: "CONSTANT of SINGLE_LABEL: the class it answers; else null." })
  label!: string | null;

  @Field(() => [Score], { description: "Its scores by name, as `Evaluation.scores`." })
  scores!: Score[];

  @Field(() => [ScoreDifference], {
    description:
      "FINGERPRINT of a finetune: its scores (`a`) and the finetune's (`b`) on the same molecules; else empty.",
  })
  differences!: ScoreDifference[];

  @Field(() => McNemarTest, {
    nullable: true,
    description: "FINGERPRINT of a SINGLE_LABEL finetune: `a` is the baseline, `b` the finetune; else null.",
  })
  mcnemar!: McNemarTest | null;
}

@ObjectType("Evaluation", { description: "Scores of a run on one split, with what is needed to read them." })
export class Evaluation implements SplitEvaluation {
  @Field(() => Split, { description: "The split." })
  split!: Split;

  @Field(() => SplitStrategy, {
    nullable: true,
    description:
      "How molecules were dealt to splits: scores of different strategies do not compare. Null for an evaluation " +
      "run, which scores all molecules that it was given.",
  })
  splitStrategy!: SplitStrategy | null;

  @Field(() => Int, { description: "Molecules scored." })
  count!: number;

  @Field(() => Task, { description: "What the scores are of." })
  task!: Task;

  @Field(() => [Score], { description: "Every score of the split, by name." })
  scores!: Score[];

  @Field(() => NewMolecules, {
    nullable: true,
    description:
      "Of an evaluation run: molecules that the model was not trained on, as far as runs say; those that it was " +
      "chosen by (validation) are among them. Null where it was trained on all of the molecules, on none, or nobody " +
      "knows.",
  })
  newMolecules!: NewMolecules | null;

  @Field(() => [LabelScore], { description: "MULTI_LABEL: per label, in the order of `labels`; else empty." })
  labelScores!: LabelScore[];

  @Field(() => [TargetScore], { description: "REGRESSION: per target, in the order of `labels`; else empty." })
  targetScores!: TargetScore[];

  @Field(() => Calibration, {
    nullable: true,
    description: "What temperature scaling does, or did; null for REGRESSION and without a validation split.",
  })
  calibration!: Calibration | null;

  @Field(() => Float, {
    description: "Mean cross-entropy in nats; of REGRESSION the squared error of standardised values.",
  })
  loss!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "Share of molecules given their own class, 0 to 1; MULTI_LABEL: of measured labels answered right; " +
      "null for REGRESSION.",
  })
  accuracy!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "Mean F1 over the classes present in the split, or over its measured labels, 0 to 1; null for REGRESSION.",
  })
  macroF1!: number | null;

  @Field(() => Baseline, {
    nullable: true,
    description: "The majority class, for comparison; null but for SINGLE_LABEL.",
    deprecationReason: "Read `baselines`: CONSTANT is the majority class.",
  })
  baseline!: Baseline | null;

  @Field(() => [EvaluationBaseline], {
    description:
      "What the run has to beat. A finetune has both kinds; without FINGERPRINT it is of an earlier version, not at " +
      "its end yet, or could not be compared (BASELINE_FAILED among the run's warnings). A probe and an evaluation " +
      "have CONSTANT.",
  })
  baselines!: EvaluationBaseline[];

  @Field(() => [RunWarning], { description: "What to know when reading these scores." })
  warnings!: RunWarning[];

  @Field(() => [ClassReport], { description: "SINGLE_LABEL: per class, in the order of `labels`; else empty." })
  classes!: ClassReport[];

  @Field(() => [[Int]], {
    description:
      "Counts of molecules. Rows: true class; columns: predicted class; both in the order of `labels`. " +
      "Empty but for SINGLE_LABEL.",
  })
  confusionMatrix!: number[][];

  @Field(() => [String], { description: "The classes, labels or targets, in the order of the model's logits." })
  labels!: string[];
}
