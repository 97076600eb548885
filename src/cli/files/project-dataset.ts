/**
 * The projection run of a dataset: started for `--background`, or followed to its end where the server says that too
 * many embeddings are missing to compute them at once.
 */
import { START_PROJECTION } from "../documents/run.js";
import { CommandFailure, EXIT } from "../failure.js";
import { followRun } from "../follow/watch-run.js";
import type { StartProjectionInput, StartProjectionMutation } from "../generated/graphql.js";
import type { Session } from "../session.js";

type Started = StartProjectionMutation["startProjection"]["run"];

export async function startProjection(session: Session, input: StartProjectionInput): Promise<Started> {
  return (await session.client.execute(START_PROJECTION, { input })).startProjection.run;
}

/** Resolves when the coordinates are there; false: Ctrl-C came first, and the run goes on. */
export async function projectInBackground(session: Session, input: StartProjectionInput): Promise<boolean> {
  session.terminal.err("Many embeddings are missing: a run computes them and the projection.");
  const run = await startProjection(session, input);
  const finished = await followRun(session, run);
  if (!finished) {
    session.terminal.err(
      `${run.name} goes on without this terminal. Come back with: npx maillard watch ${run.id}; ` +
        "then give the same command again.",
    );
    session.exitCode = EXIT.interrupted;
    return false;
  }
  if (finished.error) throw new CommandFailure(finished.error.code, finished.error.message);
  if (finished.status !== "SUCCEEDED") throw new CommandFailure("CANCELLED", `The run ${run.name} was cancelled.`);
  return true;
}
