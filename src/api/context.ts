/** What a resolver is given: the application, loaders of this operation alone, and the operation itself. */
import { type Application, applicationFor } from "../service/application.js";
import type { Principal } from "../store/access/principal.js";
import { Loaders } from "./loaders.js";
import type { Operation } from "./operation.js";

export interface Context {
  /** As the principal sees it. */
  application: Application;
  /** Replaced for each event of a subscription, so that no event is answered from an older one's rows. */
  loaders: Loaders;
  operation: Operation;
  /** Of the operation: aborted when nobody waits for its answer any more. */
  signal: AbortSignal;
  requestId: string;
  /** Who asks. */
  principal: Principal;
}

export const makeContext = (
  application: Application,
  requestId: string,
  operation: Operation,
  principal: Principal,
): Context => {
  const seen = applicationFor(application, principal);
  const { signal } = operation;
  return { application: seen, loaders: new Loaders(seen, signal), operation, signal, requestId, principal };
};
