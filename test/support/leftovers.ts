/** What a store holds: rows of every table, and bytes of the artifact store. To compare before and after. */
import { bytesUnder } from "../../src/runs/removal/disk-usage.js";
import type { Store } from "../../src/store/index.js";

export interface Held {
  rows: Record<string, number>;
  bytes: number;
}

/** Of every table but the audit log; with the jobs of the queue. */
export async function heldBy({ pool, artifacts }: Pick<Store, "pool" | "artifacts">): Promise<Held> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname = 'public' AND tablename NOT IN ('AuditEntry', '_prisma_migrations')
       OR schemaname = 'pgboss' AND tablename IN ('job', 'archive') ORDER BY name`,
  );
  const rows: Record<string, number> = {};
  for (const { name } of tables) {
    const counted = await pool.query<{ count: string }>(`SELECT count(*) FROM ${name}`);
    rows[name] = Number(counted.rows[0].count);
  }
  return { rows, bytes: await bytesUnder(artifacts.root) };
}
