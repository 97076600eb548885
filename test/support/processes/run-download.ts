/**
 * One download in a process of its own, to be killed: arguments are the URL of the database, the home, the hub and the
 * repository.
 */
import { Downloads } from "../../../src/runs/index.js";
import { openStore } from "../../../src/store/index.js";

const [databaseUrl, home, endpoint, hub] = process.argv.slice(2);
const downloads = new Downloads({ store: await openStore({ home, databaseUrl }), hub: { endpoint }, tickMs: 10 });
const { id } = await downloads.start({ name: "tiny", hub });
process.send?.(id);
