/** Runs: found, listed, started, cancelled, and their edges. */
import { GraphQLJSON } from "graphql-scalars";
import { Arg, Args, Ctx, FieldResolver, Float, ID, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { MaillardError } from "../../errors.js";
import { isScored, plannedOrder, settingsOf, taskOf } from "../../runs/index.js";
import { evaluationOf, reportOf } from "../../service/evaluation/evaluation.js";
import type {
  Dataset as DatasetRow,
  Metric as MetricRow,
  Model as ModelRow,
  RunGroup as RunGroupRow,
  Run as RunRow,
} from "../../store/generated/client.js";
import { isStorable } from "../../text.js";
import { page } from "../connections.js";
import type { Context } from "../context.js";
import { globalId, idOf } from "../ids.js";
import { withoutNulls } from "../input.js";
import { runList } from "../lists/runs.js";
import type { ConnectionOf } from "../types/connection.js";
import { Dataset } from "../types/dataset.js";
import { Split, SplitStrategy } from "../types/enums.js";
import { Evaluation } from "../types/evaluation.js";
import { SplitLeakage } from "../types/evaluation-report.js";
import { StartEmbeddingInput, StartFinetuneInput } from "../types/inputs/inputs.js";
import { RunListArguments } from "../types/inputs/list-filters.js";
import { Metric } from "../types/metric.js";
import { Model } from "../types/model.js";
import { RunPayload } from "../types/payloads.js";
import {
  Run,
  RunConnection,
  RunError,
  RunEstimate,
  RunProgress,
  RunWarning,
  runErrorOf,
  SplitSize,
} from "../types/run.js";
import { RunGroup } from "../types/run-group.js";
import { RunSettings, type SettingsRoot } from "../types/run-settings.js";
import { Task } from "../types/table-enums.js";
import { type EvaluationRoot, leakageOf } from "./evaluation.js";

const RUN_ID = "Global id of the run, as startFinetune answered it.";

@Resolver(() => Run)
export class RunResolver {
  @Query(() => Run, { nullable: true, description: "One run; null when there is none. BAD_INPUT." })
  run(@Arg("id", () => ID, { description: RUN_ID }) id: string, @Ctx() { loaders }: Context): Promise<RunRow | null> {
    return loaders.run.load(idOf("Run", id));
  }

  @Query(() => RunConnection, { description: "Runs, newest first unless ordered otherwise. NOT_FOUND, BAD_INPUT." })
  async runs(
    @Args(() => RunListArguments) list: RunListArguments,
    @Ctx() { application }: Context,
  ): Promise<ConnectionOf<RunRow>> {
    return page(list, await runList(application.store, list));
  }

  @Mutation(() => RunPayload, {
    description:
      "Starts a finetune in the background and answers at once. Follow it with runMetrics and runUpdated; " +
      "its model has its name. " +
      "NOT_FOUND, UNKNOWN_TARGET, TOO_FEW_CLASSES, CONSTANT_TARGET, EMPTY_DATASET, INVALID_CONFIG, " +
      "MODEL_IS_COMPOSED, CONFLICT, DEVICE_UNAVAILABLE.",
  })
  async startFinetune(
    @Arg("input", () => StartFinetuneInput, { description: "What to train, on what, and how." })
    input: StartFinetuneInput,
    @Ctx() { application }: Context,
  ): Promise<{ run: RunRow }> {
    return { run: await application.runs.startFinetune(withoutNulls(input)) };
  }

  @Mutation(() => RunPayload, {
    description:
      "Starts the embedding of a whole dataset in the background, so that projection can draw it. " +
      "NOT_FOUND, EMPTY_DATASET, MODEL_IS_COMPOSED, CONFLICT.",
  })
  async startEmbedding(
    @Arg("input", () => StartEmbeddingInput, { description: "Model, dataset and pooling." }) input: StartEmbeddingInput,
    @Ctx() { application }: Context,
  ): Promise<{ run: RunRow }> {
    return { run: await application.runs.startEmbedding(withoutNulls(input)) };
  }

  @Mutation(() => RunPayload, {
    description:
      "Ends a run: at once when QUEUED, within one step when RUNNING. Cancelling it again, or after its " +
      "end, changes nothing. NOT_FOUND.",
  })
  async cancelRun(
    @Arg("id", () => ID, { description: RUN_ID }) id: string,
    @Ctx() { application }: Context,
  ): Promise<{ run: RunRow }> {
    return { run: await application.runs.cancel(idOf("Run", id)) };
  }

  @FieldResolver(() => ID, { description: "Global id; taken by run, cancelRun, runMetrics and runUpdated." })
  id(@Root() row: RunRow): string {
    return globalId("Run", row.id);
  }

  @FieldResolver(() => Dataset, { description: "The dataset it works on." })
  dataset(@Root() row: RunRow, @Ctx() { loaders }: Context): Promise<DatasetRow | null> {
    return loaders.dataset.load(row.datasetId);
  }

  @FieldResolver(() => Model, {
    nullable: true,
    description:
      "The model it starts from, embeds with or asks; of a probe on fingerprints the one it was named beside. Null: " +
      "a run that starts from no model.",
  })
  baseModel(@Root() row: RunRow, @Ctx() { loaders }: Context): Promise<ModelRow | null> | null {
    return row.baseModelId ? loaders.model.load(row.baseModelId) : null;
  }

  @FieldResolver(() => Model, {
    nullable: true,
    description:
      "The model it made; null until a finetune, pretraining or probe has SUCCEEDED, and when that was deleted.",
  })
  model(@Root() row: RunRow, @Ctx() { loaders }: Context): Promise<ModelRow | null> | null {
    return row.modelId ? loaders.model.load(row.modelId) : null;
  }

  @FieldResolver(() => RunGroup, {
    nullable: true,
    description: "The group that it was started with; null when it was started alone.",
  })
  group(@Root() row: RunRow, @Ctx() { loaders }: Context): Promise<RunGroupRow | null> | null {
    return row.groupId ? loaders.runGroup.load(row.groupId) : null;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "Label set that is learned or scored; null when there are several, and for an embedding run.",
  })
  target(@Root() row: RunRow): string | null {
    return (row.input as { target?: string }).target ?? null;
  }

  @FieldResolver(() => [String], { description: "Label sets that are learned or scored; empty for an embedding run." })
  targets(@Root() row: RunRow): string[] {
    return !isScored(row) ? [] : plannedOrder(row.input).targets;
  }

  @FieldResolver(() => Task, {
    nullable: true,
    description: "What its model answers, or will answer; null for a run without one.",
  })
  task(@Root() row: RunRow): Task | null {
    return taskOf(row);
  }

  @FieldResolver(() => RunSettings, { description: "What it was asked, with every default written out." })
  input(@Root() row: RunRow): SettingsRoot {
    return { ...settingsOf(row), kind: row.kind };
  }

  @FieldResolver(() => GraphQLJSON)
  inputJson(@Root() row: RunRow): unknown {
    const input = row.input as { runId?: string | null };
    return typeof input.runId === "string" ? { ...input, runId: globalId("Run", input.runId) } : input;
  }

  @FieldResolver(() => RunProgress, { description: "How far it is." })
  progress(@Root() row: RunRow): RunProgress {
    const secondsLeft = row.status === "RUNNING" ? row.secondsLeft : null;
    return { step: row.step, totalSteps: row.totalSteps, epoch: row.epoch, secondsLeft };
  }

  @FieldResolver(() => RunEstimate, { nullable: true })
  estimate(@Root() { estimatedBytes, estimatedSeconds }: RunRow): RunEstimate | null {
    if (estimatedBytes === null || estimatedSeconds === null) return null;
    return { bytes: Number(estimatedBytes), seconds: estimatedSeconds };
  }

  @FieldResolver(() => Float, { nullable: true })
  peakBytes(@Root() { peakBytes }: RunRow): number | null {
    return peakBytes === null ? null : Number(peakBytes);
  }

  @FieldResolver(() => RunError, { nullable: true, description: "Why it failed; null unless FAILED." })
  error(@Root() row: RunRow): RunError | null {
    return runErrorOf(row);
  }

  @FieldResolver(() => [RunWarning], { description: "What to know when reading its scores." })
  warnings(@Root() row: RunRow): RunWarning[] {
    return warningsOf(row);
  }

  @FieldResolver(() => [SplitSize], {
    description: "Molecules by split; empty before the molecules are assigned, and for an embedding run.",
  })
  splitSizes(@Root() row: RunRow, @Ctx() { loaders }: Context): Promise<SplitSize[]> {
    return loaders.splitSizes.load(row.id);
  }

  @FieldResolver(() => [SplitLeakage], {
    description:
      "What its validation and test split share with training; empty before training starts, and for runs " +
      "of versions that did not look.",
  })
  leakage(@Root() row: RunRow): SplitLeakage[] {
    return leakageOf(row);
  }

  @FieldResolver(() => [Metric], {
    description: "Its metrics by `sequence`. For live ones subscribe to runMetrics. BAD_INPUT.",
  })
  async metrics(
    @Root() row: RunRow,
    @Arg("split", () => Split, { nullable: true, description: "Only of this split; null: of all." })
    split: Split | null,
    @Arg("name", () => String, { nullable: true, description: "Only of this name, e.g. loss; null: of all." }) name:
      | string
      | null,
    @Arg("after", () => Int, { defaultValue: 0, description: "Only with a greater `sequence`; 0: from the start." })
    after: number,
    @Arg("first", () => Int, { defaultValue: 1_000, description: "At most this many, 1 to 10,000." }) first: number,
    @Ctx() { loaders }: Context,
  ): Promise<MetricRow[]> {
    if (first < 1 || first > 10_000) {
      throw new MaillardError(
        "BAD_INPUT",
        `\`first\` is ${first}: it must be 1 to 10,000. Use \`after\` for the rest.`,
        { param: "first" },
      );
    }
    if (!isStorable(name ?? "")) return [];
    return loaders.metrics.load({ runId: row.id, split: split ?? null, name: name ?? null, after, first });
  }

  @FieldResolver(() => Evaluation, {
    nullable: true,
    description: "Scores on one split; null until they are computed, and for an embedding run.",
  })
  async evaluation(
    @Root() row: RunRow,
    @Arg("split", () => Split, { defaultValue: Split.TEST, description: "The split." }) split: Split,
    @Ctx() { loaders }: Context,
  ): Promise<(Partial<Evaluation> & EvaluationRoot) | null> {
    const rows = await loaders.evaluations.load(row.id);
    const evaluation = rows.find((candidate) => candidate.split === split);
    if (!evaluation) return null;
    const { split: asked } = row.input as { split?: { strategy?: SplitStrategy } };
    const report = reportOf(evaluation);
    const said = { splitStrategy: asked?.strategy ?? null, warnings: warningsOf(row) };
    return { ...evaluationOf(report, evaluation.baselines), ...said, run: row, report };
  }
}

const warningsOf = ({ warnings }: RunRow): RunWarning[] => warnings as unknown as RunWarning[];
