/**
 * Relay pages by keyset: a cursor is the sort key of its edge, so pages stay stable while rows are inserted, and no
 * page skips rows. Exactly one of `first` and `last`, 1 to 100. Both of hasNextPage and hasPreviousPage are true facts,
 * asked only when selected.
 */
import { MaillardError } from "../errors.js";
import type { Loaders, MemberRow } from "./loaders.js";
import type { ConnectionOf, EdgeOf } from "./types/connection.js";
import { MAX_PAGE, type PageArguments } from "./types/page-arguments.js";

/** A list in one order. `K` is the sort key: JSON values, ending in something unique. */
export interface KeysetSource<T, K> {
  keyOf(row: T): K;
  /** Rows strictly between the keys, at most `take`, from the start or (backwards) from the end, nearest first. */
  fetch(range: { after: K | null; before: K | null; take: number; backwards: boolean }): Promise<T[]>;
  count(): Promise<number>;
  isKey(value: unknown): value is K;
}

export async function page<T, K>(given: PageArguments, source: KeysetSource<T, K>): Promise<ConnectionOf<T>> {
  const { size, backwards } = pageSize(given);
  const after = given.after ? decodeCursor(given.after, source, "after") : null;
  const before = given.before ? decodeCursor(given.before, source, "before") : null;
  const rows = await source.fetch({ after, before, take: size + 1, backwards });
  const more = rows.length > size;
  const nodes = rows.slice(0, size);
  if (backwards) nodes.reverse();
  const edges: EdgeOf<T>[] = nodes.map((node) => ({ cursor: encodeCursor(source.keyOf(node)), node }));
  const firstKey = nodes.length > 0 ? source.keyOf(nodes[0]) : null;
  const lastKey = nodes.length > 0 ? source.keyOf(nodes[nodes.length - 1]) : null;
  const exists = async (range: { after: K | null; before: K | null }): Promise<boolean> =>
    (await source.fetch({ ...range, take: 1, backwards: false })).length > 0;
  return {
    edges,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage: () =>
        !backwards && more ? true : before === null ? false : exists({ after: lastKey ?? after, before: null }),
      hasPreviousPage: () =>
        backwards && more ? true : after === null ? false : exists({ after: null, before: firstKey ?? before }),
    },
    totalCount: () => source.count(),
  };
}

function pageSize({ first, last }: PageArguments): { size: number; backwards: boolean } {
  if ((first ?? null) === null && (last ?? null) === null) {
    throw new MaillardError("BAD_INPUT", `A list needs \`first\` or \`last\`: pass one of them, 1 to ${MAX_PAGE}.`, {
      param: "first",
    });
  }
  if ((first ?? null) !== null && (last ?? null) !== null) {
    throw new MaillardError("BAD_INPUT", "Pass either `first` or `last`, not both.", { param: "last" });
  }
  const backwards = (first ?? null) === null;
  const size = (first ?? last) as number;
  if (size < 1 || size > MAX_PAGE) {
    const param = backwards ? "last" : "first";
    throw new MaillardError(
      "BAD_INPUT",
      `\`${param}\` is ${size}: it must be 1 to ${MAX_PAGE}. Follow the cursors for more.`,
      {
        param,
        details: { maximum: MAX_PAGE },
      },
    );
  }
  return { size, backwards };
}

const encodeCursor = (key: unknown): string => Buffer.from(JSON.stringify(key)).toString("base64url");

function decodeCursor<T, K>(cursor: string, source: KeysetSource<T, K>, param: string): K {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor.slice(0, 2_000), "base64url").toString("utf8"));
    if (source.isKey(key)) return key;
  } catch {
    // Answered below.
  }
  throw new MaillardError(
    "BAD_INPUT",
    `\`${param}\` is not a cursor of this list: pass a \`cursor\` of one of its edges.`,
    { param },
  );
}

type CreatedKey = [createdAt: string, id: string];
export interface CreatedRow {
  id: string;
  createdAt: Date;
}
interface CreatedQuery {
  where: object;
  orderBy: [{ createdAt: "asc" | "desc" }, { id: "asc" | "desc" }];
  take: number;
}

/** A table in the order of creation, newest or oldest first. */
export function byCreation<T extends CreatedRow>(
  order: "oldest" | "newest",
  findMany: (query: CreatedQuery) => Promise<T[]>,
  count: () => Promise<number>,
): KeysetSource<T, CreatedKey> {
  const beyond = (key: CreatedKey, side: "gt" | "lt"): object => ({
    OR: [{ createdAt: { [side]: key[0] } }, { createdAt: key[0], id: { [side]: key[1] } }],
  });
  const [later, earlier] = order === "oldest" ? (["gt", "lt"] as const) : (["lt", "gt"] as const);
  return {
    keyOf: (row) => [row.createdAt.toISOString(), row.id],
    fetch: ({ after, before, take, backwards }) => {
      const direction = (order === "oldest") !== backwards ? "asc" : "desc";
      const bounds = [...(after ? [beyond(after, later)] : []), ...(before ? [beyond(before, earlier)] : [])];
      return findMany({ where: { AND: bounds }, orderBy: [{ createdAt: direction }, { id: direction }], take });
    },
    count,
    isKey: (value): value is CreatedKey =>
      Array.isArray(value) &&
      value.length === 2 &&
      value.every((part) => typeof part === "string") &&
      isTime(value[0]) &&
      /^[\w-]{1,100}$/.test(value[1]),
  };
}

/** As `keyOf` writes it, and nothing else that Date takes. PostgreSQL has no year 0. */
export const isTime = (text: string): boolean =>
  /^(?!0000)\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(text).toISOString() === text;

/** Members of a dataset by position, through the loader, so that a list of datasets costs one statement. */
export function byPosition(
  dataset: { id: string; size: number },
  loaders: Loaders,
): KeysetSource<MemberRow, [position: number]> {
  return {
    keyOf: (row) => [row.position],
    fetch: async ({ after, before, take, backwards }) => {
      let low = after?.[0] ?? -1;
      let high = Math.min(before?.[0] ?? dataset.size, dataset.size);
      // Positions have no gaps, so a page is a range of them.
      if (backwards) low = Math.max(low, high - take - 1);
      else high = Math.min(high, low + take + 1);
      if (high - low <= 1) return [];
      const rows = await loaders.members.load({ datasetId: dataset.id, after: low, before: high });
      return backwards ? [...rows].reverse() : rows;
    },
    count: async () => dataset.size,
    isKey: (value): value is [number] =>
      Array.isArray(value) && value.length === 1 && Number.isInteger(value[0]) && value[0] >= 0 && value[0] < 2 ** 31,
  };
}

/** The same page of other nodes. */
export function mapNodes<T, U>(connection: ConnectionOf<T>, map: (node: T) => U): ConnectionOf<U> {
  return { ...connection, edges: connection.edges.map(({ cursor, node }) => ({ cursor, node: map(node) })) };
}
