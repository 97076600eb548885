/**
 * Writes what a run reports: metrics, progress, checkpoints, evaluations. Every write names its attempt.
 *   - metrics are written in batches and numbered without gaps; a metric that exists (same split, name, step) is
 *     unchanged
 *   - the row of a checkpoint is written after its folder is complete, and after all metrics before it
 *   - a write that fails because the database is unreachable is repeated; above `MOST_WAITING` metrics the trainer
 *     waits
 */

import { MaillardError } from "../../errors.js";
import type { Floats, SplitBaselines, TaskReport } from "../../scores/types.js";
import { newId, notify, type Store } from "../../store/index.js";
import { type Queryable, transaction } from "../../store/sql.js";
import type { TrainingEvent } from "../../train/types.js";
import type { SplitLeakage, Warning } from "../plan/types.js";
import { describeAttempt } from "../queue/attempts.js";
import { note } from "../queue/events.js";
import { countProgress, type Fence, lockHeld } from "../queue/lease.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import { metricTopic, runTopic } from "../queue/topics.js";
import { writeOutputs, writeScores } from "./outputs.js";

type MetricEvent = Extract<TrainingEvent, { kind: "metric" }>;
type CheckpointEvent = Extract<TrainingEvent, { kind: "checkpoint" }>;

export interface Progress {
  step: number;
  totalSteps: number;
  epoch: number;
  secondsLeft: number | null;
  /** Most memory of its process so far. */
  peakBytes?: number;
}

/** Time that a metric waits for others: short compared with a step, long compared with a transaction. */
const FLUSH_AFTER_MS = 100;
const MOST_WAITING = 2_000;
const BATCH = 5_000;

export class Recorder {
  #metrics: MetricEvent[] = [];
  #progress: Progress | null = null;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  readonly #warned = new Set<string>();
  #failure: { reason: unknown } | null = null;

  constructor(
    private readonly store: Store,
    private readonly fence: Fence,
    /** Aborted when nothing has to be written any more. */
    private readonly signal: AbortSignal,
  ) {}

  async metric(event: MetricEvent): Promise<void> {
    if (!Number.isFinite(event.value)) {
      throw new MaillardError(
        "DIVERGED",
        `${event.name} of ${event.split} at step ${event.step} is ${event.value}; lower the learning rate.`,
        {
          param: "learningRate",
          details: { step: event.step },
        },
      );
    }
    this.#metrics.push(event);
    await this.#soon();
  }

  async progress(progress: Progress): Promise<void> {
    this.#progress = progress;
    await this.#soon();
  }

