/**
 * One piece of a file, sent to POST /predict and answered as a whole. What passes by itself is waited for: a server
 * that restarts, no place, cost points of a minute that are used up. So a piece is asked again until it is answered,
 * and its rows are there once.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { TableRow } from "../../datasets/files/table-rows.js";
import { delimitedText } from "../../tables/delimited.js";
import type { Cell, Column } from "../../tables/types.js";
import { CommandFailure, noServer } from "../failure.js";
import type { Session } from "../session.js";

export interface Question {
  model: string;
  averageOver: number;
  probabilities: boolean;
  /** A column of mol blocks comes first. */
  blocks: boolean;
}

export interface AnsweredPiece {
  rows: TableRow[];
  /** Of the model: what it computes. */
  checksum: string;
  /** Of the answer. */
  columns: Column[];
  /** One for each row. */
  cells: Cell[][];
}

interface Line {
  checksum?: string;
  columns?: Column[];
  rows?: Cell[][];
  done?: object;
  error?: { code: string; message: string; retryable?: boolean; details?: { retryAfterMs?: number } };
}

/** Pauses between two attempts that nobody named, ms. */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [500, 10_000];
/** How long a server may be away or full before the command ends; what was written stays. */
const PATIENCE_MS = 15 * 60_000;
const PASSING_CODES: readonly string[] = ["OVERLOADED", "RATE_LIMITED", "CANCELLED", "DEVICE_UNAVAILABLE", "LEFT"];
const CSV = delimitedText(
  [
    { name: "row", kind: "INTEGER" },
    { name: "smiles", kind: "TEXT" },
  ],
  { delimiter: "," },
);

/** What went wrong and passes, and when to ask again; null: nobody knows. */
class Passing extends Error {
  constructor(
    readonly failure: CommandFailure,
    readonly afterMs: number | null,
  ) {
    super(failure.message);
  }
}

/** `onWait` is told why it waits. */
export async function answerPiece(
  session: Session,
  rows: TableRow[],
  question: Question,
  { signal, onWait }: { signal: AbortSignal; onWait(why: string): void },
): Promise<AnsweredPiece> {
  const body = CSV.head + rows.map(({ smiles, problem }, row) => CSV.row([row, problem ? "" : smiles])).join("");
  let pause = FIRST_PAUSE_MS;
  for (const began = performance.now(); ; ) {
    try {
      return withProblems(rows, await ask(session, body, question, rows.length, signal));
    } catch (error) {
      if (!(error instanceof Passing) || signal.aborted) throw error;
      if (performance.now() - began > PATIENCE_MS) throw error.failure;
      onWait(error.failure.message);
      await wait(error.afterMs ?? pause, undefined, { signal });
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
  }
}

async function ask(
  { client }: Session,
  body: string,
  { model, averageOver, probabilities, blocks }: Question,
  rows: number,
  signal: AbortSignal,
): Promise<Omit<AnsweredPiece, "rows">> {
  const fields = new URLSearchParams({
    ...{ model, averageOver: String(averageOver), probabilities: String(probabilities), molBlocks: String(blocks) },
    ...{ output: "lines", inputColumns: "false", smiles: "smiles", delimiter: ",", header: "true", encoding: "utf-8" },
  });
  const headers = {
    "content-type": "application/octet-stream",
    "x-maillard-client": "cli",
    ...client.authorization,
  };
  const answer: Omit<AnsweredPiece, "rows"> = { checksum: "", columns: [], cells: [] };
  let last: Line = {};
  try {
    const url = new URL(`/predict?${fields}`, client.url);
    const response = await fetch(url, { method: "POST", body, headers, signal });
    const text = await response.text();
    if (!response.ok) throw refused(response, text);
    for (const line of text.split("\n").filter(Boolean)) {
      last = JSON.parse(line) as Line;
      answer.checksum = last.checksum ?? answer.checksum;
      answer.columns = last.columns ?? answer.columns;
      answer.cells.push(...(last.rows ?? []));
    }
  } catch (error) {
    if (signal.aborted || error instanceof Passing || error instanceof CommandFailure) throw error;
    throw new Passing(noServer(client.url), null);
  }
  if (last.error) throw failureOf(last.error);
  // The connection broke between two lines, or a proxy cut the answer.
  if (!last.done || answer.cells.length !== rows) throw new Passing(noServer(client.url), null);
  return answer;
}

/** A row that could not be read has the reader's reason. */
function withProblems(rows: TableRow[], answer: Omit<AnsweredPiece, "rows">): AnsweredPiece {
  const cells = answer.cells.map((given, index) => {
    const { problem } = rows[index];
    return problem ? [...given.slice(0, -2), problem.code, problem.message] : given;
  });
  return { ...answer, rows, cells };
}

function refused(response: Response, text: string): Error {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  let error = { code: "NO_SERVER", message: `The server answered HTTP ${response.status}: ${text.slice(0, 80)}` };
  try {
    const [first] = (JSON.parse(text) as { errors: { message: string; extensions: { code: string } }[] }).errors;
    error = { code: first.extensions.code, message: first.message };
  } catch {
    // What answered is no server of ours, such as a proxy in front of one.
  }
  const passes = [429, 502, 503, 504].includes(response.status);
  return failureOf({ ...error, retryable: passes, details: seconds > 0 ? { retryAfterMs: 1_000 * seconds } : {} });
}

function failureOf({ code, message, retryable, details }: NonNullable<Line["error"]>): Error {
  const failure = new CommandFailure(code, message);
  return retryable || PASSING_CODES.includes(code) ? new Passing(failure, details?.retryAfterMs ?? null) : failure;
}
