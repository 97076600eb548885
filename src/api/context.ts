/** What a resolver is given: the application, loaders of this operation alone, and the operation itself. */
import type { Application } from "../service/application.js";
import { Loaders } from "./loaders.js";
import type { Operation } from "./operation.js";

export interface Context {
  application: Application;
  /** Replaced for each event of a subscription, so that no event is answered from an older one's rows. */
  loaders: Loaders;
  operation: Operation;
  /** Of the operation: aborted when nobody waits for its answer any more. */
  signal: AbortSignal;
  requestId: string;
}

export const makeContext = (application: Application, requestId: string, operation: Operation): Context => ({
  application,
  loaders: new Loaders(application, operation.signal),
  operation,
  signal: operation.signal,
  requestId,
});
