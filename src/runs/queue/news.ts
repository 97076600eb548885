/**
 * What happens to runs in this process, for the operator's log and for counting: names of events, ids and codes, never
 * a message, which may hold a SMILES. The whole story of a run is in its own log (events.ts).
 */

/** Every event, with what it says. */
export const RUN_NEWS = {
  claimed: "A worker of this process took it.",
  resumed: "The same of a run that was taken before: it goes on from its last checkpoint, if it has one.",
  taken_over: "Its worker ended without a word: it is queued again.",
  succeeded: "It ended with its result.",
  failed: "It ended with an error.",
  cancelled: "It was ended on request.",
  paused: "It waits until somebody resumes it.",
  halted: "It waits to be compared with the others of its sweep.",
  fault: "A fault that may pass stopped it: it is tried again.",
  requeued: "Its worker gave it back: it waits for another.",
  lease_lost: "Another worker has it by now.",
} as const;

export interface RunNews {
  event: keyof typeof RUN_NEWS;
  run: string;
  attempt?: number;
  worker?: string;
  lane?: string;
  kind?: string;
  /** Of the error: DISK_FULL and others. */
  code?: string;
  param?: string;
  /** Why it was given back: CLOSED, CRASHED, PAUSE_TAKEN_BACK. */
  reason?: string;
  retryAt?: string;
  /** Since it was claimed. */
  seconds?: number;
}

export type OnRunNews = (news: RunNews) => void;
