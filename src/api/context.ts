/**
 * What a resolver is given: the application as the principal sees it, loaders of this operation alone, the operation
 * itself, and the bytes of its answer so far.
 */
import { type Application, applicationFor } from "../service/application.js";
import type { Principal } from "../store/access/principal.js";
import type { Charge } from "./access/points.js";
import { AnswerMeter, type Held } from "./answer.js";
import { Loaders } from "./loaders.js";
import { Observed } from "./observe/observed.js";
import type { Operation } from "./operation.js";

export interface Context {
  /** As the principal sees it. */
  application: Application;
  /** Others for each event of a subscription, so that no event is answered from an older one's rows. */
  loaders: Loaders;
  operation: Operation;
  /** Of the operation: aborted when nobody waits for its answer any more. */
  signal: AbortSignal;
  requestId: string;
  /** Who asks. */
  principal: Principal;
  answer: AnswerMeter;
  /** Of the client's connection. */
  address: string | null;
  /** What the operation cost; null: the client has no limit of points. */
  charge: Charge | null;
  /** What is counted and logged of the operation when it is over. */
  observed: Observed;
  /** Of a subscription: the cursor of the event that is being answered; null or absent: it has none. */
  cursor?: string | null;
  /** Of a subscription that has a cursor: continue after this one. */
  resumeAfter?: number | null;
  /** Of a subscription: pays for its next event, or a share of its price, before its selection runs. RATE_LIMITED. */
  payForEvent?(share?: number): void;
}

export interface ContextOptions {
  requestId: string;
  operation: Operation;
  principal: Principal;
  /** Default: not known. */
  address?: string | null;
  /** Bytes that the answer may have. */
  answerBytes?: number;
  /** Of the client's answers together. */
  held?: Held;
  /** Default: a new one. */
  observed?: Observed;
}

export const makeContext = (
  application: Application,
  { requestId, operation, principal, address = null, answerBytes, held, observed = new Observed() }: ContextOptions,
): Context => {
  const seen = applicationFor(application, principal);
  const { signal } = operation;
  const [loaders, answer] = [new Loaders(seen, signal), new AnswerMeter(answerBytes, held)];
  const of = { requestId, principal, address, charge: null, observed };
  return { application: seen, loaders, operation, signal, answer, ...of };
};
