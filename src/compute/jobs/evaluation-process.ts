/** Entry of a process that answers one question about evaluations. Started by Evaluations, never imported. */
import { compareAnswers } from "../../analysis/evaluation/comparison.js";
import { splitReport } from "../../analysis/evaluation/report.js";
import { scoredAnswers } from "../../analysis/evaluation/scored.js";
import { answerOnce } from "../../process/child-life.js";
import type { EvaluationAnswer, EvaluationQuestion } from "./evaluations.js";

function answer(question: EvaluationQuestion): EvaluationAnswer {
  switch (question.kind) {
    case "report":
      return { kind: "report", report: splitReport(question.answers, question.newScaffold) };
    case "comparison":
      return { kind: "comparison", comparison: compareAnswers(question.a, question.b) };
    case "scores":
      return { kind: "scores", scored: scoredAnswers(question.answers, question.taught) };
    default:
      throw question satisfies never;
  }
}

answerOnce((question: EvaluationQuestion) => () => answer(question));