  /** Resolves when everything reported so far is in the database. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
    if (this.#failure) throw this.#failure.reason;
  }

  /**
   * The run starts or continues with this many steps. The exact numbers of a training depend on its `environment`;
   * other kinds have none.
   */
  started(
    totalSteps: number,
    step: number,
    environment: Record<string, unknown> | null = null,
    nice = 0,
  ): Promise<void> {
    return this.#held(async (client) => {
      await client.query(
        `UPDATE "Run" SET "totalSteps" = $2, step = $3, environment = coalesce($4, environment) WHERE id = $1`,
        [this.fence.runId, Math.ceil(totalSteps), step, environment && JSON.stringify(environment)],
      );
      const { device } = (environment ?? {}) as { device?: string };
      await describeAttempt(client, this.fence, { device: device ?? null, step });
      const at = `${device === undefined ? "" : ` on ${device}`}${nice > 0 ? ` at nice ${nice} (MAILLARD_NICE)` : ""}`;
      const { kind, message } =
        step > 0
          ? { kind: "CONTINUED" as const, message: `Went on at step ${step} of ${Math.ceil(totalSteps)}${at}.` }
          : { kind: "STARTED" as const, message: `Began${at}: ${Math.ceil(totalSteps)} steps.` };
      const data = { step, totalSteps: Math.ceil(totalSteps), device: device ?? null, nice };
      await note(client, [this.fence.runId], { kind, message, data }, ["STARTED", "CONTINUED"]);
    });
  }

  /** Most memory of its process, in bytes: at the end. */
  peak(bytes: number): Promise<void> {
    return this.#held(async (client) => {
      await client.query(`UPDATE "Run" SET "peakBytes" = greatest("peakBytes", $2) WHERE id = $1`, [
        this.fence.runId,
        bytes,
      ]);
    });
  }

  /** The row of a checkpoint whose folder is complete. `path`: relative to the artifact store. */
  async checkpoint({ step, sha256, bytes, score }: CheckpointEvent, path: string): Promise<void> {
    await this.flush();
    await this.#held(async (client) => {
      await client.query(
        `INSERT INTO "Checkpoint" (id, "runId", attempt, step, path, sha256, bytes, score)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT ("runId", step) DO UPDATE SET attempt = EXCLUDED.attempt, path = EXCLUDED.path,
           sha256 = EXCLUDED.sha256,
           bytes = EXCLUDED.bytes, score = coalesce(EXCLUDED.score, "Checkpoint".score)`,
        [newId(), this.fence.runId, this.fence.attempt, step, path, sha256, bytes, score],
      );
      await countProgress(client, this.fence);
      // The first of the best scores: a later equal score does not replace it.
      await client.query(
        `UPDATE "Checkpoint" c SET best = (c.id = b.id) FROM (
           SELECT id FROM "Checkpoint" WHERE "runId" = $1 AND score IS NOT NULL ORDER BY score DESC, step LIMIT 1) b
         WHERE c."runId" = $1 AND c.best <> (c.id = b.id)`,
        [this.fence.runId],
      );
    });
  }

  /** The scores of a split and, if there are any, the outputs of the model for each of its molecules. */
  evaluation(evaluated: Evaluated): Promise<void> {
    return this.#held((client) => writeEvaluation(client, this.fence.runId, evaluated));
  }

  /** Of splits whose evaluations are written. */
  baselines(splits: readonly SplitBaselines[]): Promise<void> {
    return this.#held((client) => writeBaselines(client, this.fence.runId, splits));
  }

  leakage(splits: readonly SplitLeakage[]): Promise<void> {
    return this.#held(async (client) => {
      await client.query(`UPDATE "Run" SET leakage = $2 WHERE id = $1`, [this.fence.runId, JSON.stringify(splits)]);
    });
  }

  /** The first of its code in the run. */
  async warnOnce(warning: Warning): Promise<void> {
    if (this.#warned.has(warning.code)) return;
    this.#warned.add(warning.code);
    await this.warn(warning, { code: warning.code });
  }

  /**
   * Not where the run has a warning like `known`: by default the same. That also makes a repeated write safe. It is
   * kept with its attempt: a retry anew forgets it, and keeps what the plan has said.
   */
  warn(warning: Warning, known: Partial<Warning> = warning): Promise<void> {
    return this.#held(async (client) => {
      const { rowCount } = await client.query(
        `UPDATE "Run" SET warnings = warnings || $2::jsonb WHERE id = $1 AND NOT warnings @> $3::jsonb`,
        [this.fence.runId, JSON.stringify([{ ...warning, attempt: this.fence.attempt }]), JSON.stringify([known])],
      );
      const { code, message } = warning;
      if (rowCount === 1) await note(client, [this.fence.runId], { kind: "WARNING", message, data: { code } });
    });
  }

  /** Stops the timer. */
  close(): void {
    clearTimeout(this.#timer);
  }

  async #soon(): Promise<void> {
    if (this.#failure) throw this.#failure.reason;
    if (this.#metrics.length >= MOST_WAITING) return this.flush();
    this.#timer ??= setTimeout(() => {
      // The next event throws the failure.
      void this.flush().catch(() => undefined);
    }, FLUSH_AFTER_MS);
  }

  async #write(): Promise<void> {
    try {
      while (this.#metrics.length > 0 || this.#progress) {
        const metrics = this.#metrics.slice(0, BATCH);
        const progress = this.#progress;
        await this.#held((client) => writeBatch(client, this.fence, metrics, progress));
        this.#metrics.splice(0, metrics.length);
        if (this.#progress === progress) this.#progress = null;
      }
    } catch (reason) {
      this.#failure ??= { reason };
    }
  }

  #held(work: (client: Queryable) => Promise<void>): Promise<void> {
    return whenDatabaseIsBack(
      () =>
        transaction(this.store, async (client) => {
          await lockHeld(client, this.fence);
          await work(client);
          await notify(client, [runTopic(this.fence.runId)]);
        }),
      this.signal,
    );
  }
}

