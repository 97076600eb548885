export { type AnsweredRow, type AnsweredSplit, readAnswers, type SplitKey } from "./answers.js";
export { type DownloadInput, Downloads, type DownloadsOptions } from "./downloads.js";
export { type EmbeddingRequest, ensureEmbeddings } from "./embedding.js";
export { fingerprintsOf } from "./fingerprints.js";
export { type EmbeddingInput, type FinetuneInput, plannedOrder } from "./input.js";
export type { Warning } from "./plan.js";
export { type Runs, type RunsOptions, startRuns } from "./runs.js";
export { settleCheckpoint } from "./settle-checkpoint.js";
