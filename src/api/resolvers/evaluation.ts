/**
 * The details behind an evaluation's scores; every field is null for runs that have kept no answers (earlier versions).
 */
import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from "type-graphql";
import { MaillardError } from "../../errors.js";
import type { TaskReport } from "../../scores/types.js";
import { evaluationFigure, FigureKind } from "../../service/evaluation/evaluation-figures.js";
import type { ReportedSplit } from "../../service/evaluation/evaluation-reports.js";
import { type Located, located, moleculeAnswers } from "../../service/evaluation/molecule-answers.js";
import { isLeaky, LEAKY_NOTE } from "../../service/space/run-splits.js";
import type { ReachedCompound } from "../../store/access/compounds.js";
import type { Run as RunRow } from "../../store/generated/client.js";
import type { Context } from "../context.js";
import { Compound } from "../types/compound.js";
import { Evaluation } from "../types/evaluation.js";
import {
  CalibrationBin,
  LabelCurve,
  Mistake,
  MoleculeAnswer,
  NewScaffolds,
  ScoreInterval,
  SplitLeakage,
  TargetResiduals,
  ValuePair,
} from "../types/evaluation-report.js";
import { checkSize } from "./compound.js";

/** What Run.evaluation answers besides the fields of the type. */
export interface EvaluationRoot {
  run: RunRow;
  report: TaskReport;
}

const NULL = "Null for a run of a version that kept no answers of single molecules.";
const load = ({ run, report }: EvaluationRoot, { loaders }: Context): Promise<ReportedSplit | null> =>
  loaders.report.load({ runId: run.id, split: report.split });

@Resolver(() => Evaluation)
export class EvaluationResolver {
  @FieldResolver(() => [ScoreInterval], { nullable: true, description: `Every score with its interval. ${NULL}` })
  async intervals(@Root() root: EvaluationRoot, @Ctx() context: Context): Promise<ScoreInterval[] | null> {
    return (await load(root, context))?.report.scores ?? null;
  }

  @FieldResolver(() => NewScaffolds, {
    nullable: true,
    description: `Scores on molecules with a scaffold that training has not seen; null when there are none. ${NULL}`,
  })
  async newScaffolds(@Root() root: EvaluationRoot, @Ctx() context: Context): Promise<NewScaffolds | null> {
    return (await load(root, context))?.report.newScaffolds ?? null;
  }

  @FieldResolver(() => [CalibrationBin], {
    nullable: true,
    description: `Confidence against accuracy in 15 bins, before any temperature; null for REGRESSION. ${NULL}`,
  })
  async calibrationCurve(@Root() root: EvaluationRoot, @Ctx() context: Context): Promise<CalibrationBin[] | null> {
    return (await load(root, context))?.report.calibrationCurve ?? null;
  }

  @FieldResolver(() => [LabelCurve], {
    nullable: true,
    description: `ROC and precision-recall curves, in the order of \`labels\`; empty for REGRESSION. ${NULL}`,
  })
  async curves(@Root() root: EvaluationRoot, @Ctx() context: Context): Promise<LabelCurve[] | null> {
    return (await load(root, context))?.report.curves ?? null;
  }

  @FieldResolver(() => [Mistake], {
    nullable: true,
    description: `Wrong answers, the most probable first; empty for REGRESSION. BAD_INPUT. ${NULL}`,
  })
  async mistakes(
    @Root() root: EvaluationRoot,
    @Arg("first", () => Int, { defaultValue: 10, description: "At most this many, 1 to 100." }) first: number,
    @Ctx() context: Context,
  ): Promise<(Mistake & Located)[] | null> {
    const most = bounded("first", first, 1, 100);
    const split = await load(root, context);
    return split?.report.mistakes.slice(0, most).map((mistake) => located(split, mistake)) ?? null;
  }

  @FieldResolver(() => [TargetResiduals], {
    nullable: true,
    description: `Quantiles of the residuals, in the order of \`labels\`; empty but for REGRESSION. ${NULL}`,
  })
  async residuals(@Root() root: EvaluationRoot, @Ctx() context: Context): Promise<TargetResiduals[] | null> {
    return (await load(root, context))?.report.residuals ?? null;
  }

