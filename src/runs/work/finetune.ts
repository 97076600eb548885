/**
 * A finetune in its worker: assignments -> token ids -> training process -> rows -> model. It may be executed several
 * times: it continues from the last valid checkpoint, and what is written twice is stored once. The model's row and the
 * status SUCCEEDED are one transaction, so a SUCCEEDED run has a usable model.
 */
import { MaillardError } from "../../errors.js";
import type { Baseline, TaskReport } from "../../scores/types.js";
import type { Run } from "../../store/generated/client.js";
import { modelFolder } from "../../store/index.js";
import { modelData } from "../../store/models.js";
import { OPTIONS } from "../../train/options/table.js";
import type { BaselineInput, TrainingEvent, TrainingJob } from "../../train/types.js";
import { baselineFailed, belowBaseline } from "../baselines/rule.js";
import { finetuneCard } from "../ending/card.js";
import { succeedWithModel } from "../ending/succeed.js";
import { chooseDevice } from "../orders/device.js";
import { type FinetuneOrder, type PlannedOrder, plannedOrder } from "../orders/input.js";
import { hyperparametersOf } from "../orders/training-settings.js";
import type { Warning } from "../plan/types.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import { lastValid, prune } from "../record/checkpoints.js";
import type { Execution } from "../record/execution.js";
import { checkpointsOf } from "../removal/retention.js";
import { halt } from "../sweeps/halt.js";
import { type RunWithBase, runWithBase } from "./base.js";
import { readExamples } from "./examples.js";
import { baselineInput } from "./fingerprints.js";
import { recordLeakage } from "./leakage.js";

/** "halted": it waits to be compared with the others of its sweep. */
export async function runFinetune(execution: Execution): Promise<"halted" | undefined> {
  const { store, compute, fence, signal } = execution;
  const patiently = <T>(work: () => Promise<T>) => whenDatabaseIsBack(work, signal);
  const run = await patiently(() => runWithBase(store, fence.runId));
  const order = plannedOrder(run.input);
  if (run.leakage === null) await recordLeakage(execution, order.split.strategy);
  const { classes, examples, rows } = await readExamples(execution, run.baseModel, order);
  const baseline = await toCompare(execution, order, rows, classes.length);
  const resume = await patiently(() => lastValid(store, fence));
  const training = examples.filter(({ split }) => split === "TRAIN").length;
  const previous = run.environment as { threads?: number; device?: string } | null;
  const job: TrainingJob = {
    kind: "FINETUNE",
    task: order.task,
    baseFolder: modelFolder(store, run.baseModel),
    outputFolder: store.artifacts.path(modelArtifact(run.id)),
    checkpointFolder: store.artifacts.path(checkpointsOf(run.id)),
    classes,
    examples,
    // The exact numbers depend on the threads: a run that continues uses the same number of them.
    hyperparameters: hyperparametersOf(order, training, previous?.threads ?? execution.threads),
    resumeFrom: resume && store.artifacts.path(resume.path),
    haltEpoch: run.haltEpoch,
    randomInitialWeights: order.randomInitialWeights,
    ...(run.originKind === "CONTINUE" ? { keepHead: true } : {}),
    device: chooseDevice(compute, order.device, previous?.device),
    ...(baseline ? { baseline } : {}),
  };
  const reached: Reached = { step: 0, totalSteps: 0, finished: false, halted: false };
  try {
    await compute.train(job, (event) => record(execution, run, reached, event), signal);
  } catch (error) {
    // The weights and their evaluations are complete: what came after them must not cost the run.
    if (!reached.finished || signal.aborted) throw error;
    await execution.recorder.warn(baselineFailed(MaillardError.from(error).message));
  }
  await execution.recorder.flush();
  if (reached.halted) {
    await patiently(() => halt(store, fence));
    return "halted";
  }
  await succeed(execution, run, order, job);
}

/** Above these a fit would take minutes and its message hundreds of megabytes: a ridge regression takes 3 to 6 s. */
const MOST_COMPARED = { molecules: 200_000, numbers: 100 };

/** null: there is nothing to compare with. What stands against it is a warning, and no end of the run. */
async function toCompare(
  execution: Execution,
  { task }: PlannedOrder,
  rows: Parameters<typeof baselineInput>[1],
  classes: number,
): Promise<BaselineInput | null> {
  const { molecules, numbers } = MOST_COMPARED;
  const isLarge = rows.length > molecules || (task === "REGRESSION" && classes > numbers);
  try {
    if (!isLarge) return await baselineInput(execution, rows);
    const limit = `at most ${molecules.toLocaleString("en-US")} molecules and ${numbers} targets of numbers`;
    await execution.recorder.warn(baselineFailed(`it is fitted to ${limit}.`));
  } catch (error) {
    if (execution.signal.aborted) throw error;
    await execution.recorder.warn(baselineFailed(MaillardError.from(error).message));
  }
  return null;
}

/** Folder of the model a run makes, relative to the artifact store. */
export const modelArtifact = (runId: string): string => `models/${runId}`;

/** `step`: of the weights on disk. `finished`: they are the model. */
interface Reached {
  step: number;
  totalSteps: number;
  finished: boolean;
  /** It waits to be compared with the others of its sweep. */
  halted: boolean;
}

