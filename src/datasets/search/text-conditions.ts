/**
 * The SQL of a search by text (words.ts), for lists of a dataset (scoped: `m` is its member) and of the library (`c` is
 * a compound).
 */
import type { Queryable } from "../../store/sql.js";
import type { Search } from "./types.js";
import type { Values } from "./values.js";
import type { TextQuery } from "./words.js";

/** Members that a word of names may have, and yet be rare. */
const RARE = 2_000;

/** Whether more than `RARE` members have the words of the text in their names. */
export async function isFrequent(client: Queryable, { text }: Search): Promise<boolean> {
  if (text === null || text.names === null) return false;
  const { rows } = await client.query<{ frequent: boolean }>(
    `SELECT count(*) > ${RARE} AS frequent FROM (
       SELECT FROM "DatasetCompound" x WHERE x.words @@ lower($1)::tsquery LIMIT ${RARE + 1}) found`,
    [text.names],
  );
  return rows[0].frequent;
}

/** Of the dataset of the list. */
export const OF_LIST = ' AND x."datasetId" = asked.dataset';

/**
 * SELECT of what has a text, by two indexes: the database would read every row for an OR of two tables. Scoped: ids of
 * members, restricted by `ofList`; else ids of compounds, one of them several times.
 */
export function foundBy(
  { names, keys }: TextQuery,
  { projects }: Search,
  { scoped, ofList }: { scoped: boolean; ofList: string },
  values: Values,
): string {
  const found: string[] = [];
  if (names !== null) {
    const seen =
      projects === null || scoped
        ? ofList
        : ` AND x."datasetId" IN (SELECT id FROM "Dataset" WHERE "projectId" = ANY(${values.add(projects, "text[]")}))`;
    const id = scoped ? "x.id" : 'x."compoundId"';
    found.push(
      `SELECT ${id} FROM "DatasetCompound" x WHERE x.words @@ lower(${values.add(names, "text")})::tsquery${seen}`,
    );
  }
  if (keys !== null) {
    const having = `k.keys @@ lower(${values.add(keys, "text")})::tsquery`;
    found.push(
      scoped
        ? `SELECT x.id FROM "Compound" k JOIN "DatasetCompound" x ON x."compoundId" = k.id${ofList} WHERE ${having}`
        : `SELECT k.id FROM "Compound" k WHERE ${having}`,
    );
  }
  return found.join(" UNION ALL ");
}

/**
 * What is rare is found by its indexes, and its rows are read and put in order. What is frequent is found so, too, once
 * for all lists; then rows are read in their order until the page is full, and each is looked up in what was found: IS
 * TRUE keeps the planner from joining it.
 */
export function hasText(
  text: TextQuery,
  search: Search,
  { scoped, frequent }: { scoped: boolean; frequent: boolean },
  values: Values,
): string {
  const ofList = scoped && !frequent ? OF_LIST : "";
  const condition = `${scoped ? "m.id" : "c.id"} IN (${foundBy(text, search, { scoped, ofList }, values)})`;
  return frequent ? `(${condition}) IS TRUE` : condition;
}
