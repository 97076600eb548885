/** What a resolver is given: the application, loaders of this operation alone, and the client's presence. */
import { type Application, applicationFor } from "../service/application.js";
import type { Principal } from "../store/access/principal.js";
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
}

export const makeContext = (
  application: Application,
  requestId: string,
  signal: AbortSignal,
  principal: Principal,
): Context => {
  const seen = applicationFor(application, principal);
  return { application: seen, loaders: new Loaders(seen, signal), signal, requestId, principal };
};
