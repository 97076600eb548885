/**
 * What a resolver is given: the application, loaders of this operation alone, the client and its presence, and the
 * bytes of the answer so far.
 */
import { type Application, applicationFor } from "../service/application.js";
import type { Principal } from "../store/access/principal.js";
import type { Charge } from "./access/points.js";
import { AnswerMeter } from "./answer.js";
import { Loaders } from "./loaders.js";

export interface Context {
  /** As the principal sees it. */
  application: Application;
  /** Replaced for each event of a subscription, so that no event is answered from an older one's rows. */
  loaders: Loaders;
  /** Aborted when the client has left. */
  signal: AbortSignal;
  requestId: string;
  /** Who asks. */
  principal: Principal;
  /** Of the client's connection. */
  address: string | null;
  /** What the operation cost; null: the client has no limit of points. */
  charge: Charge | null;
  answer: AnswerMeter;
}

export const makeContext = (
  application: Application,
  requestId: string,
  signal: AbortSignal,
  principal: Principal,
  address: string | null = null,
  answerBytes?: number,
): Context => {
  const seen = applicationFor(application, principal);
  const loaders = new Loaders(seen, signal);
  const answer = new AnswerMeter(answerBytes);
  return { application: seen, loaders, signal, requestId, principal, address, charge: null, answer };
};
