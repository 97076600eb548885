/**
 * One download in a process of its own, to be killed: arguments are the URL of the database, the home, the hub and the
 * repository. Without a repository it only continues what other processes began.
 */
import { Downloads } from "../../../src/runs/index.js";
import { openStore } from "../../../src/store/index.js";

const [databaseUrl, home, endpoint, hub] = process.argv.slice(2);
const downloads = new Downloads({ store: await openStore({ home, databaseUrl }), hub: { endpoint }, tickMs: 10 });
const id = hub ? (await downloads.start({ name: "tiny", hub })).id : "";
process.send?.(id);
