/** `maillard note`: reads and changes description, notes and tags of a run. */
import type { Command } from "commander";
import { RUN_NOTES, UPDATE_RUN } from "../documents/run.js";
import { findRun } from "../find-run.js";
import { collected } from "../flags/runs/annotation-flags.js";
import type { RunNotesQuery, UpdateRunInput } from "../generated/graphql.js";
import type { Session } from "../session.js";

type Noted = NonNullable<RunNotesQuery["run"]>;
interface Options {
  description?: string;
  tag?: string[];
  untag?: string[];
  append?: boolean;
  json?: boolean;
}

export function register(program: Command, session: Session): void {
  program
    .command("note")
    .description("write notes, a description and tags of a run; without any, show them")
    .argument("<run>", "id or name of the run")
    .argument("[text]", "its notes, in place of those that there are")
    .option("--append", "put the text under the notes that there are")
    .option("--description <text>", 'what the run is for; "": none')
    .option("--tag <tag>", "give it this tag; may be given several times", collected)
    .option("--untag <tag>", "take this tag away; may be given several times", collected)
    .option("--json", "answer as JSON")
    .action(async (idOrName: string, text: string | undefined, options: Options) => {
      const { id } = await findRun(session.client, idOrName);
      const before = (await session.client.execute(RUN_NOTES, { id })).run as Noted;
      const input = changesOf(before, text, options);
      const run =
        Object.keys(input).length === 0
          ? before
          : (await session.client.execute(UPDATE_RUN, { id, input })).updateRun.run;
      if (options.json) return session.json(run);
      session.terminal.out(`${run.name}${run.description ? `: ${run.description}` : ""}`);
      if (run.tags.length > 0) session.terminal.out(`tags: ${run.tags.join(", ")}`);
      if (run.notes !== "") session.terminal.out(run.notes);
    });
}

function changesOf({ notes, tags }: Noted, text: string | undefined, options: Options): UpdateRunInput {
  const { append, description, tag = [], untag = [] } = options;
  const isTagged = tag.length + untag.length > 0;
  return {
    ...(text === undefined ? {} : { notes: append && notes !== "" ? `${notes}\n${text}` : text }),
    ...(description === undefined ? {} : { description }),
    ...(isTagged ? { tags: [...new Set([...tags, ...tag])].filter((one) => !untag.includes(one)) } : {}),
  };
}
