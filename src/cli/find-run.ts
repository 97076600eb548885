/** The run that a person means: by its id, or by its name, of which the newest counts. */
import type { Client } from "./client.js";
import { RUN, RUNS } from "./documents/run.js";
import { CommandFailure } from "./failure.js";
import { eachNode } from "./pages.js";

/** Global ids of the API are base64url of "Run:…". */
const looksLikeId = (text: string): boolean => Buffer.from(text, "base64url").toString("utf8").startsWith("Run:");

export async function findRun(client: Client, idOrName: string): Promise<{ id: string; name: string; status: string }> {
  if (looksLikeId(idOrName)) {
    const { run } = await client.execute(RUN, { id: idOrName });
    if (run) return run;
  } else {
    const pages = eachNode(async (page) => (await client.execute(RUNS, { ...page, status: null })).runs);
    for await (const run of pages) if (run.name === idOrName) return run;
  }
  throw new CommandFailure(
    "NOT_FOUND",
    `There is no run ${JSON.stringify(idOrName)}. List them with: npx maillard runs`,
  );
}
