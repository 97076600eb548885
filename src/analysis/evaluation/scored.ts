/**
 * The scores of a model on data that nothing was dealt from: the report of training, made by the same code, with what
 * the data itself would have to be answered with always. A regression is standardised by the values of these molecules,
 * because those of training are not always known: its loss is about 1 - R².
 */
import { evaluate } from "../../scores/classes.js";
import { multiLabelReport, regressionReport } from "../../scores/reports.js";
import { fitTargetScale, standardize } from "../../scores/target-scale.js";
import type { Baseline, Floats, SplitName, TaskReport } from "../../scores/types.js";
import { type Answers, plainScores, rowsOf, someRows } from "./answers.js";
import { constantBaseline, constantOf } from "./baselines.js";

/** Data that are scored as they are have one split. */
const SPLIT: SplitName = "TEST";

export interface ScoredAnswers {
  report: TaskReport;
  /** The best constant answer to these molecules: see Baseline. */
  baselines: Baseline[];
}

/**
 * @param taught by row: 1 where the model was trained on the molecule; the others are scored once more
 * @throws MaillardError NON_FINITE_OUTPUT; EMPTY_DATASET where nothing was measured
 */
export function scoredAnswers(answers: Answers, taught: ArrayLike<number>): ScoredAnswers {
  const { task, labels, outputs, truth } = answers;
  const constant = constantOf(task, labels, truth);
  const scale = task === "REGRESSION" ? fitTargetScale(truth as Floats, labels.length) : null;
  const own: Answers = scale ? { ...answers, deviation: [...scale.deviation] } : answers;
  const baselines = [constantBaseline(own, constant)];
  const fresh = Array.from({ length: rowsOf(answers) }, (_, row) => row).filter((row) => taught[row] !== 1);
  const isMixed = fresh.length > 0 && fresh.length < rowsOf(answers);
  const newMolecules = isMixed
    ? { newMolecules: { count: fresh.length, scores: plainScores(someRows(own, fresh)) } }
    : {};
  const context = { split: SPLIT, labels };
  if (scale)
    return {
      report: {
        ...regressionReport(standardize(outputs, scale), truth as Floats, { ...context, scale }),
        ...newMolecules,
      },
      baselines,
    };
  if (task === "MULTI_LABEL")
    return { report: { ...multiLabelReport(outputs, truth as Floats, context), ...newMolecules }, baselines };
  const majority = constant.indexOf(Math.max(...constant));
  return {
    report: { ...evaluate(outputs, truth as Int32Array, { ...context, majority }), ...newMolecules },
    baselines,
  };
}
