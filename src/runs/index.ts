export { Downloads, type DownloadsOptions } from "./downloads/downloads.js";
export { plannedOrder } from "./orders/input.js";
export { type Runs, type RunsOptions, startRuns } from "./runs.js";
export { type AnsweredRow, type AnsweredSplit, readAnswers, type SplitKey } from "./work/answers.js";
export { fingerprintsOf } from "./work/fingerprints.js";
