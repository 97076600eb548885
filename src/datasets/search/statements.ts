/**
 * The SQL of a search: one statement for the pages, or the lengths, of any number of datasets. Each is a lateral
 * subquery, so that a page of each costs its own rows only; a page begins at a key (a row comparison that an index
 * serves), never at an offset. Bit strings are counted by PostgreSQL itself (bit_count, 14 and later): no extension is
 * needed.
 */
import type { Queryable } from "../../store/sql.js";
import { foundBy, hasText, isFrequent, OF_LIST } from "./text-conditions.js";
import type { Candidate, Range, Scope, Search, SearchKey, Taken } from "./types.js";
import { Values } from "./values.js";

/** Pages of all ranges, in their order. All of them are of a dataset, or none is. The same holds for the two bounds. */
export async function findCandidates(
  client: Queryable,
  search: Search,
  ranges: readonly Range[],
  { take, backwards }: Taken,
): Promise<Candidate[][]> {
  const values = new Values();
  const scoped = ranges[0].datasetId !== null;
  const { value, type } = keyOf(search, scoped);
  const down = search.descending !== backwards;
  const direction = down ? "DESC" : "ASC";
  const bound = (side: "after" | "before"): string =>
    `(${value}, c.id) ${(side === "after") === search.descending ? "<" : ">"} (asked."${side}"::${type}, ` +
    `asked."${side}Id")`;
  const asked = askedTable(values, ranges);
  const bounds = (["after", "before"] as const).filter((side) => ranges[0][side] !== null).map(bound);
  const { first, from, where, smiles } = bodyOf(search, scoped, await isFrequent(client, search), values);
  const { rows } = await client.query<Row>(
    `${first}SELECT asked.place::int AS place, found.* FROM ${asked}
     CROSS JOIN LATERAL (
       SELECT c.id, ${smiles} AS smiles, ${value} AS value, ${similarityOf(search)} AS similarity
       FROM ${from} WHERE ${[...where, ...bounds].join(" AND ") || "true"}
       ORDER BY value ${direction}, c.id ${direction} LIMIT ${values.add(take, "int")}
     ) found
     ORDER BY asked.place, found.value ${direction}, found.id ${direction}`,
    values.list,
  );
  const pages: Candidate[][] = ranges.map(() => []);
  for (const { place, id, smiles: form, value: given, similarity } of rows) {
    const key: SearchKey = [given instanceof Date ? given.toISOString() : given, id];
    pages[place - 1].push({ compoundId: id, smiles: form, key, similarity });
  }
  return pages;
}

interface Row {
  place: number;
  id: string;
  smiles: string;
  value: string | number | Date;
  similarity: number | null;
}

/** Compounds of each scope, a substructure by its screen alone. */
export async function countCandidates(client: Queryable, search: Search, scopes: readonly Scope[]): Promise<number[]> {
  const scoped = scopes[0].datasetId !== null;
  if (search.text === null || !isTextAlone(search, scoped))
    return perScope(client, search, scopes, () => "count(*)::int");
  const values = new Values();
  const asked = askedScopes(values, scopes);
  const found = foundBy(search.text, search, { scoped, ofList: scoped ? OF_LIST : "" }, values);
  return ofEach(client, asked, `SELECT count(DISTINCT one.id)::int AS value FROM (${found}) AS one(id)`, values);
}

/** Then what is found by the text is the list, and no row of it is read to count it. */
function isTextAlone({ projects, weight, labels, datasetId, substructure, similarity }: Search, scoped: boolean) {
  const others = weight ?? datasetId ?? substructure ?? similarity ?? (scoped ? null : projects);
  return others === null && labels.length === 0;
}

/** All compounds of each scope, in no order. As one text each: as rows they would take three times as long to read. */
export async function listCandidates(
  client: Queryable,
  search: Search,
  scopes: readonly Scope[],
): Promise<Pick<Candidate, "smiles">[][]> {
  // No SMILES contains a line break.
  const texts = await perScope<string | null>(client, search, scopes, (smiles) => `string_agg(${smiles}, E'\\n')`);
  return texts.map((text) => (text?.split("\n") ?? []).map((smiles) => ({ smiles })));
}

