/** `maillard watch`: follows a run, or all runs of a group, to the end. */
import type { Command } from "commander";
import { findRunOrGroup } from "../find-run.js";
import { watchGroup } from "../follow/watch-group.js";
import { watchRun } from "../follow/watch-run.js";
import type { Session } from "../session.js";

export function register(program: Command, session: Session): void {
  program
    .command("watch")
    .description("follow a run: progress and metrics live, scores at the end; what came before is replayed")
    .argument("<run>", "id or name of the run, or of a group of runs (--seeds, --folds)")
    .option("--json", "answer the finished run or group as JSON")
    .action(async (idOrName: string, { json }: { json?: boolean }) => {
      const found = await findRunOrGroup(session.client, idOrName);
      if ("group" in found) await watchGroup(session, found.group, { json });
      else await watchRun(session, found.run, { json });
    });
}