export interface Evaluated {
  report: TaskReport;
  outputs?: Floats;
}

/** In a transaction that locks the run's row. */
export async function writeEvaluation(client: Queryable, runId: string, { report, outputs }: Evaluated): Promise<void> {
  await client.query(
    `INSERT INTO "Evaluation" ("runId", split, report) VALUES ($1, $2::"Split", $3)
       ON CONFLICT ("runId", split) DO UPDATE SET report = EXCLUDED.report`,
    [runId, report.split, JSON.stringify(report)],
  );
  await writeScores(client, runId, report);
  if (outputs) await writeOutputs(client, runId, report, outputs);
}

/** In the transaction of the evaluations, or after it. */
export async function writeBaselines(
  client: Queryable,
  runId: string,
  splits: readonly SplitBaselines[],
): Promise<void> {
  for (const { split, baselines } of splits)
    await client.query(`UPDATE "Evaluation" SET baselines = $3 WHERE "runId" = $1 AND split = $2::"Split"`, [
      runId,
      split,
      JSON.stringify(baselines),
    ]);
}

/** In a transaction that locks the run's row. */
async function writeBatch(
  client: Queryable,
  fence: Fence,
  metrics: readonly MetricEvent[],
  progress: Progress | null,
): Promise<void> {
  const { runId } = fence;
  if (metrics.length > 0) {
    const { lastSequence } = await lockHeld(client, fence);
    const unique = [
      ...new Map(
        [...metrics].reverse().map((metric) => [`${metric.split} ${metric.name} ${metric.step}`, metric]),
      ).values(),
    ].reverse();
    // unnest: one statement however many points.
    const { rowCount } = await client.query(
      `INSERT INTO "Metric" ("runId", sequence, step, epoch, split, name, value)
       SELECT $1, $2 + row_number() OVER (ORDER BY m.place), m.step, m.epoch, m.split::"Split", m.name, m.value
       FROM unnest($3::int[], $4::float8[], $5::text[], $6::text[], $7::float8[]) WITH ORDINALITY AS m(step, epoch,
         split, name, value, place)
       WHERE NOT EXISTS (SELECT 1 FROM "Metric" x WHERE x."runId" = $1 AND x.split = m.split::"Split"
         AND x.name = m.name AND x.step = m.step)`,
      [
        runId,
        lastSequence,
        unique.map(({ step }) => step),
        unique.map(({ epoch }) => epoch),
        unique.map(({ split }) => split),
        unique.map(({ name }) => name),
        unique.map(({ value }) => value),
      ],
    );
    await client.query(`UPDATE "Run" SET "lastSequence" = "lastSequence" + $2 WHERE id = $1`, [runId, rowCount ?? 0]);
    await notify(client, [metricTopic(runId)]);
  }
  if (progress) {
    const { step, totalSteps, epoch, secondsLeft, peakBytes = null } = progress;
    await client.query(
      `UPDATE "Run" SET step = $2, "totalSteps" = $3, epoch = $4, "secondsLeft" = $5,
         "peakBytes" = greatest("peakBytes", $6) WHERE id = $1`,
      [runId, step, Math.ceil(totalSteps), epoch, secondsLeft, peakBytes],
    );
  }
}
