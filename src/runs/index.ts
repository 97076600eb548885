export { type DownloadInput, Downloads, type DownloadsOptions } from "./downloads/downloads.js";
export { settleCheckpoint } from "./downloads/settle-checkpoint.js";
export { type EmbeddingInput, type FinetuneInput, plannedOrder } from "./orders/input.js";
export type { Warning } from "./plan/types.js";
export { isFinal } from "./queue/states.js";
export { type Runs, type RunsOptions, startRuns } from "./runs.js";
export { type AnsweredRow, type AnsweredSplit, readAnswers, type SplitKey } from "./work/answers.js";
export { type EmbeddingRequest, ensureEmbeddings } from "./work/embedding.js";
export { fingerprintsOf } from "./work/fingerprints.js";
