/** `maillard delete`: a model, run, dataset or group goes, after a question that names all that would. */
import { Argument, type Command } from "commander";
import type { Client } from "../client.js";
import { confirm } from "../confirm.js";
import { DELETE_DATASET, DELETE_MODEL, DELETE_RUN, DELETE_RUN_GROUP } from "../documents/removal.js";
import { findThing, THING_KINDS, type ThingKind } from "../find-thing.js";
import type { DeletedPartsFragment } from "../generated/graphql.js";
import { byteSize, type Column, renderTable, right, usedBytes } from "../output/table.js";
import type { Session } from "../session.js";

interface Options {
  cascade: boolean;
  dryRun: boolean;
  yes: boolean;
  json?: boolean;
}
type Variables = { id: string; cascade: boolean; dryRun: boolean };

const HELP = `
A dataset that runs use, and a model that runs, ensembles or probes use, is not deleted; --cascade takes those along,
with the models that the runs made, and cancels runs that have not ended. Without it, the model of a deleted run stays.
Molecules that nothing has any more go with: npx maillard gc`;

export function register(program: Command, session: Session): void {
  program
    .command("delete")
    .description("delete a model, run, dataset or group of runs, with its files")
    .addArgument(new Argument("<kind>", "what is deleted").choices(THING_KINDS))
    .argument("<name>", "its name or id")
    .option("--cascade", "what uses it and what was made of it, too", false)
    .option("--dry-run", "only show what would be deleted", false)
    .option("-y, --yes", "do not ask", false)
    .option("--json", "answer as JSON")
    .addHelpText("after", HELP)
    .action((kind: ThingKind, name: string, options: Options) => remove(session, kind, name, options));
}

async function remove(session: Session, kind: ThingKind, name: string, options: Options): Promise<void> {
  const { cascade, dryRun, yes, json } = options;
  const { client, terminal } = session;
  const { id } = await findThing(client, kind, name);
  if (!yes || dryRun) {
    const would = await DELETE[kind](client, { id, cascade, dryRun: true });
    if (dryRun) return json ? session.json(would) : session.lines(shown(would));
    for (const line of shown(would)) terminal.err(line);
    const { deleted, freed } = would;
    const what = deleted.length === 1 ? `the ${kind} ${deleted[0].name}` : `these ${deleted.length}`;
    await confirm(session, `Delete ${what}, ${usedBytes(freed)}?`);
  }
  const done = await DELETE[kind](client, { id, cascade, dryRun: false });
  if (json) return session.json(done);
  const { deleted, freed } = done;
  for (const thing of deleted) terminal.out(`deleted ${nounOf(thing)} ${thing.name}`);
  terminal.out(`${byteSize(freed.files)} of files and about ${byteSize(freed.database)} of the database are free.`);
}

const nounOf = ({ kind }: { kind: string }): string => (kind === "RUN_GROUP" ? "group" : kind.toLowerCase());

type Thing = DeletedPartsFragment["deleted"][number];
const COLUMNS: readonly Column<Thing>[] = [
  { title: "would be deleted", value: nounOf },
  { title: "name", value: ({ name }) => name, maxWidth: 80 },
  right("files", ({ diskUsage }) => byteSize(diskUsage.files)),
  right("database", ({ diskUsage }) => byteSize(diskUsage.database)),
];
const shown = ({ deleted }: DeletedPartsFragment): string[] => renderTable(COLUMNS, deleted);

const DELETE: Record<ThingKind, (client: Client, variables: Variables) => Promise<DeletedPartsFragment>> = {
  model: async (client, variables) => (await client.execute(DELETE_MODEL, variables)).deleteModel,
  run: async (client, variables) => (await client.execute(DELETE_RUN, variables)).deleteRun,
  dataset: async (client, variables) => (await client.execute(DELETE_DATASET, variables)).deleteDataset,
  group: async (client, variables) => (await client.execute(DELETE_RUN_GROUP, variables)).deleteRunGroup,
};
