/**
 * Writes the labels of a batch of members, one value per molecule where the set allows only one, and refreshes the
 * counts.
 */
import { MaillardError } from "../errors.js";
import { newId } from "../store/index.js";
import type { Queryable } from "../store/sql.js";
import { missingTest } from "./cells/missing.js";
import { faultOfNumber } from "./cells/numbers.js";
import { composed } from "./cells/spelling.js";
import { Claims, type LabelChanges, type LabelRow } from "./conflicts/claims.js";
import type { ConflictRule } from "./conflicts/rules.js";
import { type ImportLimits, limitExceeded } from "./limits.js";
import { addProblem, type ImportReport, type LabelKind, type ParsedRow } from "./types.js";

export interface LabelBatch {
  datasetId: string;
  parsed: readonly ParsedRow[];
  /** Member id by InChIKey. */
  memberOf: ReadonlyMap<string, string>;
  /** Kinds that the request names. */
  kinds: Readonly<Record<string, LabelKind>>;
  /** Texts that mean "not known"; undefined: those of cells/missing.ts. */
  missing: readonly string[] | undefined;
  /** Of sets that hold one label. */
  onConflict: ConflictRule;
  limits: ImportLimits;
}

interface LabelSetRow {
  id: string;
  name: string;
  kind: LabelKind;
}

/** Texts are kept in NFC; one that means "not known" is counted in the report and not kept. */
export async function writeLabels(client: Queryable, batch: LabelBatch, report: ImportReport): Promise<void> {
  const isMissing = missingTest(batch.missing);
  const sets = await ensureSets(client, batch);
  if (sets.size === 0) return;
  const claims = batch.onConflict === "FIRST" ? null : await readClaims(client, batch.onConflict, batch, sets);
  const kept = await existingValues(client, batch, sets);
  const fresh: LabelRow[] = [];
  for (const { row, molecule } of batch.parsed) {
    const member = batch.memberOf.get(molecule.inchiKey) as string;
    for (const [name, given] of Object.entries(row.labels)) {
      const set = sets.get(composed(name)) as LabelSetRow;
      for (const text of given) {
        const value = composed(text.trim());
        if (value === "") continue;
        if (isMissing(value)) {
          report.missing[value] = (report.missing[value] ?? 0) + 1;
          continue;
        }
        const place = `${set.id} ${member}`;
        const values = kept.get(place) ?? new Set();
        kept.set(place, values);
        const isSingle = set.kind !== "MULTI_LABEL";
        if (values.has(value) && !(claims && isSingle)) continue;
        const fault = set.kind === "NUMBER" ? faultOfNumber(value) : null;
        if (fault !== null) {
          const message = `${JSON.stringify(value)} of ${name} ${fault}; the label is left out.`;
          addProblem(report, row.line, "BAD_NUMBER", message);
          continue;
        }
        const number = set.kind === "NUMBER" ? Number(value) : null;
        if (claims && isSingle) {
          const other = claims.add(set.id, member, { line: row.line, value, number });
          if (other) addConflict(report, row.line, set.name, { other: other.value, value });
          continue;
        }
        if (isSingle && values.size > 0) {
          const [first] = values;
          if (number !== null && Number(first) === number) continue;
          addConflict(report, row.line, set.name, { other: first, value });
          continue;
        }
        values.add(value);
        fresh.push({ set: set.id, member, value, number, line: row.line });
      }
    }
  }
  const decided = (await claims?.write(client)) ?? { removed: [], added: [] };
  const added = [...fresh, ...decided.added];
  await removeLabels(client, decided.removed);
  if (added.length > 0)
    await client.query(
      `INSERT INTO "Label" ("labelSetId", "memberId", value, number, line)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::int[])`,
      [
        added.map(({ set }) => set),
        added.map(({ member }) => member),
        added.map(({ value }) => value),
        added.map(({ number }) => number),
        added.map(({ line }) => line),
      ],
    );
  await changeCounts(client, { removed: decided.removed, added }, batch.limits);
}

function readClaims(
  client: Queryable,
  rule: Exclude<ConflictRule, "FIRST">,
  { memberOf }: LabelBatch,
  sets: ReadonlyMap<string, LabelSetRow>,
): Promise<Claims> {
  const single = [...sets.values()].filter(({ kind }) => kind !== "MULTI_LABEL");
  return Claims.read(client, rule, {
    sets: single.map(({ id }) => id),
    members: [...new Set(memberOf.values())],
    numbers: new Set(single.filter(({ kind }) => kind === "NUMBER").map(({ id }) => id)),
  });
}

const OUTCOMES: Readonly<Record<ConflictRule, (value: string) => string>> = {
  FIRST: (value) => `${value} is left out`,
  MAJORITY: (value) => `this row has ${value}, and all rows decide`,
  DROP: (value) => `this row has ${value}, and neither is kept`,
};

function addConflict(
  report: ImportReport,
  line: number,
  set: string,
  { other, value }: { other: string; value: string },
): void {
  report.conflicts[set] = (report.conflicts[set] ?? 0) + 1;
  const outcome = OUTCOMES[report.onConflict](JSON.stringify(value));
  const message = `${set} of this molecule is ${JSON.stringify(other)} already; ${outcome}.`;
  addProblem(report, line, "LABEL_CONFLICT", message);
}

