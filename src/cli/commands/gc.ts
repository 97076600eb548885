/** `maillard gc`: removes what no row needs, and says what the server takes. */
import type { Command } from "commander";
import { confirm } from "../confirm.js";
import { COLLECT_GARBAGE, DISK_USAGE, RESTORE_SHIPPED } from "../documents/removal.js";
import type { CollectGarbageMutation } from "../generated/graphql.js";
import { byteSize, type Column, renderTable, right } from "../output/table.js";
import type { Session } from "../session.js";

interface Options {
  dryRun: boolean;
  yes: boolean;
  restoreShipped: boolean;
  json?: boolean;
}

export function register(program: Command, session: Session): void {
  program
    .command("gc")
    .description("remove files and molecules that nothing needs any more")
    .option("--dry-run", "only show what would be removed", false)
    .option("-y, --yes", "do not ask", false)
    .option("--restore-shipped", "instead: register again what ships with the package and was deleted", false)
    .option("--json", "answer as JSON")
    .action((options: Options) => (options.restoreShipped ? restore(session) : collect(session, options)));
}

async function collect(session: Session, { dryRun, yes, json }: Options): Promise<void> {
  const { client, terminal } = session;
  if (!yes || dryRun) {
    const would = (await client.execute(COLLECT_GARBAGE, { dryRun: true })).collectGarbage;
    if (dryRun && json) return session.json(would);
    const lines = would.garbage.length === 0 ? ["Nothing is left over."] : shown(would);
    if (dryRun || would.garbage.length === 0) return session.lines([...lines, await total(session)]);
    for (const line of lines) terminal.err(line);
    await confirm(session, `Remove all of it, ${byteSize(would.bytes)}?`);
  }
  const done = (await client.execute(COLLECT_GARBAGE, { dryRun: false })).collectGarbage;
  if (json) return session.json(done);
  session.lines(done.garbage.map(({ kind, count, bytes }) => `removed ${count} ${NOUNS[kind]}, ${byteSize(bytes)}`));
  terminal.out(await total(session));
}

async function total({ client }: Session): Promise<string> {
  const { files, database } = (await client.execute(DISK_USAGE, {})).diskUsage;
  return `The server takes ${byteSize(files)} of files and ${byteSize(database)} of the database.`;
}

async function restore({ client, terminal }: Session): Promise<void> {
  const { restored } = (await client.execute(RESTORE_SHIPPED, {})).restoreShipped;
  terminal.out(restored.length > 0 ? `There again: ${restored.join(", ")}` : "Nothing that ships was deleted.");
}

type Collected = CollectGarbageMutation["collectGarbage"];
type Garbage = Collected["garbage"][number];

const NOUNS: Record<Garbage["kind"], string> = {
  FILES: "files of what was deleted",
  CHECKPOINTS: "old checkpoints",
  FOLDERS: "folders that no row names",
  PARTS: "parts of downloads and uploads",
  COMPOUNDS: "molecules that nothing has",
  RESULTS: "kept results of what is gone",
};

const COLUMNS: readonly Column<Garbage>[] = [
  { title: "would be removed", value: ({ kind }) => NOUNS[kind] },
  right("count", ({ count }) => count.toLocaleString("en-US")),
  right("size", ({ bytes }) => byteSize(bytes)),
  { title: "first", value: ({ paths }) => paths[0] ?? "–", maxWidth: 80 },
];
const shown = ({ garbage }: Collected): string[] => renderTable(COLUMNS, garbage);
