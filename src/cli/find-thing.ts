/** A model, run, dataset or group by its id or name. Of several runs of one name none is taken: it may be deleted. */
import type { Client } from "./client.js";
import { DATASET_OF_NAME, MODEL_OF_NAME } from "./documents/removal.js";
import { RUN_GROUPS, RUNS } from "./documents/run.js";
import { CommandFailure } from "./failure.js";
import { eachNode } from "./pages.js";

export const THING_KINDS = ["model", "run", "dataset", "group"] as const;
export type ThingKind = (typeof THING_KINDS)[number];

interface Found {
  id: string;
  name: string;
}

const TYPES: Record<ThingKind, string> = { model: "Model", run: "Run", dataset: "Dataset", group: "RunGroup" };

export async function findThing(client: Client, kind: ThingKind, idOrName: string): Promise<Found> {
  // Global ids of the API are base64url of "Run:…".
  if (Buffer.from(idOrName, "base64url").toString("utf8").startsWith(`${TYPES[kind]}:`))
    return { id: idOrName, name: idOrName };
  const found = await OF_NAME[kind](client, idOrName);
  if (found.length === 1) return found[0];
  if (found.length === 0) {
    const list = `npx maillard ${kind === "group" ? "run" : kind}s`;
    throw new CommandFailure("NOT_FOUND", `There is no ${kind} ${JSON.stringify(idOrName)}. List them with: ${list}`);
  }
  const ids = found.map(({ id }) => id).join(", ");
  throw new CommandFailure(
    "CONFLICT",
    `${found.length} ${kind}s have the name ${idOrName}: give one of the ids ${ids}.`,
  );
}

const OF_NAME: Record<ThingKind, (client: Client, name: string) => Promise<Found[]>> = {
  model: async (client, name) => [(await client.execute(MODEL_OF_NAME, { name })).model ?? []].flat(),
  dataset: async (client, name) => [(await client.execute(DATASET_OF_NAME, { name })).dataset ?? []].flat(),
  run: (client, name) =>
    named(
      name,
      eachNode(async (page) => (await client.execute(RUNS, { ...page, filter: null })).runs),
    ),
  group: (client, name) =>
    named(
      name,
      eachNode(async (page) => (await client.execute(RUN_GROUPS, page)).runGroups),
    ),
};

async function named(name: string, nodes: AsyncIterable<Found>): Promise<Found[]> {
  const found: Found[] = [];
  for await (const node of nodes) if (node.name === name) found.push({ id: node.id, name });
  return found;
}
