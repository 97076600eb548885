/** Runs as they go on. */
import { Arg, ID, Int, Resolver, Root, Subscription } from "type-graphql";
import { MaillardError } from "../../../errors.js";
import { noRun } from "../../../store/find.js";
import type { RunEvent as EventRow, Metric as MetricRow, Run as RunRow } from "../../../store/generated/client.js";
import type { Context } from "../../context.js";
import { idOf } from "../../ids.js";
import { runConditions } from "../../lists/runs.js";
import { Loaders } from "../../loaders.js";
import { follow } from "../../subscriptions.js";
import { RunFilter } from "../../types/inputs/list-filters.js";
import { Metric } from "../../types/metric.js";
import { Run } from "../../types/run.js";
import { RunEvent } from "../../types/run-event.js";

const ID_OF_RUN = "Global id of the run, as startFinetune answered it.";
const OLD_ID = { nullable: true, description: "The same as `id`.", deprecationReason: "It is called `id`." };

const AFTER = "Only metrics with a greater `sequence`; 0: all.";
const MOST_METRICS = 1_000;

interface OneRun {
  id?: string | null;
  runId?: string | null;
}

@Resolver(() => Run)
export class RunFollowResolver {
  @Subscription(() => Metric, {
    description: "The metrics of a run from `after` on, then live, then the end: no gap and no double. NOT_FOUND.",
    subscribe: async ({ args, context }: { args: OneRun & { after: number }; context: Context }) => {
      const runId = await existing(args, context);
      const after = cursorOf(args, context);
      const open = (signal: AbortSignal) => context.application.runs.live.metrics(runId, after, signal);
      return follow(open, context, { cursorOf: ({ sequence }) => sequence });
    },
  })
  runMetrics(
    @Root() metric: MetricRow,
    @Arg("id", () => ID, { nullable: true, description: ID_OF_RUN }) _id: string | null,
    @Arg("runId", () => ID, OLD_ID) _runId: string | null,
    @Arg("after", () => Int, { defaultValue: 0, description: AFTER })
    _after: number,
  ): MetricRow {
    return metric;
  }

  @Subscription(() => [Metric], {
    description:
      "The same as runMetrics, several metrics an event: all that there are, up to `size`. A history of many metrics " +
      "comes ten times as fast, and of a run that goes on an event is what was written at once. NOT_FOUND, BAD_INPUT.",
    subscribe: async ({ args, context }: { args: OneRun & { after: number; size: number }; context: Context }) => {
      const { size } = args;
      const runId = await existing(args, context);
      const after = cursorOf(args, context);
      if (size < 1 || size > MOST_METRICS)
        throw new MaillardError("BAD_INPUT", `\`size\` is ${size}: it must be 1 to ${MOST_METRICS}.`, {
          param: "size",
        });
      return follow((signal) => context.application.runs.live.metricLists(runId, after, size, signal), context, {
        cursorOf: (metrics) => metrics[metrics.length - 1].sequence,
        shareOf: (metrics) => metrics.length / size,
      });
    },
  })
  runMetricLists(
    @Root() metrics: MetricRow[],
    @Arg("id", () => ID, { description: ID_OF_RUN }) _id: string,
    @Arg("after", () => Int, { defaultValue: 0, description: AFTER }) _after: number,
    @Arg("size", () => Int, { defaultValue: MOST_METRICS, description: `Most of an event, 1 to ${MOST_METRICS}.` })
    _size: number,
  ): MetricRow[] {
    return metrics;
  }

  @Subscription(() => RunEvent, {
    description:
      "The events of a run from `after` on, then live, then the end of the run: no gap and no double. NOT_FOUND.",
    subscribe: async ({ args, context }: { args: OneRun & { after: number }; context: Context }) => {
      const runId = await existing(args, context);
      const after = cursorOf(args, context);
      const open = (signal: AbortSignal) => context.application.runs.live.events(runId, after, signal);
      return follow(open, context, { cursorOf: ({ sequence }) => sequence });
    },
  })
  runEvents(
    @Root() event: EventRow,
    @Arg("id", () => ID, { description: ID_OF_RUN }) _id: string,
    @Arg("after", () => Int, { defaultValue: 0, description: "Only events with a greater `sequence`; 0: all." })
    _after: number,
  ): EventRow {
    return event;
  }

  @Subscription(() => Run, {
    description: "The run as it is now, then after every change, then the end once it has finished. NOT_FOUND.",
    subscribe: async ({ args, context }: { args: OneRun; context: Context }) => {
      const runId = await existing(args, context);
      return follow((signal) => context.application.runs.live.rows(runId, signal), context);
    },
  })
  runUpdated(
    @Root() run: RunRow,
    @Arg("id", () => ID, { nullable: true, description: ID_OF_RUN }) _id: string | null,
    @Arg("runId", () => ID, OLD_ID) _runId: string | null,
  ): RunRow {
    return run;
  }

  @Subscription(() => Run, {
    description:
      "The runs that have not ended, as they are now, then each run that is started or changes, as it is then, twice " +
      "a second at most. It has no end. After a broken connection it begins again: nothing is missed but runs that " +
      "began and ended meanwhile, which `runs` lists. NOT_FOUND, BAD_INPUT.",
    subscribe: async ({ args, context }: { args: { filter?: RunFilter | null }; context: Context }) => {
      const { runs, store } = context.application;
      const conditions = await runConditions(store, args.filter ?? {});
      return follow((signal) => runs.changes(conditions, signal), context);
    },
  })
  runsUpdated(
    @Root() run: RunRow,
    @Arg("filter", () => RunFilter, { nullable: true, description: "Only runs of which all of this holds then." })
    _filter: RunFilter | null,
  ): RunRow {
    return run;
  }
}

/** BAD_INPUT. */
function cursorOf({ after }: { after: number }, { resumeAfter }: Context): number {
  if (after < 0)
    throw new MaillardError("BAD_INPUT", `\`after\` is ${after}: it must be 0 or more.`, { param: "after" });
  return Math.max(after, resumeAfter ?? 0);
}

async function existing({ id, runId }: OneRun, context: Context): Promise<string> {
  const [name, given] = typeof id === "string" ? ["id", id] : ["runId", runId];
  if (typeof given !== "string" || (typeof id === "string" && typeof runId === "string"))
    throw new MaillardError("BAD_INPUT", "Pass the id of a run as `id`.", { param: "id" });
  const rowId = idOf("Run", given, name as string);
  const row = await new Loaders(context.application, context.signal).run.load(rowId);
  if (row) return rowId;
  throw noRun(name as string);
}
