export { Downloads } from "./downloads/downloads.js";
export type { DownloadsOptions, ModelDownloads } from "./downloads/types.js";
export { plannedOrder } from "./orders/input.js";
export { learns } from "./orders/stored.js";
export { type Runs, startRuns } from "./runs.js";
export type { RunsOptions } from "./types.js";
export { type AnsweredRow, type AnsweredSplit, readAnswers, type SplitKey } from "./work/answers.js";
