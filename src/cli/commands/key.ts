/**
 * `maillard key`: keys of the API made, listed, rotated and revoked, by an administrator. A key is the only line of the
 * answer, so that it can be sent on; what to know about it stands beside it.
 */
import { type Command, Option } from "commander";
import { API_KEYS, CREATE_API_KEY, REVOKE_API_KEY, ROTATE_API_KEY, VIEWER } from "../documents/key.js";
import { CommandFailure } from "../failure.js";
import { type Limit, limitOption } from "../flags/limit.js";
import { laterTime, minutes } from "../flags/time-options.js";
import type { ApiKeysQuery, KeyRole } from "../generated/graphql.js";
import { type Column, moment, renderTable } from "../output/table.js";
import { eachNode, firstNodes } from "../pages.js";
import type { Session } from "../session.js";

type Key = ApiKeysQuery["apiKeys"]["edges"][number]["node"];

const HELP = `
The first key is an administrator's: npx maillard key create --name me --role admin. It is made on a server that
listens on 127.0.0.1 and has no keys yet, or with a key of its MAILLARD_API_KEYS. From then on every request needs a
key. Commands send the one in MAILLARD_API_KEY.`;

interface CreateOptions {
  name: string;
  role: string;
  project: string[];
  expires?: Date;
  json?: boolean;
}

interface RotateOptions {
  overlap: number;
  expires?: Date;
  json?: boolean;
}

export function register(program: Command, session: Session): void {
  const key = program
    .command("key")
    .description("keys of the API: create, list, rotate, revoke; who am I")
    .addHelpText("after", HELP);
  const each = (text: string, before: string[]): string[] => [...before, text];
  key
    .command("create")
    .description("make a key, and print it this once")
    .requiredOption("-n, --name <name>", "whose key it is")
    .addOption(roleOption().makeOptionMandatory())
    .option("-p, --project <name>", "a project of the key, made if there is none; repeat for several", each, [])
    .option("-e, --expires <time>", "when it ends: 90d, 12h, or a date (default: never)", laterTime)
    .option("--json", "answer as JSON")
    .action((options: CreateOptions) => create(session, options));
  key
    .command("list")
    .description("list the keys, newest first")
    .addOption(limitOption())
    .option("--json", "answer as JSON")
    .action(async ({ limit, json }: Limit & { json?: boolean }) => {
      const keys = await firstNodes(allKeys(session), limit);
      if (json) session.json(keys);
      else session.lines(renderTable(COLUMNS, keys));
    });
  key
    .command("rotate")
    .description("give a key another secret, and print it this once")
    .argument("<name>", "name of the key")
    .option("-o, --overlap <time>", "how long the secret before still works, up to 1w", minutes, 0)
    .option("-e, --expires <time>", "when the key ends: 90d, 12h, or a date (default: as it was)", laterTime)
    .option("--json", "answer as JSON")
    .action((name: string, options: RotateOptions) => rotate(session, name, options));
  key
    .command("revoke")
    .description("end a key at once, with its connections")
    .argument("<name>", "name of the key")
    .action(async (name: string) => {
      const { id } = await named(session, name);
      await session.client.execute(REVOKE_API_KEY, { id });
      session.terminal.out(`${name} is revoked.`);
    });
  key
    .command("whoami")
    .description("name, role and projects of the key that is used")
    .option("--json", "answer as JSON")
    .action(async ({ json }: { json?: boolean }) => {
      const { viewer } = await session.client.execute(VIEWER, {});
      if (json) return session.json(viewer);
      const { name, role, projects, expiresAt } = viewer;
      const end = expiresAt ? `, until ${moment(expiresAt)}` : "";
      session.terminal.out(`${name}: ${role}, projects ${projects?.join(", ") ?? "all"}${end}`);
    });
}

const roleOption = (): Option =>
  new Option("-r, --role <role>", "what it may do: reader, member or admin").choices(["reader", "member", "admin"]);

async function create(session: Session, { name, role, project, expires, json }: CreateOptions): Promise<void> {
  const input = { name, role: role.toUpperCase() as KeyRole, projects: project, expiresAt: expires?.toISOString() };
  const { createApiKey } = await session.client.execute(CREATE_API_KEY, { input });
  if (json) return session.json(createApiKey);
  session.terminal.out(createApiKey.key);
  const { projects, expiresAt } = createApiKey.apiKey;
  const end = expiresAt ? `until ${moment(expiresAt)}` : "without an end";
  session.terminal.err(`${name}: ${role}, projects ${projects.join(", ")}, ${end}.`);
  session.terminal.err("This is the only time the key is shown. Its user sets MAILLARD_API_KEY to it.");
}

async function rotate(session: Session, name: string, { overlap, expires, json }: RotateOptions): Promise<void> {
  const { id } = await named(session, name);
  const variables = { id, overlapMinutes: overlap, expiresAt: expires?.toISOString() ?? null };
  const { rotateApiKey } = await session.client.execute(ROTATE_API_KEY, variables);
  if (json) return session.json(rotateApiKey);
  session.terminal.out(rotateApiKey.key);
  const { previousUntil } = rotateApiKey.apiKey;
  const old = overlap > 0 && previousUntil ? `works until ${moment(previousUntil)}` : "has ended";
  session.terminal.err(`This is the only time the key is shown. The one before ${old}.`);
}

const COLUMNS: readonly Column<Key>[] = [
  { title: "key", value: ({ name }) => name },
  { title: "role", value: ({ role }) => role.toLowerCase() },
  { title: "projects", value: ({ projects }) => projects.join(", ") },
  { title: "status", value: ({ status }) => status },
  { title: "made", value: ({ createdAt }) => moment(createdAt) },
  { title: "expires", value: ({ expiresAt }) => (expiresAt ? moment(expiresAt) : "never") },
  { title: "last used", value: ({ lastUsedAt }) => (lastUsedAt ? moment(lastUsedAt) : "never") },
];

const allKeys = ({ client }: Session): AsyncIterable<Key> =>
  eachNode(async (page) => (await client.execute(API_KEYS, page)).apiKeys);

async function named(session: Session, name: string): Promise<Key> {
  for await (const key of allKeys(session)) if (key.name === name) return key;
  const reason = `There is no key of the name ${JSON.stringify(name)}`;
  throw new CommandFailure("NOT_FOUND", `${reason}. List them with: npx maillard key list`);
}
