/**
 * What happens to runs in this process, for the operator's log and for counting: names of events, ids and codes, never
 * a message, which may hold a SMILES. The whole story of a run is in its own log (events.ts).
 */

export interface RunNews {
  /**
   * claimed, resumed (claimed again: it goes on from its last checkpoint, if it has one), taken_over (its worker ended
   * without a word: it is queued again), succeeded, failed, cancelled, paused, requeued (its worker gave it back),
   * fault (it is tried again), halted (it waits for others of its sweep), lease_lost (another worker has it).
   */
  event:
    | "claimed"
    | "resumed"
    | "taken_over"
    | "succeeded"
    | "failed"
    | "cancelled"
    | "paused"
    | "requeued"
    | "fault"
    | "halted"
    | "lease_lost";
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
