/**
 * The inside of a training process: receives the job, runs it, reports events in order, exits. At most `EVENT_WINDOW`
 * events are unacknowledged; then the trainer waits, so a slow handler in the parent slows the trainer instead of
 * filling memory. `shouldStop` turns true when "cancel" is read, at the latest between two steps.
 */
import { MaillardError } from "../../errors.js";
import { followParent, tell } from "../../process/child-life.js";
import { errorJson } from "../../process/error-json.js";
import { SPLITS, type TaskReport } from "../../scores/types.js";
import type { AnyTrainingJob, Example, TrainingEvent } from "../../train/types.js";
import type { FromTraining, ToTraining } from "../messages.js";

export const EVENT_WINDOW = 4;

export type RunTraining<Job extends AnyTrainingJob = AnyTrainingJob> = (
  job: Job,
  hooks: { onEvent(event: TrainingEvent<TaskReport>): Promise<void>; shouldStop(): boolean; shouldSave(): boolean },
) => Promise<void>;

export function serveTraining(runTraining: RunTraining): void {
  followParent();
  const examples: Example[] = [];
  let cancelled = false;
  let saves = false;
  let finished = false;
  let unacknowledged = 0;
  let wake = () => {};

  async function onEvent(event: TrainingEvent<TaskReport>): Promise<void> {
    if (event.kind === "finished" || event.kind === "halted") finished = true;
    unacknowledged++;
    await tell({ kind: "event", event: withPeak(event) } satisfies FromTraining);
    while (unacknowledged >= EVENT_WINDOW) await new Promise<void>((resolve) => (wake = resolve));
    // A turn of the event loop, so that "cancel" is read even by a trainer that never waits for anything else.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async function run(job: Extract<ToTraining, { kind: "job" }>["job"]): Promise<void> {
    let reply: FromTraining;
    try {
      const hooks = { onEvent, shouldStop: () => cancelled, shouldSave: () => saves };
      await runTraining(job.kind === "PRETRAIN" ? job : { ...job, examples }, hooks);
      if (cancelled && !finished) throw new MaillardError("CANCELLED", "The training run was cancelled.");
      reply = { kind: "done" };
    } catch (error) {
      reply = { kind: "failed", error: errorJson(error) };
    }
    await tell(reply);
    process.exit(0);
  }

  process.on("message", (message: ToTraining) => {
    switch (message.kind) {
      case "examples":
        return unpack(message, examples);
      case "job":
        return void run(message.job);
      case "acknowledge":
        unacknowledged--;
        return wake();
      case "cancel":
        saves = message.save;
        cancelled = true;
        return;
      default:
        throw message satisfies never;
    }
  });
}

const withPeak = (event: TrainingEvent<TaskReport>): TrainingEvent<TaskReport> =>
  event.kind === "progress" || event.kind === "finished"
    ? { ...event, peakBytes: process.resourceUsage().maxRSS * 1024 }
    : event;

function unpack(part: Extract<ToTraining, { kind: "examples" }>, examples: Example[]): void {
  const { labels, targets, width, splits, formCounts } = part;
  const forms = separate(part.forms);
  let form = 0;
  separate(part).forEach((tokenIds, item) => {
    const own = forms.slice(form, form + formCounts[item]);
    form += own.length;
    examples.push({
      tokenIds,
      ...(own.length > 0 ? { forms: own } : {}),
      label: labels[item],
      ...(width > 0 ? { targets: targets.subarray(item * width, (item + 1) * width) } : {}),
      split: SPLITS[splits[item]],
    });
  });
}

/** Views of one large array. */
function separate({ ids, lengths }: { ids: Int32Array; lengths: Int32Array }): Int32Array[] {
  let until = 0;
  return Array.from(lengths, (length) => {
    until += length;
    return ids.subarray(until - length, until);
  });
}
