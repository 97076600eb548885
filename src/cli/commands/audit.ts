/** `maillard audit`: who asked the server for what, newest first. Needs an administrator's key. */
import type { Command } from "commander";
import { AUDIT_LOG } from "../documents/audit.js";
import { type Limit, limitOption } from "../flags/limit.js";
import { sinceOption } from "../flags/since.js";
import type { AuditLogQuery } from "../generated/graphql.js";
import { type Column, moment, renderTable } from "../output/table.js";
import { eachNode, firstNodes } from "../pages.js";
import type { Session } from "../session.js";

type Entry = AuditLogQuery["auditLog"]["edges"][number]["node"];

const COLUMNS: readonly Column<Entry>[] = [
  { title: "when", value: ({ at }) => moment(at) },
  { title: "key", value: ({ key }) => key ?? "–" },
  { title: "from", value: ({ address }) => address ?? "–" },
  { title: "action", value: ({ action }) => action },
  { title: "outcome", value: ({ outcome }) => outcome },
  {
    title: "about",
    value: ({ details }) => details.map(({ name, value }) => `${name}=${value}`).join(" "),
    maxWidth: 80,
  },
  { title: "request", value: ({ requestId }) => requestId },
];

interface Options extends Limit {
  since?: string;
  key?: string;
  action?: string;
  outcome?: string;
  json?: boolean;
}

export function register(program: Command, session: Session): void {
  program
    .command("audit")
    .description("list what was asked of the server that changes something, and refused keys, newest first")
    .addOption(sinceOption())
    .option("--key <name>", "only of this key")
    .option("--action <name>", 'only of this action: a mutation, "import" or "refused key"')
    .option("--outcome <code>", 'only of this outcome: "OK" or a code')
    .addOption(limitOption())
    .option("--json", "answer as JSON")
    .action(async ({ since, key, action, outcome, limit, json }: Options) => {
      const filter = { from: since, key, action, outcome };
      const pages = eachNode(async (page) => (await session.client.execute(AUDIT_LOG, { ...page, filter })).auditLog);
      const entries = await firstNodes(pages, limit);
      if (json) return session.json(entries);
      session.lines(renderTable(COLUMNS, entries));
    });
}
