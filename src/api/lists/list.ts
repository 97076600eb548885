/**
 * A table as a list in one of several orders: pages by keyset (../connections.ts), with conditions. Each order has an
 * index on (column, id). A cursor says of which order it is; one of another order is BAD_INPUT.
 */
import { MaillardError } from "../../errors.js";
import { isStorable } from "../../text.js";
import { byCreation, type CreatedRow, type KeysetSource } from "../connections.js";
import type { NumberRange } from "../types/inputs/compound-filter.js";
import type { TimeRange } from "../types/inputs/list-filters.js";

type Direction = "asc" | "desc";
type OrderBy = Record<string, Direction>[];
export interface ListQuery {
  where: object;
  orderBy: OrderBy;
  take: number;
}

/** Columns that a list can be ordered by besides the time of creation. */
const COLUMNS = {
  NAME: { column: "name", isValue: (value: unknown) => typeof value === "string" && isStorable(value) },
  SIZE: { column: "size", isValue: Number.isSafeInteger },
  PARAMETER_COUNT: { column: "parameterCount", isValue: Number.isSafeInteger },
} as const;

type Key = (string | number)[];

/** `order`: CREATED_ASC, NAME_DESC, … */
export function listed<T extends CreatedRow>(
  order: string,
  findMany: (query: ListQuery) => Promise<T[]>,
  count: () => Promise<number>,
): KeysetSource<T, Key> {
  const [, name, side] = /^(\w+)_(ASC|DESC)$/.exec(order) as RegExpExecArray;
  if (name === "CREATED")
    return byCreation(side === "ASC" ? "oldest" : "newest", findMany, count) as KeysetSource<T, Key>;
  const { column, isValue } = COLUMNS[name as keyof typeof COLUMNS];
  const [later, earlier] = side === "ASC" ? (["gt", "lt"] as const) : (["lt", "gt"] as const);
  const beyond = ([, value, id]: Key, bound: "gt" | "lt"): object => ({
    OR: [{ [column]: { [bound]: value } }, { [column]: value, id: { [bound]: id } }],
  });
  const sortValue = (row: T): string | number => {
    const value = (row as Record<string, unknown>)[column];
    return typeof value === "bigint" ? Number(value) : (value as string | number);
  };
  return {
    keyOf: (row) => [name, sortValue(row), row.id],
    fetch: ({ after, before, take, backwards }) => {
      const direction = (side === "ASC") !== backwards ? "asc" : "desc";
      const bounds = [...(after ? [beyond(after, later)] : []), ...(before ? [beyond(before, earlier)] : [])];
      return findMany({ where: { AND: bounds }, orderBy: [{ [column]: direction }, { id: direction }], take });
    },
    count,
    isKey: (value): value is Key =>
      Array.isArray(value) &&
      value.length === 3 &&
      value[0] === name &&
      isValue(value[1]) &&
      typeof value[2] === "string" &&
      /^[\w-]{1,100}$/.test(value[2]),
  };
}

const MOST_CHARACTERS = 100;

/** A part of one of the columns, as the condition of a statement. */
export function containing(text: string | null | undefined, columns: readonly string[]): object {
  if (text === null || text === undefined) return {};
  if (text.length < 1 || text.length > MOST_CHARACTERS)
    throw refused("text", `\`text\` has ${text.length} characters: it must have 1 to ${MOST_CHARACTERS}.`);
  if (!isStorable(text)) return NOTHING;
  // Prisma leaves the signs of patterns as they are.
  const contains = text.replace(/[\\%_]/g, "\\$&");
  return { OR: columns.map((column) => ({ [column]: { contains, mode: "insensitive" } })) };
}

export const within = ({ from, to }: TimeRange): object => ({ gte: from ?? undefined, lt: to ?? undefined });

export function between({ minimum, maximum }: NumberRange, param: string): object {
  const [least, most] = [minimum ?? null, maximum ?? null];
  if (least === null && most === null) throw refused(param, `\`${param}\` has no bound: give one.`);
  // Columns hold whole numbers of 32 bits.
  const bounded = (value: number): number => Math.min(LARGEST, Math.max(-LARGEST, value));
  return {
    ...(least === null ? {} : { gte: Math.ceil(bounded(least)) }),
    ...(most === null ? {} : { lte: Math.floor(bounded(most)) }),
  };
}

const LARGEST = 2 ** 31 - 1;

/** A condition that holds for no row. */
export const NOTHING = { id: "" };

/** A text of a column; one that cannot be stored is in no row. */
export const equal = (column: string, text: string | null | undefined): object =>
  text === null || text === undefined ? {} : isStorable(text) ? { [column]: text } : NOTHING;

/** One of several values; null: any. */
export const oneOf = (column: string, values: readonly string[] | null | undefined): object =>
  values === null || values === undefined ? {} : { [column]: { in: values.filter(isStorable) } };

function refused(field: string, message: string): MaillardError {
  return new MaillardError("BAD_INPUT", message, { param: `filter.${field}` });
}
