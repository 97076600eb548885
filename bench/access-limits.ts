/**
 * What limits of keys and the audit log cost, on the embedded PostgreSQL: processor time of this process and wall time
 * of one charge of points, one check of a quota (of a key with many runs), one entry, a flood of refused keys, and the
 * deletion of old entries.
 *
 *   node --import tsx bench/access-limits.ts [runs]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PointsMeter } from "../src/api/access/points.js";
import { AuditLog } from "../src/store/access/audit.js";
import { LOCAL } from "../src/store/access/principal.js";
import { checkQuotaInTurn } from "../src/store/access/usage.js";
import { openStore } from "../src/store/index.js";
import { transaction } from "../src/store/sql.js";

const RUNS = Number(process.argv[2] ?? 1_000);
const home = await mkdtemp(join(tmpdir(), "maillard-bench-"));
const opened = await openStore({ home });
const store = { ...opened, principal: { ...LOCAL, keyId: "key" } };
const { pool } = store;

async function measure(what: string, times: number, once: (index: number) => unknown): Promise<void> {
  const took: number[] = [];
  const began = process.cpuUsage();
  for (let index = 0; index < times; index++) {
    const start = performance.now();
    await once(index);
    took.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(began);
  took.sort((a, b) => a - b);
  const at = (share: number) => `${took[Math.floor(share * (times - 1))].toFixed(3)} ms`;
  const cpu = ((user + system) / 1_000 / times).toFixed(3);
  console.log(`${what}: p50 ${at(0.5)}, p99 ${at(0.99)}, processor ${cpu} ms (${times} times)`);
}

try {
  await pool.query(
    `INSERT INTO "ApiKey" (id, name, hash, role, "maxRuns") VALUES ('key', 'lab', 'x', 'MEMBER', 1000000)`,
  );
  await pool.query(
    `INSERT INTO "Model" (id, name, family, task, artifact, checksum, layers, width, heads, "vocabularySize",
       "parameterCount", "maxLength", "createdById")
     SELECT 'm' || n, 'm' || n, 'bert', 'ENCODER', 'models/m' || n, 'x', 1, 8, 1, 10, 1000, 10, 'key'
     FROM generate_series(1, 100) AS n`,
  );
  await pool.query(`INSERT INTO "Dataset" (id, name, size, "createdById") VALUES ('d', 'd', 1000, 'key')`);
  await pool.query(
    `INSERT INTO "Run" (id, kind, name, status, "inputHash", input, "datasetId", "baseModelId", "createdById")
     SELECT 'r' || n, 'FINETUNE', 'r' || n, CASE WHEN n % 20 = 0 THEN 'QUEUED' ELSE 'SUCCEEDED' END::"RunStatus", '',
       '{}', 'd', 'm1', CASE WHEN n % 2 = 0 THEN 'key' END FROM generate_series(1, $1::int) AS n`,
    [2 * RUNS],
  );
  await pool.query(
    `INSERT INTO "Checkpoint" (id, "runId", attempt, step, path, sha256, bytes)
     SELECT 'c' || n, 'r' || n, 1, 1, 'p', '', 1000 FROM generate_series(1, $1::int) AS n`,
    [2 * RUNS],
  );
  await pool.query("ANALYZE");

  const meter = new PointsMeter(Number.MAX_SAFE_INTEGER);
  await measure("100,000 charges of points", 10, () => {
    for (let index = 0; index < 100_000; index++) meter.charge({ keyId: `key-${index % 100}` }, () => 1);
  });
  await measure(`a check of the quota of a key with ${RUNS} runs`, 300, () =>
    transaction(store, (client) => checkQuotaInTurn(client, store, { runs: 1, bytes: 0 })),
  );

  const audit = new AuditLog(store, { days: 90, onLost: (_entry, error) => console.log(error), onError: console.log });
  const entry = { requestId: "r", keyId: "key", keyName: "lab", address: "::1", action: "cancelRun", outcome: "OK" };
  await measure("an entry of the audit log", 1_000, () => audit.record({ ...entry, details: { id: "UnVuOjE" } }));
  await pool.query(`DELETE FROM "AuditEntry"`);
  await measure("100,000 refused keys of 1,000 addresses", 1, async () => {
    for (let index = 0; index < 100_000; index++) audit.refusedKey(`10.0.${index % 4}.${index % 250}`, "r");
    await audit.close();
  });
  const { rows } = await pool.query<{ count: string }>(`SELECT count(*) FROM "AuditEntry"`);
  console.log(`  entries of them: ${rows[0].count}`);
  await pool.query(
    `INSERT INTO "AuditEntry" (id, at, "requestId", action, outcome)
     SELECT 'old' || n, now() - interval '91 days', 'r', 'a', 'OK' FROM generate_series(1, 100000) AS n`,
  );
  const deleting = new AuditLog(store, { days: 90, onLost: console.log, onError: console.log });
  await measure("deleting 100,000 old entries", 1, async () => console.log(`  ${await deleting.deleteOld()} deleted`));
} finally {
  await store.close();
  await rm(home, { recursive: true, force: true });
}
