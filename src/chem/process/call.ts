/** One call of the chemistry: its questions in two lanes, and what it has spent of its time. */
import type { MaillardError } from "../../errors.js";
import { type ChemistryLimits, MANY_RING_DIGITS, SLOW_MS } from "./limits.js";
import { type Answer, isPattern, type Question } from "./messages.js";

/** One question. */
export interface Job {
  readonly call: Call;
  readonly place: number;
  readonly question: Question;
  /** Processes that already ended while they worked on this question. */
  deaths: number;
}

/** Time above SLOW_MS of slow questions, milliseconds. Calls of one request may share an account. */
export interface Account {
  spentMs: number;
}

/** Questions in one message to a process: at most this many, and about this much time, milliseconds. */
export const CHUNK = 16;
const CHUNK_MS = 50;
/** Before the first answer; and a smaller chunk is filled up to it by other calls. */
export const FIRST_CHUNK = 8;
/** A call of which so many did not end in the quick lane, and a tenth of all, asks the others in the slow lane. */
const MOST_OVERRUNS = 2;

export class Call {
  readonly quick: Job[] = [];
  readonly slow: Job[] = [];
  readonly #answers: Answer[];
  #missing: number;
  #answeredMs = 0;
  #overruns = 0;

  constructor(
    questions: readonly Question[],
    private readonly limits: ChemistryLimits,
    private readonly end: (answers: Answer[] | MaillardError) => void,
    isKnownSlow: (question: Question) => boolean,
    readonly account: Account,
    /** For nobody who waits. */
    readonly background: boolean,
  ) {
    this.#answers = new Array(questions.length);
    this.#missing = questions.length;
    for (const [place, question] of questions.entries()) {
      const lane = looksSlow(question) || isKnownSlow(question) ? this.slow : this.quick;
      lane.push({ call: this, place, question, deaths: 0 });
    }
  }

  get over(): boolean {
    return this.#missing === 0;
  }

  /** Takes the next chunk of the quick lane, of at most so many. */
  chunk(most = CHUNK): Job[] {
    const answered = this.#answers.length - this.#missing;
    const fits = answered === 0 ? FIRST_CHUNK : Math.floor((CHUNK_MS * answered) / Math.max(1, this.#answeredMs));
    return this.quick.splice(0, Math.min(most, Math.max(1, fits)));
  }

  /** @param ms of RDKit */
  settle(job: Job, answer: Answer, ms: number): void {
    if (this.over) return;
    this.#answers[job.place] = answer;
    this.#answeredMs += ms;
    this.account.spentMs += Math.max(0, ms - SLOW_MS);
    this.#missing -= 1;
    if (this.#missing === 0) this.end(this.#answers);
  }

  refuse(job: Job, code: "TIMEOUT" | "INVALID_SMILES", message: string, ms = 0): void {
    this.settle(job, { ok: false, error: { input: job.question.smiles, code, message } }, ms);
  }

  /** Those that wait in either lane. */
  refuseThose(matches: (question: Question) => boolean, message: (question: Question) => string): void {
    for (const lane of [this.quick, this.slow]) {
      const refused = lane.filter(({ question }) => matches(question));
      if (refused.length === 0) continue;
      lane.splice(0, lane.length, ...lane.filter((job) => !refused.includes(job)));
      for (const job of refused) this.refuse(job, "TIMEOUT", message(job.question));
    }
  }

  /** A question did not end in the quick lane. */
  toSlowLane(job: Job): void {
    this.slow.push(job);
    this.#overruns += 1;
    const answered = this.#answers.length - this.#missing;
    if (this.#overruns > MOST_OVERRUNS && this.#overruns * 10 > answered) this.slow.push(...this.quick.splice(0));
  }

  /** The next question of the slow lane; those that have no time left are refused. */
  nextSlow(): Job | undefined {
    if (this.account.spentMs < this.limits.callMs) return this.slow.shift();
    const seconds = this.limits.callMs / 1000;
    const message = `the time of this request for slow molecules (${seconds} s) is spent: send fewer of them`;
    for (const job of this.slow.splice(0)) this.refuse(job, "TIMEOUT", message);
    return undefined;
  }

  fail(error: MaillardError): void {
    this.#missing = 0;
    this.quick.length = 0;
    this.slow.length = 0;
    this.end(error);
  }
}

/** By the molecule's text: that of a SMARTS does not say how long it takes. */
function looksSlow(question: Question): boolean {
  if (isPattern(question) || question.kind === "mol-block") return false;
  let digits = 0;
  let inBracket = false;
  for (const character of question.smiles) {
    if (character === "[") inBracket = true;
    else if (character === "]") inBracket = false;
    else if (!inBracket && character >= "0" && character <= "9") digits += 1;
  }
  return digits > MANY_RING_DIGITS;
}