async function perScope<T>(
  client: Queryable,
  search: Search,
  scopes: readonly Scope[],
  aggregateOf: (smiles: string) => string,
): Promise<T[]> {
  const values = new Values();
  const asked = askedScopes(values, scopes);
  const scoped = scopes[0].datasetId !== null;
  const { first, from, where, smiles } = bodyOf(search, scoped, await isFrequent(client, search), values);
  const value = `SELECT ${aggregateOf(smiles)} AS value FROM ${from} WHERE ${where.join(" AND ") || "true"}`;
  return ofEach(client, asked, value, values, first);
}

/** `value`: the SELECT of one value for each row of `asked`; `first`: what comes before the statement. */
async function ofEach<T>(client: Queryable, asked: string, value: string, values: Values, first = ""): Promise<T[]> {
  const { rows } = await client.query<{ value: T }>(
    `${first}SELECT found.value FROM ${asked} CROSS JOIN LATERAL (${value}) found ORDER BY asked.place`,
    values.list,
  );
  return rows.map((row) => row.value);
}

const askedScopes = (values: Values, scopes: readonly Scope[]): string =>
  askedTable(
    values,
    scopes.map(({ datasetId }) => ({ datasetId, after: null, before: null })),
  );

/** Keys are sent as text, which holds a double exactly. */
function askedTable(values: Values, ranges: readonly Range[]): string {
  const column = (pick: (range: Range) => string | number | null | undefined) =>
    values.add(
      ranges.map((range) => {
        const value = pick(range) ?? null;
        return value === null ? null : String(value);
      }),
      "text[]",
    );
  const columns = [
    column(({ datasetId }) => datasetId),
    column(({ after }) => after?.[0]),
    column(({ after }) => after?.[1]),
    column(({ before }) => before?.[0]),
    column(({ before }) => before?.[1]),
  ];
  return (
    `unnest(${columns.join(", ")}) WITH ORDINALITY AS asked(dataset, "after", "afterId", "before", ` +
    `"beforeId", place)`
  );
}

function keyOf({ order, projects }: Search, scoped: boolean): { value: string; type: string } {
  switch (order) {
    case "CREATED":
      if (scoped) return { value: "m.position", type: "int" };
      return projects === null
        ? { value: 'c."createdAt"', type: "timestamptz" }
        : { value: "seen.first", type: "text" };
    case "NAME":
      if (scoped) return { value: 'm."nameKey"', type: "text" };
      return { value: projects === null ? 'c."nameKey"' : nameKey("seen.name"), type: "text" };
    case "MOLECULAR_WEIGHT":
      return { value: 'c."molecularWeight"', type: "float8" };
    case "SIMILARITY":
      return { value: "s.similarity", type: "float8" };
  }
}

const similarityOf = ({ similarity }: Search): string => (similarity === null ? "NULL::float8" : "s.similarity");

/** As the columns are made (prisma/migrations/20261201020000_own_forms). */
const nameKey = (name: string): string => `coalesce(lower(left(${name}, 100)), U&'\\+10FFFF') COLLATE "C"`;

/**
 * The compounds that datasets of some projects have: the first membership with its SMILES, and the first name. What a
 * compound is called elsewhere, how it is written there, and when another project stored it, has no part in the search.
 */
const seenCompounds = (projects: string): string =>
  `WITH seen AS MATERIALIZED (
     SELECT m."compoundId" AS id, min(m.id) AS first, (array_agg(m.smiles ORDER BY m.id))[1] AS smiles,
       (array_agg(m.name ORDER BY m.id) FILTER (WHERE m.name IS NOT NULL))[1] AS name
     FROM "DatasetCompound" m JOIN "Dataset" d ON d.id = m."datasetId"
     WHERE d."projectId" = ANY(${projects}) GROUP BY m."compoundId") `;

