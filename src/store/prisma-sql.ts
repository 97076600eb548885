/** Plain SQL inside a transaction of Prisma's. */
import type { QueryResult, QueryResultRow } from "pg";
import type { Prisma } from "./generated/client.js";
import type { Queryable } from "./sql.js";

/** `rowCount`: rows that the statement returned. */
export const withinPrisma = (transaction: Prisma.TransactionClient): Queryable => ({
  async query<R extends QueryResultRow>(text: string, values: unknown[] = []) {
    const rows = await transaction.$queryRawUnsafe<R[]>(text, ...values);
    return { rows, rowCount: rows.length } as unknown as QueryResult<R>;
  },
});
