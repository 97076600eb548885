/** A run or group by its id, or by its name; of several of one name the newest. */
import type { Client } from "./client.js";
import { RUN, RUN_GROUP, RUN_GROUPS, RUNS } from "./documents/run.js";
import { CommandFailure } from "./failure.js";
import type { RunGroupsQuery, RunKind, RunStatus } from "./generated/graphql.js";
import { eachNode } from "./pages.js";

type Run = { id: string; name: string; kind: RunKind; status: RunStatus };
type Group = RunGroupsQuery["runGroups"]["edges"][number]["node"];

/** Global ids of the API are base64url of "Run:…". */
const looksLikeId = (text: string, kind: "Run" | "RunGroup"): boolean =>
  Buffer.from(text, "base64url").toString("utf8").startsWith(`${kind}:`);

export async function findRun(client: Client, idOrName: string): Promise<Run> {
  const run = await runOf(client, idOrName);
  if (run) return run;
  throw notFound("run", idOrName);
}

/** A run when there is one of this id or name, else a group. */
export async function findRunOrGroup(client: Client, idOrName: string): Promise<{ run: Run } | { group: Group }> {
  const run = await runOf(client, idOrName);
  if (run) return { run };
  const group = await groupOf(client, idOrName);
  if (group) return { group };
  throw notFound("run or group", idOrName);
}

async function runOf(client: Client, idOrName: string): Promise<Run | null> {
  if (looksLikeId(idOrName, "RunGroup")) return null;
  if (looksLikeId(idOrName, "Run")) return (await client.execute(RUN, { id: idOrName })).run ?? null;
  const pages = eachNode(async (page) => (await client.execute(RUNS, { ...page, filter: null })).runs);
  for await (const run of pages) if (run.name === idOrName) return run;
  return null;
}

async function groupOf(client: Client, idOrName: string): Promise<Group | null> {
  if (looksLikeId(idOrName, "RunGroup")) return (await client.execute(RUN_GROUP, { id: idOrName })).runGroup ?? null;
  const pages = eachNode(async (page) => (await client.execute(RUN_GROUPS, page)).runGroups);
  for await (const group of pages) if (group.name === idOrName) return group;
  return null;
}

const notFound = (what: string, idOrName: string): CommandFailure =>
  new CommandFailure(
    "NOT_FOUND",
    `There is no ${what} ${JSON.stringify(idOrName)}. List the runs with: npx maillard runs`,
  );
