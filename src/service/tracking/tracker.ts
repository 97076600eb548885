/**
 * Logs the runs of this database to an MLflow tracking server while they go on: parameters when a run has started, its
 * metrics every two seconds, and at its end scores, figures and the model's files. A run never waits for it, and never
 * fails by it: what could not be sent is sent later, from where it stopped, also after a restart. An outage is in the
 * log once, and once when it is over.
 */
import { setTimeout as delay } from "node:timers/promises";
import { isFinal } from "../../runs/queue/states.js";
import { advance, runsWithNews, type TrackedState } from "../../runs/tracking/tracked-runs.js";
import type { RunStatus } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import type { EvaluationReports } from "../evaluation/evaluation-reports.js";
import type { Log } from "../log.js";
import { MlflowClient, type MlflowStatus, TrackingRefused } from "./mlflow-client.js";
import { figuresOf, metricOf, modelFilesOf, type NamedRun, paramsOf, RUN_TAG, scoresOf, tagsOf } from "./run-log.js";
import type { TrackingSettings } from "./settings.js";

export interface TrackerParts {
  store: Store;
  reports: EvaluationReports;
  log: Log;
}

/** ms */
const EVERY = 2_000;
/** The longest pause after failures, in ms. */
const LONGEST_PAUSE = 60_000;
/** Metrics read at once. */
const PAGE = 1_000;
const ENDS: Partial<Record<RunStatus, MlflowStatus>> = { SUCCEEDED: "FINISHED", FAILED: "FAILED", CANCELLED: "KILLED" };
/** Files go through the tracking server only where it serves them. */
const SERVED = "mlflow-artifacts:";

export class Tracker {
  private readonly client: MlflowClient;
  private readonly closing = new AbortController();
  private readonly loop: Promise<void>;
  private failures = 0;
  /** Runs that could not be sent for a reason of their own. */
  private readonly troubled = new Map<string, { failures: number; notBefore: number }>();

  constructor(
    private readonly parts: TrackerParts,
    private readonly settings: TrackingSettings,
    /** ms between two looks. */
    private readonly every = EVERY,
  ) {
    this.client = new MlflowClient(settings);
    this.loop = this.work();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.loop;
  }

