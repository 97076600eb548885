/**
 * The columns of a table of predictions. After those of the input:
 *   label, score            the best class or label, and its probability; not of numbers
 *   probability_<label>     of every class or label: of several labels always, of classes where they are asked for
 *   predicted_<target>      of numbers: the value of every target
 *   note                    what to know of the molecule, such as fragments that were left out
 *   error_code, error_message   why a row has no answer; empty in the others
 * A name that the input has, too, gets a number: "label (2)".
 */
import type { Floats } from "../../scores/types.js";
import { beside } from "../../tables/names.js";
import type { Cell, Column } from "../../tables/types.js";
import { bestOf, type Head } from "./head.js";

/** What is said of a row. `scores`: [labels]; float64 of probes on numbers, and of what a file held. */
export type RowAnswer = { scores: Floats; note: string | null } | { code: string; message: string };

interface AnswerTable {
  columns: Column[];
  cells(answer: RowAnswer): Cell[];
}

/** @param taken  names of the columns before these */
export function answerTable(head: Head, { probabilities }: { probabilities: boolean }, taken: readonly string[] = []) {
  const { task, labels } = head;
  const isNumbers = task === "REGRESSION";
  const every = isNumbers || task === "MULTI_LABEL" || probabilities;
  const columns: Column[] = [
    ...(isNumbers ? [] : [text("label"), number("score")]),
    ...(every ? labels.map((label) => number(`${isNumbers ? "predicted" : "probability"}_${label}`)) : []),
    text("note"),
    text("error_code"),
    text("error_message"),
  ];
  const empty: Cell[] = new Array(columns.length - 2).fill(null);
  const cells = (answer: RowAnswer): Cell[] => {
    if ("code" in answer) return [...empty, answer.code, answer.message];
    const { scores, note } = answer;
    const best = bestOf(head, scores);
    return [...(isNumbers ? [] : [labels[best], scores[best]]), ...(every ? scores : []), note, null, null];
  };
  return { columns: beside(taken, columns), cells } satisfies AnswerTable;
}

const text = (name: string): Column => ({ name, kind: "TEXT" });
const number = (name: string): Column => ({ name, kind: "NUMBER" });
