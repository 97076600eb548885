/** `maillard rename`: a model, run, dataset or group gets another name. */
import { Argument, type Command } from "commander";
import type { Client } from "../client.js";
import { RENAME_DATASET, RENAME_MODEL, RENAME_RUN, RENAME_RUN_GROUP } from "../documents/removal.js";
import { findThing, THING_KINDS, type ThingKind } from "../find-thing.js";
import type { Session } from "../session.js";

export function register(program: Command, session: Session): void {
  program
    .command("rename")
    .description("give a model, run, dataset or group of runs another name")
    .addArgument(new Argument("<kind>", "what is renamed").choices(THING_KINDS))
    .argument("<name>", "its name or id")
    .argument("<new name>", "its name from now on")
    .action(async (kind: ThingKind, name: string, to: string) => {
      const { id } = await findThing(session.client, kind, name);
      await RENAME[kind](session.client, { id, name: to });
      session.terminal.out(`The ${kind} ${name} is called ${to}.`);
    });
}

const RENAME: Record<ThingKind, (client: Client, variables: { id: string; name: string }) => Promise<unknown>> = {
  model: (client, variables) => client.execute(RENAME_MODEL, variables),
  run: (client, variables) => client.execute(RENAME_RUN, variables),
  dataset: (client, variables) => client.execute(RENAME_DATASET, variables),
  group: (client, variables) => client.execute(RENAME_RUN_GROUP, variables),
};
