/** Entry of a process that answers one question about evaluations. Started by Evaluations, never imported. */
import { compareAnswers } from "../../analysis/evaluation/comparison.js";
import { splitReport } from "../../analysis/evaluation/report.js";
import { answerOnce } from "../../process/child-life.js";
import type { EvaluationAnswer, EvaluationQuestion } from "./evaluations.js";

function answer(question: EvaluationQuestion): EvaluationAnswer {
  if (question.kind === "report")
    return { kind: "report", report: splitReport(question.answers, question.newScaffold) };
  return { kind: "comparison", comparison: compareAnswers(question.a, question.b) };
}

answerOnce((question: EvaluationQuestion) => () => answer(question));
