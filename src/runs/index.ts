export { Downloads } from "./downloads/downloads.js";
export type { DownloadsOptions, ModelDownloads } from "./downloads/types.js";
export { plannedOrder } from "./orders/input.js";
export { settingsOf } from "./orders/stored.js";
export { WARNINGS } from "./plan/types.js";
export { type Runs, startRuns } from "./runs.js";
export type { RunsOptions } from "./types.js";
export { type AnsweredRow, type AnsweredSplit, readAnswers, type SplitKey } from "./work/answers.js";
export { fingerprintsOf } from "./work/fingerprints.js";