interface Body {
  first: string;
  from: string;
  where: string[];
  /** The SMILES of a row as the list has it. */
  smiles: string;
}

function bodyOf(search: Search, scoped: boolean, frequent: boolean, values: Values): Body {
  const { projects, text, weight, labels, datasetId, substructure, similarity } = search;
  const from = ['"Compound" c'];
  const where: string[] = [];
  // The members of a dataset that is seen are seen.
  const limits = projects !== null && !scoped;
  const smiles = scoped ? "m.smiles" : limits ? "seen.smiles" : "c.smiles";
  if (limits) from.push("JOIN seen ON seen.id = c.id");
  if (scoped) from.push('JOIN "DatasetCompound" m ON m."compoundId" = c.id AND m."datasetId" = asked.dataset');
  if (substructure || similarity?.by === "morgan") from.push(`JOIN "Fingerprint" f ON f.smiles = ${smiles}`);
  if (similarity?.by === "morgan") {
    const { bits, count, threshold } = similarity;
    const query = values.add(`x${bits}`, "bit(2048)");
    // OFFSET 0 keeps the planner from repeating the count of bits at every use.
    from.push(
      `CROSS JOIN LATERAL (SELECT t.common / (f."morganBits" + ${values.add(count, "float8")} - t.common) AS similarity
         FROM (SELECT bit_count(f.morgan & ${query})::float8 AS common) t OFFSET 0) s`,
    );
    // c / (a + b - c) reaches t only if the smaller number of bits is at least t times the larger.
    where.push(
      `f."morganBits" BETWEEN ${values.add(Math.ceil(count * threshold - 1e-9), "int")} AND ` +
        `${values.add(Math.min(2048, Math.floor(count / threshold + 1e-9)), "int")}`,
      `s.similarity >= ${values.add(threshold, "float8")}`,
    );
  }
  if (similarity?.by === "scores")
    from.push(
      `JOIN unnest(${values.add(similarity.ids, "text[]")}, ${values.add(similarity.scores, "float8[]")}) AS ` +
        "s(id, similarity) ON s.id = c.id",
    );
  if (text !== null) where.push(hasText(text, search, { scoped, frequent }, values));
  if (weight?.minimum != null) where.push(`c."molecularWeight" >= ${values.add(weight.minimum, "float8")}`);
  if (weight?.maximum != null) where.push(`c."molecularWeight" <= ${values.add(weight.maximum, "float8")}`);
  if (datasetId !== null)
    where.push(
      `EXISTS (SELECT 1 FROM "DatasetCompound" d
         WHERE d."compoundId" = c.id AND d."datasetId" = ${values.add(datasetId, "text")})`,
    );
  for (const label of labels) {
    const conditions = [`l."labelSetId" = ANY(${values.add(label.labelSetIds, "text[]")})`];
    if (label.value !== null) conditions.push(`l.value = ${values.add(label.value, "text")}`);
    if (label.minimum !== null) conditions.push(`l.number >= ${values.add(label.minimum, "float8")}`);
    if (label.maximum !== null) conditions.push(`l.number <= ${values.add(label.maximum, "float8")}`);
    const having = conditions.join(" AND ");
    where.push(
      label.ofList
        ? `EXISTS (SELECT 1 FROM "Label" l WHERE l."memberId" = m.id AND ${having})`
        : `EXISTS (SELECT 1 FROM "Label" l JOIN "DatasetCompound" d ON d.id = l."memberId"
           WHERE d."compoundId" = c.id AND ${having})`,
    );
  }
  if (substructure) {
    const screen = values.add(`x${substructure.screen}`, "bit(2048)");
    where.push(`f.pattern & ${screen} = ${screen}`);
  }
  const first = limits ? seenCompounds(values.add(projects, "text[]")) : "";
  return { first, from: from.join("\n         "), where, smiles };
}
