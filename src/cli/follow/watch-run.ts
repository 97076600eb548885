/**
 * Follows a run to its end: a progress bar, a line per epoch, a report at the end (run-report.ts).
 *
 *   runMetricLists, runEvents and runUpdated until the server completes them -> the run is read once more
 *   SUCCEEDED -> its report
 *   FAILED, CANCELLED -> the reason, exit code 1
 *   Ctrl-C -> the run continues on the server; a message says how to return, exit code 130
 *
 * A lost connection is opened again, and metrics continue after the last one seen: none is missed or shown twice.
 */
import { setTimeout as wait } from "node:timers/promises";
import { RUN_EVENTS_LIVE, RUN_METRICS, RUN_REPORT, RUN_UPDATED } from "../documents/run.js";
import { CommandFailure, EXIT } from "../failure.js";
import type { RunKind, RunUpdatedSubscription } from "../generated/graphql.js";
import { type Progress, startProgress } from "../output/progress.js";
import { duration, plain, score } from "../output/table.js";
import { type FinishedRun, nextCommand, renderReport } from "../reports/run-report.js";
import { isFinal } from "../run-statuses.js";
import type { Session } from "../session.js";
import { EpochLines } from "./epoch-lines.js";

type Update = RunUpdatedSubscription["runUpdated"];

/** Pause before subscriptions that a stopping server completed are opened again, in ms. */
const REOPEN_MS = 500;
/** Attempts to reach a server that answered before. */
const REOPENS = 20;

interface Followed {
  id: string;
  name: string;
  /** Left out: it is no pretraining. */
  kind?: RunKind;
}

export async function watchRun(session: Session, run: Followed, { json }: { json?: boolean } = {}): Promise<void> {
  const finished = await followRun(session, run);
  if (!finished) {
    session.terminal.err(`${run.name} goes on without this terminal. Come back with: npx maillard watch ${run.name}`);
    session.exitCode = EXIT.interrupted;
    return;
  }
  if (finished.status !== "SUCCEEDED") session.exitCode = EXIT.failed;
  if (json) return session.json(finished);
  session.lines(renderReport(finished, session.terminal));
  const next = nextCommand(finished);
  if (next) session.terminal.err(`Try: ${next}`);
}

/** The run once it has ended; null when Ctrl-C came first. */
export async function followRun(session: Session, run: Followed): Promise<FinishedRun | null> {
  const stop = new AbortController();
  const release = session.terminal.onInterrupt(() => stop.abort());
  const progress = await startProgress(session.terminal, run.name);
  const epochs = new EpochLines(run.kind);
  const told = { sequence: 0 };
  try {
    for (let silent = 0; !stop.signal.aborted; silent++) {
      if (silent > 0) await wait(REOPEN_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      try {
        await Promise.all([
          followMetrics(session, run.id, epochs, progress, stop.signal),
          followEvents(session, run.id, told, progress, stop.signal),
          followUpdates(session, run.id, epochs, progress, stop.signal),
        ]);
        if (stop.signal.aborted) break;
        const { run: now } = await session.client.execute(RUN_REPORT, { id: run.id });
        if (!now) throw new CommandFailure("NOT_FOUND", `The run ${run.name} is no longer there.`);
        if (isFinal(now.status)) return now;
        silent = 0;
      } catch (error) {
        // A server that restarts completes its subscriptions and does not answer for a moment.
        const gone = error instanceof CommandFailure && error.exitCode === EXIT.noServer;
        if (!gone || silent >= REOPENS) throw error;
      }
    }
    return null;
  } finally {
    release();
    stop.abort();
    progress.stop();
  }
}

async function followMetrics(
  session: Session,
  runId: string,
  epochs: EpochLines,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const cursor = () => ({ id: runId, after: epochs.sequence });
  for await (const { runMetricLists } of session.client.subscribe(RUN_METRICS, cursor, signal))
    for (const line of runMetricLists.flatMap((metric) => epochs.add(metric))) progress.line(line);
}

/** Warnings and errors, and what a run waits for, as they happen. */
async function followEvents(
  session: Session,
  id: string,
  told: { sequence: number },
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const cursor = () => ({ id, after: told.sequence });
  for await (const { runEvents } of session.client.subscribe(RUN_EVENTS_LIVE, cursor, signal)) {
    const { sequence, kind, level, message } = runEvents;
    told.sequence = sequence;
    if (level !== "INFO") progress.line(plain(`${level.toLowerCase()}: ${message}`));
    else if (kind === "WAITS_FOR_MEMORY") progress.line(plain(message));
  }
}

async function followUpdates(
  session: Session,
  runId: string,
  epochs: EpochLines,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  for await (const { runUpdated } of session.client.subscribe(RUN_UPDATED, () => ({ id: runId }), signal)) {
    const { step, totalSteps } = runUpdated.progress;
    progress.update(step, Math.max(1, totalSteps), describe(runUpdated, epochs.trainLoss));
  }
}

/** What `step` counts, other than molecules. */
const UNITS: Partial<Record<Update["kind"], string>> = { PROJECTION: "steps", IMPORT: "lines" };

/** "epoch 2.4 of 5  step 61 of 125  loss 0.412  12 s left" */
function describe({ kind, status, progress }: Update, trainLoss: number | null): string {
  if (status === "QUEUED") return "waits for a worker";
  const { step, totalSteps, epoch, secondsLeft } = progress;
  if (totalSteps === 0) return "starting";
  if (kind !== "FINETUNE" && kind !== "PRETRAIN") return `${step} of ${totalSteps} ${UNITS[kind] ?? "molecules"}`;
  const epochs = epoch > 0 ? `epoch ${epoch.toFixed(1)} of ${Number(((totalSteps * epoch) / step).toFixed(1))}  ` : "";
  const loss = trainLoss === null ? "" : `  loss ${score(trainLoss)}`;
  const left = status === "RUNNING" && secondsLeft ? `  ${duration(secondsLeft)} left` : "";
  return `${epochs}step ${step} of ${totalSteps}${loss}${left}`;
}
