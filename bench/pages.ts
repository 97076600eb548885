/**
 * Pages by sort key against pages by OFFSET, for docs/adr/0009: 70,000 rows in the embedded PostgreSQL, one index on
 * (name, id), pages of 20 at the start, in the middle and at the end. Prints the median of the repetitions in
 * milliseconds.
 *
 *   node --import tsx bench/pages.ts [rows]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../src/store/index.js";
import { machine } from "./support/server.js";

const ROWS = Number(process.argv[2] ?? 70_000);
const PAGE = 20;
const REPETITIONS = 51;

const home = await mkdtemp(join(tmpdir(), "maillard-pages-"));
const store = await openStore({ home });

async function median(text: string, values: unknown[]): Promise<string> {
  const times: number[] = [];
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const start = performance.now();
    await store.pool.query(text, values);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[REPETITIONS >> 1].toFixed(2);
}

try {
  await store.pool.query("CREATE TABLE pages (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL)");
  await store.pool.query("INSERT INTO pages (name) SELECT md5(n::text) FROM generate_series(1, $1::int) n", [ROWS]);
  await store.pool.query("CREATE INDEX ON pages (name, id)");
  await store.pool.query("ANALYZE pages");
  console.log(machine());
  for (const depth of [0, ROWS / 2, ROWS - PAGE].map(Math.floor)) {
    const { rows } = await store.pool.query<{ name: string; id: string }>(
      "SELECT name, id FROM pages ORDER BY name, id LIMIT 1 OFFSET $1",
      [Math.max(0, depth - 1)],
    );
    const [{ name, id }] = rows;
    const byKey = await median("SELECT * FROM pages WHERE (name, id) > ($1, $2) ORDER BY name, id LIMIT $3", [
      name,
      id,
      PAGE,
    ]);
    const byOffset = await median("SELECT * FROM pages ORDER BY name, id LIMIT $1 OFFSET $2", [PAGE, depth]);
    console.log(`page after row ${depth}: by key ${byKey} ms, by offset ${byOffset} ms`);
  }
} finally {
  await store.close();
  await rm(home, { recursive: true, force: true });
}
