/**
 * A process that holds the store of the home in argument 1: sends {processId of PostgreSQL} when open, closes on
 * "close".
 */
import { readFile } from "node:fs/promises";
import { openStore } from "../../../src/store/index.js";

const [home] = process.argv.slice(2);
try {
  const store = await openStore({ home });
  const { rows } = await store.pool.query<{ data: string }>("SELECT current_setting('data_directory') AS data");
  const [processId] = (await readFile(`${rows[0].data}/postmaster.pid`, "utf8")).split("\n");
  process.on("message", async () => {
    await store.close();
    process.exit(0);
  });
  process.send?.({ processId: Number(processId), uid: process.getuid?.() });
} catch (error) {
  process.send?.({ error: String(error) });
  process.exit(1);
}
