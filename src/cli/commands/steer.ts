/** `maillard pause`, `resume`, `retry` and `priority`: what becomes of a run that exists, or of the runs of a group. */
import type { Command } from "commander";
import {
  PAUSE_RUN,
  PAUSE_RUN_GROUP,
  RESUME_RUN,
  RESUME_RUN_GROUP,
  RETRY_RUN,
  SET_RUN_PRIORITY,
} from "../documents/run.js";
import { findRun, findRunOrGroup } from "../find-run.js";
import { wholeNumber } from "../flags/options.js";
import type { PauseRunMutation } from "../generated/graphql.js";
import { isFinal } from "../run-statuses.js";
import type { Session } from "../session.js";

type Steered = PauseRunMutation["pauseRun"]["run"];
interface Json {
  json?: boolean;
}

export function register(program: Command, session: Session): void {
  addVerb(program, session, {
    name: "pause",
    description: "stop a run, to go on later: it keeps what it has done; of a group, all runs that have not ended",
    going: "pauses as soon as its worker has stopped",
    ofRun: async (id) => (await session.client.execute(PAUSE_RUN, { id })).pauseRun.run,
    ofGroup: async (id) => (await session.client.execute(PAUSE_RUN_GROUP, { id })).pauseRunGroup.group.runs,
  });
  addVerb(program, session, {
    name: "resume",
    description: "let a run that is paused go on; of a group, all of them",
    going: "goes on",
    ofRun: async (id) => (await session.client.execute(RESUME_RUN, { id })).resumeRun.run,
    ofGroup: async (id) => (await session.client.execute(RESUME_RUN_GROUP, { id })).resumeRunGroup.group.runs,
  });
  program
    .command("retry")
    .description("let a run that failed or was cancelled go on from its last checkpoint")
    .argument("<run>", "id or name of the run")
    .option("--anew", "from the first step: its checkpoints, metrics and scores are deleted")
    .option("--json", "answer as JSON")
    .action(async (idOrName: string, { anew = false, json }: Json & { anew?: boolean }) => {
      const { id } = await findRun(session.client, idOrName);
      const { run } = (await session.client.execute(RETRY_RUN, { id, anew })).retryRun;
      if (json) return session.json(run);
      const { step } = run.progress;
      session.terminal.out(`${run.name}: ${run.status}, ${step > 0 ? `goes on after step ${step}` : "from the start"}`);
    });
  program
    .command("priority")
    .description("change the order of the runs that wait: higher first, -100 to 100, 0 is usual")
    .argument("<run>", "id or name of the run")
    .argument("<priority>", "its priority from now on; one below 0 after --", wholeNumber(-100, 100))
    .option("--json", "answer as JSON")
    .action(async (idOrName: string, priority: number, { json }: Json) => {
      const { id } = await findRun(session.client, idOrName);
      const { run } = (await session.client.execute(SET_RUN_PRIORITY, { id, priority })).setRunPriority;
      if (json) return session.json(run);
      const counts = run.status === "QUEUED" ? "" : ": it counts when the run waits again";
      session.terminal.out(`${run.name}: ${run.status}, priority ${run.priority}${counts}`);
    });
}

interface Verb {
  name: string;
  description: string;
  /** What a RUNNING run does now. */
  going: string;
  ofRun(id: string): Promise<Steered>;
  ofGroup(id: string): Promise<readonly Steered[]>;
}

/** A command that takes a run or a group. */
function addVerb(program: Command, session: Session, { name, description, going, ofRun, ofGroup }: Verb): void {
  program
    .command(name)
    .description(description)
    .argument("<run>", "id or name of the run or group")
    .option("--json", "answer as JSON; of a group, a list")
    .action(async (idOrName: string, { json }: Json) => {
      const found = await findRunOrGroup(session.client, idOrName);
      const runs = "run" in found ? [await ofRun(found.run.id)] : await ofGroup(found.group.id);
      tell(session, runs, { json, isGroup: "group" in found, going });
    });
}

function tell(
  session: Session,
  runs: readonly Steered[],
  { json, isGroup, going }: Json & { isGroup: boolean; going: string },
): void {
  const said = ({ name, status }: Steered): string => {
    if (isFinal(status)) return `${name}: ${status}, it had ended`;
    return status === "RUNNING" ? `${name}: RUNNING, it ${going}` : `${name}: ${status}`;
  };
  if (json) session.json(isGroup ? runs : runs[0]);
  else session.lines(runs.map(said));
}
