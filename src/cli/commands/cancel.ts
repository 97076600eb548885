/**
 * `maillard cancel`: ends a run, or every run of a group that is not finished. A run that had ended before is said to
 * be so, with exit code 1, unless it was cancelled.
 */
import type { Command } from "commander";
import { CANCEL_RUN, RUN_GROUP } from "../documents/run.js";
import { EXIT } from "../failure.js";
import { findRunOrGroup } from "../find-run.js";
import type { CancelRunMutation } from "../generated/graphql.js";
import { isFinal } from "../run-statuses.js";
import type { Session } from "../session.js";

type Cancelled = CancelRunMutation["cancelRun"]["run"];

export function register(program: Command, session: Session): void {
  program
    .command("cancel")
    .description("end a run: at once while it waits, within one step while it trains; of a group, all its runs")
    .argument("<run>", "id or name of the run or group")
    .option("--json", "answer as JSON; of a group, a list")
    .action(async (idOrName: string, { json }: { json?: boolean }) => {
      const found = await findRunOrGroup(session.client, idOrName);
      if ("run" in found) {
        const run = await cancel(session, found.run.id);
        const isLate = isFinal(found.run.status) || run.status === "SUCCEEDED" || run.status === "FAILED";
        if (isLate && run.status !== "CANCELLED") session.exitCode = EXIT.failed;
        if (json) return session.json(run);
        return isLate ? session.terminal.err(lateText(run)) : session.terminal.out(stateText(run));
      }
      const runs: Cancelled[] = [];
      // The last one first: after the end of the first, the next would start before it is cancelled.
      for (const { id } of (await unfinished(session, found.group.id)).reverse()) runs.push(await cancel(session, id));
      if (json) return session.json(runs);
      if (runs.length === 0) session.terminal.out(`${found.group.name}: no run is left to cancel.`);
      session.lines(runs.reverse().map(stateText));
    });
}

const cancel = async ({ client }: Session, id: string): Promise<Cancelled> =>
  (await client.execute(CANCEL_RUN, { id })).cancelRun.run;

async function unfinished({ client }: Session, id: string): Promise<{ id: string }[]> {
  const { runGroup } = await client.execute(RUN_GROUP, { id });
  return (runGroup?.runs ?? []).filter(({ status }) => !isFinal(status));
}

const lateText = ({ name, status }: Cancelled): string => `${name} had ended before: ${status}. Nothing was cancelled.`;

function stateText({ name, status }: Cancelled): string {
  const ending = status === "RUNNING" || status === "QUEUED";
  return ending ? `${name} is being cancelled (${status}).` : `${name}: ${status}`;
}
