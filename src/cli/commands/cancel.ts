/** `maillard cancel`: ends a run. */
import type { Command } from "commander";
import { CANCEL_RUN } from "../documents/run.js";
import { findRun } from "../find-run.js";
import type { Session } from "../session.js";

export function register(program: Command, session: Session): void {
  program
    .command("cancel")
    .description("end a run: at once while it waits, within one step while it trains")
    .argument("<run>", "id or name of the run")
    .option("--json", "answer as JSON")
    .action(async (idOrName: string, { json }: { json?: boolean }) => {
      const { id } = await findRun(session.client, idOrName);
      const { run } = (await session.client.execute(CANCEL_RUN, { id })).cancelRun;
      if (json) return session.json(run);
      const ending = run.status === "RUNNING" || run.status === "QUEUED";
      session.terminal.out(ending ? `${run.name} is being cancelled (${run.status}).` : `${run.name}: ${run.status}`);
    });
}
