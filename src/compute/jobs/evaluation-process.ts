/** Entry of a process that answers one question about evaluations and ends. Started by evaluations.ts, never imported. */
import { compareAnswers } from "../../analysis/evaluation/comparison.js";
import { splitReport } from "../../analysis/evaluation/report.js";
import { followParent, tell } from "../../process/child-life.js";
import { errorJson } from "../messages.js";
import type { EvaluationAnswer, EvaluationQuestion } from "./evaluations.js";

followParent("maillard evaluation");

function answer(question: EvaluationQuestion): EvaluationAnswer {
  if (question.kind === "report")
    return { kind: "report", report: splitReport(question.answers, question.newScaffold) };
  return { kind: "comparison", comparison: compareAnswers(question.a, question.b) };
}

process.on("message", async (question: EvaluationQuestion) => {
  let reply: EvaluationAnswer;
  try {
    reply = answer(question);
  } catch (error) {
    reply = { kind: "failed", error: errorJson(error) };
  }
  await tell(reply);
  process.exit(0);
});