  @FieldResolver(() => [ValuePair], {
    nullable: true,
    description:
      "Predicted and true values; of more than 2,000 every k-th of each target was kept. Empty but for " +
      `REGRESSION. BAD_INPUT. ${NULL}`,
  })
  async pairs(
    @Root() root: EvaluationRoot,
    @Arg("first", () => Int, { defaultValue: 100, description: "At most this many, 1 to 2,000." }) first: number,
    @Ctx() context: Context,
  ): Promise<(ValuePair & Located)[] | null> {
    const most = bounded("first", first, 1, 2_000);
    const split = await load(root, context);
    return split?.report.pairs.slice(0, most).map((pair) => located(split, pair)) ?? null;
  }

  @FieldResolver(() => [MoleculeAnswer], {
    nullable: true,
    description:
      "What the model answered to each molecule, in the dataset's order (under ROW: to each row). " +
      `BAD_INPUT. ${NULL}`,
  })
  async molecules(
    @Root() root: EvaluationRoot,
    @Arg("first", () => Int, { defaultValue: 100, description: "At most this many, 1 to 1,000." }) first: number,
    @Arg("after", () => Int, { defaultValue: 0, description: "So many are left out first, 0 or more." }) after: number,
    @Ctx() context: Context,
  ): Promise<(MoleculeAnswer & Located)[] | null> {
    const from = bounded("after", after, 0, 2 ** 31 - 1);
    const to = from + bounded("first", first, 1, 1_000);
    const split = await load(root, context);
    return split && moleculeAnswers(split, from, to);
  }

  @FieldResolver(() => SplitLeakage, {
    nullable: true,
    description: "What the split shares with training; null for TRAIN, and for runs of versions that did not look.",
  })
  leakage(@Root() { run, report }: EvaluationRoot): SplitLeakage | null {
    return leakageOf(run).find(({ split }) => split === report.split) ?? null;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: `A figure as SVG text; null where the task has none. BAD_INPUT. But for CONFUSION_MATRIX: ${NULL}`,
  })
  async figure(
    @Root() root: EvaluationRoot,
    @Arg("kind", () => FigureKind, { description: "Which figure." }) kind: FigureKind,
    @Arg("width", () => Int, {
      nullable: true,
      description: "Pixels, 240 to 2,000; null: what suits a page. Not used by CONFUSION_MATRIX.",
    })
    width: number | null,
    @Arg("height", () => Int, {
      nullable: true,
      description: "Pixels, 160 to 2,000; null: what suits a page. Not used by CONFUSION_MATRIX and PREDICTED_TRUE.",
    })
    height: number | null,
    @Ctx() context: Context,
  ): Promise<string | null> {
    checkSize(width ?? 240, height ?? 240);
    const reported = kind === FigureKind.CONFUSION_MATRIX ? null : await load(root, context);
    const note = isLeaky(root.run) ? LEAKY_NOTE : "";
    const size = { ...(width ? { width } : {}), ...(height ? { height } : {}) };
    return evaluationFigure(kind, { name: root.run.name, report: root.report, reported, note }, size);
  }
}

/** What the run's splits share with training; empty for runs of versions that did not measure it. */
export const leakageOf = ({ leakage }: RunRow): SplitLeakage[] => (leakage ?? []) as unknown as SplitLeakage[];

function bounded(param: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new MaillardError("BAD_INPUT", `\`${param}\` is ${value}: it must be ${least} to ${most}.`, { param });
}

const compoundOf = ({ compoundId: id, datasetId }: Located, { loaders }: Context): Promise<ReachedCompound | null> =>
  loaders.compound.load({ id, reached: { datasetId } });

@Resolver(() => Mistake)
export class MistakeResolver {
  @FieldResolver(() => Compound, { description: "The molecule." })
  compound(@Root() mistake: Mistake & Located, @Ctx() context: Context): Promise<ReachedCompound | null> {
    return compoundOf(mistake, context);
  }
}

@Resolver(() => ValuePair)
export class ValuePairResolver {
  @FieldResolver(() => Compound, { description: "The molecule." })
  compound(@Root() pair: ValuePair & Located, @Ctx() context: Context): Promise<ReachedCompound | null> {
    return compoundOf(pair, context);
  }
}

@Resolver(() => MoleculeAnswer)
export class MoleculeAnswerResolver {
  @FieldResolver(() => Compound, { description: "The molecule." })
  compound(@Root() answer: MoleculeAnswer & Located, @Ctx() context: Context): Promise<ReachedCompound | null> {
    return compoundOf(answer, context);
  }
}
