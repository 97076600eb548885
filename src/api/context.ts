/**
 * What a resolver is given: the application, loaders of this operation alone, the client's presence, and the bytes of
 * the answer so far.
 */
import type { Application } from "../service/application.js";
import { AnswerMeter } from "./answer.js";
import { Loaders } from "./loaders.js";

export interface Context {
  application: Application;
  /** Replaced for each event of a subscription, so that no event is answered from an older one's rows. */
  loaders: Loaders;
  /** Aborted when the client has left. */
  signal: AbortSignal;
  requestId: string;
  answer: AnswerMeter;
}

export const makeContext = (
  application: Application,
  requestId: string,
  signal: AbortSignal,
  answerBytes?: number,
): Context => ({
  application,
  loaders: new Loaders(application, signal),
  signal,
  requestId,
  answer: new AnswerMeter(answerBytes),
});
