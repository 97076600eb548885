/** `maillard runs events`: what happened to a run, in order. */
import type { Command } from "commander";
import { Option } from "commander";
import { RUN_EVENTS, RUN_EVENTS_LIVE } from "../documents/run.js";
import { CommandFailure } from "../failure.js";
import { findRun } from "../find-run.js";
import type { EventLevel, RunEventsQuery } from "../generated/graphql.js";
import { type Column, moment, renderTable, right } from "../output/table.js";
import type { Session } from "../session.js";

type Event = NonNullable<RunEventsQuery["run"]>["events"][number];

const LEVELS: readonly EventLevel[] = ["INFO", "WARNING", "ERROR"];
const COLUMNS: readonly Column<Event>[] = [
  right("#", ({ sequence }) => String(sequence)),
  { title: "at", value: ({ at }) => moment(at) },
  { title: "level", value: ({ level }) => level },
  { title: "event", value: ({ kind }) => kind },
  right("attempt", ({ attempt }) => String(attempt)),
  { title: "message", value: ({ message }) => message, maxWidth: 200 },
];

interface Options {
  level: EventLevel;
  follow?: boolean;
  json?: boolean;
}

export function addEvents(runs: Command, session: Session): void {
  runs
    .command("events")
    .description("what happened to a run, in order: attempts, pauses, faults, warnings, its end")
    .argument("<run>", "id or name of the run")
    .addOption(new Option("--level <level>", "only of this level or above").choices(LEVELS).default("INFO"))
    .option("-f, --follow", "then those that come, to the end of the run; with --json a line each")
    .option("--json", "answer as JSON")
    .action(async (idOrName: string, _options: Options, command: Command) => {
      // `runs` has --json, too, and takes it first.
      const { level, follow, json } = command.optsWithGlobals<Options>();
      const { id, name } = await findRun(session.client, idOrName);
      const events: Event[] = [];
      for (let after = 0; ; after = events[events.length - 1].sequence) {
        const { run } = await session.client.execute(RUN_EVENTS, { id, after, level });
        if (!run) throw new CommandFailure("NOT_FOUND", `The run ${name} is no longer there.`);
        events.push(...run.events);
        if (run.events.length < PAGE) break;
      }
      if (json && !follow) return session.json(events);
      const { out } = session.terminal;
      if (json) for (const event of events) out(JSON.stringify(event));
      else session.lines(renderTable(COLUMNS, events));
      if (follow) await followOn(events.at(-1)?.sequence ?? 0);

      async function followOn(after: number): Promise<void> {
        const stop = new AbortController();
        const release = session.terminal.onInterrupt(() => stop.abort());
        let last = after;
        try {
          const cursor = () => ({ id, after: last });
          for await (const { runEvents: event } of session.client.subscribe(RUN_EVENTS_LIVE, cursor, stop.signal)) {
            last = event.sequence;
            if (LEVELS.indexOf(event.level) < LEVELS.indexOf(level)) continue;
            out(json ? JSON.stringify(event) : line(event));
          }
        } finally {
          release();
        }
      }
    });
}

/** Events of one answer: the most that the API gives. */
const PAGE = 1_000;

/** As a row of the table. */
const line = (event: Event): string => renderTable(COLUMNS, [event])[2];
