/** What a run has told: its events, its attempts, and where its metrics stand. */
import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from "type-graphql";
import { MaillardError } from "../../../errors.js";
import type {
  RunAttempt as AttemptRow,
  RunEvent as EventRow,
  Metric as MetricRow,
  Run as RunRow,
} from "../../../store/generated/client.js";
import type { Context } from "../../context.js";
import { EventLevel } from "../../types/enums.js";
import { Metric } from "../../types/metric.js";
import { Run, RunError, runErrorOf } from "../../types/run.js";
import { RunAttempt, RunEvent } from "../../types/run-event.js";

const MOST_EVENTS = 1_000;

@Resolver(() => Run)
export class RunLogResolver {
  @FieldResolver(() => [Metric], {
    description: "The last metric of each split and name, in that order, however many there are.",
  })
  latestMetrics(@Root() row: RunRow, @Ctx() { loaders }: Context): Promise<MetricRow[]> {
    return loaders.latestMetrics.load(row.id);
  }

  @FieldResolver(() => [RunEvent], {
    description:
      "What happened to it, by `sequence`; for live ones subscribe to runEvents. Runs of earlier versions have none " +
      "of their past. BAD_INPUT.",
  })
  async events(
    @Root() row: RunRow,
    @Arg("after", () => Int, { defaultValue: 0, description: "Only with a greater `sequence`; 0: from the start." })
    after: number,
    @Arg("first", () => Int, { defaultValue: 100, description: `At most this many, 1 to ${MOST_EVENTS}.` })
    first: number,
    @Arg("level", () => EventLevel, { defaultValue: EventLevel.INFO, description: "Only of this level or above." })
    level: EventLevel,
    @Ctx() { loaders }: Context,
  ): Promise<EventRow[]> {
    if (first < 1 || first > MOST_EVENTS)
      throw new MaillardError(
        "BAD_INPUT",
        `\`first\` is ${first}: it must be 1 to ${MOST_EVENTS}. Use \`after\` for the rest.`,
        { param: "first" },
      );
    return loaders.events.load({ runId: row.id, after, first, level });
  }

  @FieldResolver(() => [RunAttempt], {
    description: "Its attempts, in their order; those of earlier versions are not known.",
  })
  attempts(@Root() row: RunRow, @Ctx() { loaders }: Context): Promise<AttemptRow[]> {
    return loaders.attempts.load(row.id);
  }
}

@Resolver(() => RunAttempt)
export class RunAttemptResolver {
  @FieldResolver(() => RunError, { nullable: true, description: "The fault that ended it; null: none did." })
  error(@Root() { code, message }: AttemptRow): RunError | null {
    return runErrorOf({ errorCode: code, errorMessage: message, errorParam: null });
  }
}