async function removeLabels(client: Queryable, labels: readonly LabelRow[]): Promise<void> {
  if (labels.length === 0) return;
  await client.query(
    `DELETE FROM "Label" l USING unnest($1::text[], $2::text[], $3::text[]) AS r(set, member, value)
     WHERE l."labelSetId" = r.set AND l."memberId" = r.member AND l.value = r.value`,
    [labels.map(({ set }) => set), labels.map(({ member }) => member), labels.map(({ value }) => value)],
  );
}

async function ensureSets(
  client: Queryable,
  { datasetId, parsed, kinds, limits }: LabelBatch,
): Promise<Map<string, LabelSetRow>> {
  const { rows } = await client.query<LabelSetRow>(
    `SELECT id, name, kind::text AS kind FROM "LabelSet" WHERE "datasetId" = $1`,
    [datasetId],
  );
  const existing = new Map(rows.map((row) => [composed(row.name), row]));
  const given = new Map(Object.entries(kinds).map(([name, kind]) => [composed(name), kind]));
  const wanted = new Map<string, LabelKind | undefined>(given);
  for (const { row } of parsed) {
    for (const [key, values] of Object.entries(row.labels)) {
      const name = composed(key);
      if (!wanted.has(name)) wanted.set(name, undefined);
      if (!given.has(name) && !existing.has(name) && values.length > 1) wanted.set(name, "MULTI_LABEL");
    }
  }
  const count = new Set([...existing.keys(), ...wanted.keys()]).size;
  if (wanted.size > 0 && count > limits.labelSets)
    throw limitExceeded("labelSets", limits, "The dataset", { actual: count, param: "labels" });
  const sets = new Map<string, LabelSetRow>();
  for (const [name, kind] of wanted) {
    let set = existing.get(name);
    if (set && kind && set.kind !== kind) {
      throw new MaillardError(
        "CONFLICT",
        `The label set ${name} exists as ${set.kind}; this import says ${kind}. Name the set otherwise.`,
        {
          param: name,
        },
      );
    }
    if (!set) {
      set = { id: newId(), name, kind: kind ?? "SINGLE_LABEL" };
      await client.query(`INSERT INTO "LabelSet" (id, "datasetId", name, kind) VALUES ($1, $2, $3, $4::"LabelKind")`, [
        set.id,
        datasetId,
        name,
        set.kind,
      ]);
    }
    sets.set(name, set);
  }
  return sets;
}

/** Values that the members of this batch have already, by "set member". */
async function existingValues(
  client: Queryable,
  batch: LabelBatch,
  sets: ReadonlyMap<string, LabelSetRow>,
): Promise<Map<string, Set<string>>> {
  const { rows } = await client.query<{ set: string; member: string; value: string }>(
    `SELECT "labelSetId" AS set, "memberId" AS member, value FROM "Label"
       WHERE "memberId" = ANY($1::text[]) AND "labelSetId" = ANY($2::text[])`,
    [[...new Set(batch.memberOf.values())], [...sets.values()].map((set) => set.id)],
  );
  const values = new Map<string, Set<string>>();
  for (const { set, member, value } of rows) {
    const place = `${set} ${member}`;
    values.set(place, (values.get(place) ?? new Set()).add(composed(value)));
  }
  return values;
}

/**
 * Adds new labels to the counts of their sets, and takes removed ones off. Counting a whole set again with every batch
 * would read a million labels a hundred times; the dataset's row is locked, so no other import counts at the same time.
 */
async function changeCounts(client: Queryable, { removed, added }: LabelChanges, limits: ImportLimits): Promise<void> {
  const changes = new Map<string, Map<string, number>>();
  const note = ({ set, value }: LabelRow, by: number): void => {
    const counts = changes.get(set) ?? changes.set(set, new Map()).get(set)!;
    counts.set(value, (counts.get(value) ?? 0) + by);
  };
  for (const label of removed) note(label, -1);
  for (const label of added) note(label, 1);
  if (changes.size === 0) return;
  const { rows } = await client.query<{ id: string; name: string; counts: { value: string; count: number }[] }>(
    `SELECT id, name, counts FROM "LabelSet" WHERE id = ANY($1::text[]) AND kind <> 'NUMBER'`,
    [[...changes.keys()]],
  );
  for (const { id, name, counts } of rows) {
    const total = new Map(counts.map(({ value, count }) => [value, count]));
    for (const [value, count] of changes.get(id)!) total.set(value, (total.get(value) ?? 0) + count);
    if (total.size > limits.labelValues)
      throw limitExceeded("labelValues", limits, `The label set ${name}`, { actual: total.size, param: name });
    const ordered = [...total]
      .filter(([, count]) => count > 0)
      // JSON allows half of a surrogate pair, PostgreSQL does not: in text it has replaced it already.
      .map(([value, count]) => ({ value: Buffer.from(value).toString(), count }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
    await client.query(`UPDATE "LabelSet" SET counts = $2 WHERE id = $1`, [id, JSON.stringify(ordered)]);
  }
}
