/** `maillard watch`: follows a run to its end. */
import type { Command } from "commander";
import { findRun } from "../find-run.js";
import type { Session } from "../session.js";
import { watchRun } from "../watch-run.js";

export function register(program: Command, session: Session): void {
  program
    .command("watch")
    .description("follow a run: progress and metrics live, scores at the end; what came before is replayed")
    .argument("<run>", "id or name of the run")
    .option("--json", "answer the finished run as JSON")
    .action(async (idOrName: string, { json }: { json?: boolean }) => {
      await watchRun(session, await findRun(session.client, idOrName), { json });
    });
}
