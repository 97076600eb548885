/**
 * Labels that are decided by all rows of an import, not by the first one: MAJORITY and DROP (rules.ts). What each row
 * says is kept as a claim, named by its line, as soon as a molecule has a second one. So the result does not depend on
 * batches, and the same rows again, also after an interruption, change nothing. Which file a row is of is not known:
 * one with the line and label of a row of another file is taken for that row. A molecule has at most 1,000 claims in a
 * label set; further rows do not count.
 */
import type { Queryable } from "../../store/sql.js";
import { composed } from "../cells/spelling.js";
import { agree, type Claim, type ConflictRule, decide, firstOf } from "./rules.js";

/** A label of a member, as its row has it. */
export interface LabelRow {
  set: string;
  member: string;
  value: string;
  number: number | null;
  line: number | null;
}

interface Place {
  set: string;
  member: string;
  /** Null: it has none. */
  label: LabelRow | null;
  claims: Claim[];
  /** Of the claims, those that are stored. */
  stored: Set<string>;
  /** Values of stored claims without a line that turned out to be those of a row. */
  absorbed: string[];
}

const MOST_CLAIMS = 1_000;
const keyOf = ({ line, value }: Pick<Claim, "line" | "value">): string => `${line} ${value}`;

const claimOf = ({ line, value, number }: LabelRow): Claim => ({ line: line ?? 0, value, number });

/** What a batch changes: labels to take out, and to write. */
export interface LabelChanges {
  removed: LabelRow[];
  added: LabelRow[];
}

export class Claims {
  private constructor(
    private readonly rule: Exclude<ConflictRule, "FIRST">,
    private readonly places: Map<string, Place>,
  ) {}

  /** Reads what is known of these members in these sets, each of which holds one label. `numbers`: those of NUMBER. */
  static async read(
    client: Queryable,
    rule: Exclude<ConflictRule, "FIRST">,
    { sets, members, numbers }: { sets: readonly string[]; members: readonly string[]; numbers: ReadonlySet<string> },
  ): Promise<Claims> {
    const of = [[...members], [...sets]];
    const labels = await client.query<LabelRow>(
      `SELECT "labelSetId" AS set, "memberId" AS member, value, number, line FROM "Label"
       WHERE "memberId" = ANY($1::text[]) AND "labelSetId" = ANY($2::text[])`,
      of,
    );
    const claims = await client.query<{ set: string; member: string; line: number; value: string }>(
      `SELECT "labelSetId" AS set, "memberId" AS member, line, value FROM "LabelClaim"
       WHERE "memberId" = ANY($1::text[]) AND "labelSetId" = ANY($2::text[])`,
      of,
    );
    const all = new Claims(rule, new Map());
    for (const { set, member, line, value } of claims.rows) {
      const place = all.placeOf(set, member);
      place.claims.push({ line, value, number: numbers.has(set) ? Number(value) : null });
      place.stored.add(keyOf({ line, value }));
    }
    for (const label of labels.rows) {
      const place = all.placeOf(label.set, label.member);
      place.label = label;
      const claim = claimOf({ ...label, value: composed(label.value) });
      if (!place.claims.some((other) => keyOf(other) === keyOf(claim))) place.claims.push(claim);
    }
    return all;
  }

  /** Adds what a row says. The claim of the first row where they contradict each other, else null. */
  add(set: string, member: string, claim: Claim): Claim | null {
    const place = this.placeOf(set, member);
    const first = place.claims.length === 0 ? claim : firstOf(place.claims);
    const isKnown = place.claims.some((other) => keyOf(other) === keyOf(claim));
    if (!isKnown && place.claims.length < MOST_CLAIMS) {
      // A label without a line is most likely that of this row.
      const unknown = place.claims.findIndex(({ line, value }) => line === 0 && value === claim.value);
      if (unknown < 0) place.claims.push(claim);
      else {
        place.claims.splice(unknown, 1, claim);
        if (place.stored.has(keyOf({ line: 0, value: claim.value }))) place.absorbed.push(claim.value);
      }
    }
    return agree(first, claim) ? null : first;
  }

  /** Writes the claims, and answers what that changes of the labels. */
  async write(client: Queryable): Promise<LabelChanges> {
    const changes: LabelChanges = { removed: [], added: [] };
    const fresh: { set: string; member: string; line: number; value: string }[] = [];
    const gone: { set: string; member: string; value: string }[] = [];
    for (const { set, member, label, claims, stored, absorbed } of this.places.values()) {
      if (claims.length === 0) continue;
      const kept = decide(claims, this.rule);
      const isSame = kept !== null && label !== null && keyOf(claimOf(label)) === keyOf(kept);
      if (label && !isSame) changes.removed.push(label);
      if (kept && !isSame) changes.added.push({ set, member, ...kept, line: kept.line || null });
      for (const value of absorbed) gone.push({ set, member, value });
      if (claims.length < 2) continue;
      for (const { line, value } of claims)
        if (!stored.has(keyOf({ line, value }))) fresh.push({ set, member, line, value });
    }
    if (gone.length > 0)
      await client.query(
        `DELETE FROM "LabelClaim" c USING unnest($1::text[], $2::text[], $3::text[]) AS g(set, member, value)
         WHERE c."labelSetId" = g.set AND c."memberId" = g.member AND c.line = 0 AND c.value = g.value`,
        [gone.map((c) => c.set), gone.map((c) => c.member), gone.map((c) => c.value)],
      );
    await client.query(
      `INSERT INTO "LabelClaim" ("labelSetId", "memberId", line, value)
       SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[])`,
      [fresh.map((c) => c.set), fresh.map((c) => c.member), fresh.map((c) => c.line), fresh.map((c) => c.value)],
    );
    return changes;
  }

  private placeOf(set: string, member: string): Place {
    const key = `${set} ${member}`;
    const known = this.places.get(key);
    if (known) return known;
    const place: Place = { set, member, label: null, claims: [], stored: new Set(), absorbed: [] };
    this.places.set(key, place);
    return place;
  }
}
