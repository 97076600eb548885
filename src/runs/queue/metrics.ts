/** Metrics of several runs in one statement: the first n of each run is a lateral join, which Prisma cannot write. */
import { groupBy } from "../../datasets/group-by.js";
import type { Metric, Split } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";

export interface MetricsKey {
  runId: string;
  /** null: of all splits. */
  split: Split | null;
  /** null: of every name. */
  name: string | null;
  /** Only with a greater sequence. */
  after: number;
  /** At most so many. */
  first: number;
}

/** By place of the key, each in the order of its sequence. */
export async function readMetrics({ prisma }: Pick<Store, "prisma">, keys: readonly MetricsKey[]): Promise<Metric[][]> {
  const rows = await prisma.$queryRaw<(Metric & { place: number })[]>`
    SELECT asked.place, m."runId", m.sequence, m.step, m.epoch, m.split, m.name, m.value, m.at
    FROM unnest(${keys.map((_, place) => place)}::int[], ${keys.map((key) => key.runId)}::text[],
                ${keys.map((key) => key.split)}::text[], ${keys.map((key) => key.name)}::text[],
                ${keys.map((key) => key.after)}::int[], ${keys.map((key) => key.first)}::int[])
         AS asked(place, run, split, name, after, first)
    CROSS JOIN LATERAL (
      SELECT * FROM "Metric"
      WHERE "runId" = asked.run AND sequence > asked.after
        AND (asked.split IS NULL OR split::text = asked.split) AND (asked.name IS NULL OR name = asked.name)
      ORDER BY sequence LIMIT asked.first
    ) m
    ORDER BY asked.place, m.sequence`;
  const groups = groupBy(rows, (row) => row.place);
  return keys.map((_, place) => groups.get(place) ?? []);
}