  private async work(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      try {
        await this.round();
        if (this.failures > 0) this.parts.log.info("Runs are logged to MLflow again.", { uri: this.settings.uri });
        this.failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (++this.failures === 1)
          this.parts.log.error("Runs cannot be logged to MLflow now; they will be later.", {
            uri: this.settings.uri,
            error: String(error),
          });
      }
      await delay(this.pauseAfter(this.failures), undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Every run that has news. What is wrong with one of them keeps no other waiting. */
  private async round(): Promise<void> {
    const { store } = this.parts;
    for (const runId of await runsWithNews(store)) {
      if (this.closing.signal.aborted) return;
      if (Date.now() < (this.troubled.get(runId)?.notBefore ?? 0)) continue;
      try {
        await advance(store, runId, (state) => this.sendOrGiveUp(runId, state));
        this.troubled.delete(runId);
      } catch (error) {
        if (this.closing.signal.aborted || concernsAll(error)) throw error;
        const failures = (this.troubled.get(runId)?.failures ?? 0) + 1;
        this.troubled.set(runId, { failures, notBefore: Date.now() + this.pauseAfter(failures) });
        if (failures === 1)
          this.parts.log.error("A run cannot be logged to MLflow now.", { run: runId, error: String(error) });
      }
    }
  }

  /** ms */
  private pauseAfter(failures: number): number {
    return Math.min(LONGEST_PAUSE, this.every * 2 ** Math.min(failures, 10));
  }

  /** What the server does not take of one run is not asked of it for ever. */
  private async sendOrGiveUp(runId: string, state: TrackedState): Promise<TrackedState> {
    try {
      return await this.send(runId, state);
    } catch (error) {
      if (!(error instanceof TrackingRefused)) throw error;
      // The run was removed there: it is made again, with all it has.
      if (error.status === 404 && state.externalId !== null) return { externalId: null, sequence: 0, done: false };
      if (error.status !== 400 && error.status !== 413) throw error;
      this.parts.log.error("MLflow does not take this run; it is not logged any more.", {
        run: runId,
        error: String(error),
      });
      return { ...state, done: true };
    }
  }

  /** One step of one run: what it has by now. */
  private async send(runId: string, { externalId, sequence }: TrackedState): Promise<TrackedState> {
    const { store } = this.parts;
    const { signal } = this.closing;
    const include = { dataset: { select: { name: true } }, baseModel: { select: { name: true } } } as const;
    const run = await store.prisma.run.findUniqueOrThrow({ where: { id: runId }, include });
    const id = externalId ?? (await this.begin(run));
    let last = sequence;
    for (;;) {
      const metrics = await store.prisma.metric.findMany({
        where: { runId, sequence: { gt: last } },
        orderBy: { sequence: "asc" },
        take: PAGE,
      });
      if (metrics.length === 0) break;
      await this.client.log(id, { metrics: metrics.map(metricOf) }, signal);
      last = metrics[metrics.length - 1].sequence;
    }
    const done = isFinal(run.status);
    if (done) await this.finish(id, run);
    return { externalId: id, sequence: last, done };
  }

  private async begin(run: NamedRun): Promise<string> {
    const { signal } = this.closing;
    const experiment = await this.client.experiment(this.settings.experiment, signal);
    const known = await this.client.findRun(experiment, { key: RUN_TAG, value: run.id }, signal);
    const start = (run.startedAt ?? run.createdAt).getTime();
    const id = known ?? (await this.client.createRun({ experiment, name: run.name, start, tags: tagsOf(run) }, signal));
    await this.client.log(id, { params: paramsOf(run.input) }, signal);
    return id;
  }

  private async finish(id: string, run: NamedRun): Promise<void> {
    const { signal } = this.closing;
    const { errorCode, errorMessage, warnings } = run;
    const tags = [
      ...(errorCode ? [{ key: "maillard.error", value: `${errorCode}  ${errorMessage ?? ""}` }] : []),
      ...(warnings as { code: string; message: string }[]).map(({ code, message }) => ({
        key: `maillard.warning.${code}`,
        value: message,
      })),
    ];
    await this.client.log(id, { metrics: await scoresOf(this.parts.store, run), tags }, signal);
    if (run.status === "SUCCEEDED") await this.uploadFiles(id, run);
    const status = ENDS[run.status] ?? "FINISHED";
    await this.client.end(id, status, (run.finishedAt ?? new Date()).getTime(), signal);
  }

  private async uploadFiles(id: string, run: NamedRun): Promise<void> {
    const { signal } = this.closing;
    const { store, log } = this.parts;
    const uri = await this.client.artifactUri(id, signal);
    if (!uri.startsWith(SERVED)) {
      log.error("MLflow does not serve the files of its runs: model and figures were not sent.", { run: run.id });
      const value = "not sent: start the server with --serve-artifacts and an mlflow-artifacts root";
      await this.client.log(id, { tags: [{ key: "maillard.artifacts", value }] }, signal);
      return;
    }
    const root = uri.slice(SERVED.length).replace(/^\/+/, "");
    for (const { path, text } of await figuresOf(this.parts, run, signal))
      await this.client.upload(`${root}/figures/${path}`, { text }, signal);
    for (const { name, file } of await modelFilesOf(store, run))
      await this.client.upload(`${root}/model/${name}`, { file }, signal);
  }
}

/** No connection, no permission, too many requests, or a server that fails: asking for other runs is no use. */
function concernsAll(error: unknown): boolean {
  if (error instanceof TrackingRefused) return error.status === 401 || error.status === 429 || error.status >= 500;
  const { name } = error as Error;
  return name === "TimeoutError" || error instanceof TypeError;
}