/** Of the processor time that it asked for. */
const LEAST_SHARE = 0.5;

const isSlow = <T extends { share?: number | null }>(event: T): event is T & { share: number } =>
  typeof event.share === "number" && event.share < LEAST_SHARE;

const slowMachine = (share: number): Warning => ({
  code: "SLOW_MACHINE",
  message:
    `Training got ${Math.round(100 * share)} % of the processor time that it asked for: other programs compute ` +
    "beside " +
    "it. MAILLARD_NICE=0 of the server or worker shares the processor evenly.",
  details: { share },
});

/** `reached` is updated. */
async function record(
  execution: Execution,
  run: Run,
  reached: Reached,
  event: TrainingEvent<TaskReport>,
): Promise<void> {
  const { recorder } = execution;
  const order = plannedOrder(run.input);

  switch (event.kind) {
    case "started":
      reached.step = event.step;
      reached.totalSteps = event.totalSteps;
      break;
    case "checkpoint":
      reached.step = event.step;
      break;
    case "metric":
    case "progress":
    case "evaluation":
      break;
    case "finished":
      if (reached.step < reached.totalSteps) await recorder.warn(stoppedEarly(order, reached, run));
      await recorder.flush();
      if (event.peakBytes !== undefined) await recorder.peak(event.peakBytes);
      reached.finished = true;
      return;
    case "halted":
      reached.halted = true;
      return;
    case "baselines": {
      if (event.failure !== null) return recorder.warn(baselineFailed(event.failure));
      await recorder.baselines(event.splits);
      const warning = belowBaseline(order, event.splits);
      return warning ? recorder.warn(warning) : undefined;
    }
    default:
      throw event satisfies never;
  }
  await recordTraining(execution, run, event, order.saveTotalLimit ?? OPTIONS.saveTotalLimit.service.nullMeans);
}

type Reported = Exclude<TrainingEvent<TaskReport>, { kind: "finished" | "halted" | "baselines" }>;

/** What trainings of every kind report. `limit`: checkpoints that are kept besides the best. */
export async function recordTraining(
  { store, recorder, signal }: Execution,
  run: Run,
  event: Reported,
  limit: number,
): Promise<void> {
  switch (event.kind) {
    case "started": {
      const changed = changesOf(run.environment as Record<string, unknown> | null, event.environment);
      if (changed.length > 0) await recorder.warn(environmentChanged(changed, event.step));
      return recorder.started(event.totalSteps, event.step, event.environment, event.nice);
    }
    case "metric":
      return recorder.metric(event);
    case "progress":
      await recorder.progress(event);
      return isSlow(event) ? recorder.warnOnce(slowMachine(event.share)) : undefined;
    case "checkpoint":
      await recorder.checkpoint(event, store.artifacts.artifactOf(event.folder));
      return whenDatabaseIsBack(() => prune(store, run.id, limit), signal);
    case "evaluation":
      return recorder.evaluation(event);
    default:
      throw event satisfies never;
  }
}

const changesOf = (before: Record<string, unknown> | null, now: Record<string, unknown>): string[] =>
  before === null
    ? []
    : Object.keys({ ...before, ...now }).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]));

const stoppedEarly = (
  { earlyStoppingPatience: patience, metricForBestModel: metric }: FinetuneOrder,
  { step, totalSteps }: Reached,
  { warnings }: Pick<Run, "warnings">,
): Warning => {
  const isReplaced = (warnings as unknown as Warning[]).some(
    ({ code, details }) => code === "METRIC_UNDEFINED" && details.instead === "loss",
  );
  const counted = isReplaced ? " of the validation loss" : metric ? ` of ${metric}` : "";
  return {
    code: "STOPPED_EARLY",
    message: `Stopped after step ${step} of ${totalSteps}: ${patience} evaluations in a row without gain${counted}.`,
    details: { step, totalSteps },
  };
};

const environmentChanged = (changed: string[], step: number): Warning => ({
  code: "ENVIRONMENT_CHANGED",
  message:
    `The run went on at step ${step} in another environment (${changed.join(", ")}): ` +
    "its numbers are not bit for bit those of an uninterrupted run.",
  details: { changed, step },
});

/** Writes the model's row and RUNNING -> SUCCEEDED. */
async function succeed(execution: Execution, run: RunWithBase, order: PlannedOrder, job: TrainingJob): Promise<void> {
  const { store } = execution;
  const evaluations = await whenDatabaseIsBack(
    () => store.prisma.evaluation.findMany({ where: { runId: run.id } }),
    execution.signal,
  );
  const card = finetuneCard(
    order,
    job,
    evaluations.map(({ report, baselines }: { report: unknown; baselines: unknown }) => ({
      report: report as TaskReport,
      baselines: baselines as Baseline[] | null,
    })),
  );
  const data = await modelData({
    name: order.name,
    folder: job.outputFolder,
    artifact: modelArtifact(run.id),
    ...(order.target === null ? {} : { target: order.target }),
    baseModelId: run.baseModelId,
    card,
  });
  await succeedWithModel(execution, run, data);
}
