/** Topics of the notifications about one run. */

/** Of the topics of all runs, before the id. */
export const RUN_TOPICS = "run:";
/** Its row changed. */
export const runTopic = (runId: string): string => `${RUN_TOPICS}${runId}`;
/** It has new metrics. */
export const metricTopic = (runId: string): string => `metric:${runId}`;
/** It has new events. */
export const eventTopic = (runId: string): string => `event:${runId}`;
/** Its worker looks whether to stop: a cancel or a pause was requested. */
export const stopTopic = (runId: string): string => `cancel:${runId}`;
