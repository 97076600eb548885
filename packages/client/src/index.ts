/** Typed client of a Maillard server. */
export {
  type CallOptions,
  type ClientOptions,
  type Document,
  type EmbedOptions,
  type EmbedResult,
  type FinetuneInput,
  MaillardClient,
  type PredictOptions,
  type PredictResult,
} from "./client.js";
export { MaillardError, type MaillardErrorCode } from "./errors.js";
export type * from "./generated/graphql.js";
export type { RetryOptions } from "./retry.js";
export { type Metric, type Run, type RunEvent, RunHandle, type WatchOptions } from "./run.js";
