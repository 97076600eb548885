/**
 * Molecules that a split column has in several splits. The same molecule (first block of its InChIKey) must be in one
 * split: what a model is tested on it must not have learned. `onOverlap` says what is done:
 *   ERROR            SPLIT_OVERLAP, with their number and the first 100
 *   DROP_FROM_TRAIN  they stay in the test, or where that has them not in validation, and leave the other splits; a
 *                    warning counts them
 */
import { readSplits } from "../../../datasets/cells/split-names.js";
import { groupBy } from "../../../datasets/group-by.js";
import { countsOf } from "../../../datasets/label-counts.js";
import { MaillardError } from "../../../errors.js";
import { SPLITS, type SplitName } from "../../../scores/types.js";
import type { LabelSet } from "../../../store/generated/client.js";
import type { Store } from "../../../store/index.js";
import type { Assigned } from "../assign.js";
import type { Molecule, Warning } from "../types.js";

/** One row of a molecule that is in several splits. */
interface OverlapMember {
  /** Place in the dataset, from 0. */
  position: number;
  name: string | null;
  smiles: string;
  split: SplitName;
}

export interface Overlap {
  /** First block of the InChIKey. */
  key: string;
  /** In the order of the dataset. */
  members: OverlapMember[];
}

/** Molecules that an error, and a warning, name. */
const NAMED = 100;

/** The molecules of several splits, each with all its rows, in the order of the dataset. */
export function overlapsOf<M extends Molecule>(assigned: readonly Assigned<M>[]): Assigned<M>[][] {
  const splits = new Map<string, SplitName>();
  const shared = new Set<string>();
  for (const { molecule, split } of assigned) {
    const first = splits.get(molecule.key) ?? split;
    if (first !== split) shared.add(molecule.key);
    splits.set(molecule.key, first);
  }
  if (shared.size === 0) return [];
  const rows = assigned.filter(({ molecule }) => shared.has(molecule.key));
  return [...groupBy(rows, ({ molecule }) => molecule.key).values()];
}

/** SPLIT_OVERLAP. `overlaps`: at least one. */
export function overlapError(overlaps: readonly Assigned<Molecule>[][], column: string): MaillardError {
  const [first] = overlaps;
  const other = first.find(({ split }) => split !== first[0].split) as Assigned<Molecule>;
  const where = ({ molecule, split }: Assigned<Molecule>) =>
    `in ${split} (position ${molecule.position}: ${molecule.smiles})`;
  const rows = overlaps.reduce((sum, { length }) => sum + length, 0);
  const count = overlaps.length;
  return new MaillardError(
    "SPLIT_OVERLAP",
    `${count === 1 ? "One molecule is" : `${count} molecules are`} in several splits of ${column}, in ${rows} rows; ` +
      `stereoisomers count as the same. The first is ${where(first[0])} and ${where(other)}. Correct the label set, ` +
      "or take them out of training: onOverlap DROP_FROM_TRAIN. `splitOverlap` of the label set lists all.",
    {
      param: "split.column",
      details: {
        count,
        rows,
        key: first[0].molecule.key,
        positions: [first[0].molecule.position, other.molecule.position],
        splits: [first[0].split, other.split],
        molecules: overlaps.slice(0, NAMED).map(shown),
      },
    },
  );
}

/** The rows without those that the other splits of their molecules outrank. */
export function withoutOverlaps<M extends Molecule>(
  assigned: readonly Assigned<M>[],
  overlaps: readonly Assigned<M>[][],
  column: string,
  warnings: Warning[],
): Assigned<M>[] {
  if (overlaps.length === 0) return [...assigned];
  const gone = new Set(
    overlaps.flatMap((rows) => {
      const last = Math.max(...rows.map(({ split }) => SPLITS.indexOf(split)));
      return rows.filter(({ split }) => SPLITS.indexOf(split) < last);
    }),
  );
  const dropped = (name: SplitName): number => [...gone].filter(({ split }) => split === name).length;
  const [training, validation] = [dropped("TRAIN"), dropped("VALIDATION")];
  warnings.push({
    code: "OVERLAP_DROPPED",
    message:
      `${overlaps.length} molecules are in several splits of ${column}: ${training} rows of them left training, ` +
      `${validation} validation.`,
    details: {
      count: overlaps.length,
      TRAIN: training,
      VALIDATION: validation,
      molecules: overlaps.slice(0, NAMED).map(shown),
    },
  });
  return assigned.filter((entry) => !gone.has(entry));
}

const shown = (rows: readonly Assigned<Molecule>[]): Overlap => ({
  key: rows[0].molecule.key,
  members: rows.map(({ molecule: { position, name = null, smiles }, split }) => ({ position, name, smiles, split })),
});

/** What a label set says of splits, of its molecules that have a label in one of `targets`; null: of all. */
export interface SplitColumn {
  set: Pick<LabelSet, "id" | "counts">;
  targets: readonly string[] | null;
}

/** Rows with the split that their value means; values that mean none are left out. */
const ENTRIES = `WITH entry AS (
    SELECT c."skeletonKey" AS key, m.position, m.name, m.smiles, v.split
    FROM "Label" s
    JOIN unnest($2::text[], $3::text[]) AS v(value, split) ON v.value = s.value
    JOIN "DatasetCompound" m ON m.id = s."memberId"
    JOIN "Compound" c ON c.id = m."compoundId"
    WHERE s."labelSetId" = $1 AND ($4::text[] IS NULL OR EXISTS (
      SELECT 1 FROM "Label" t WHERE t."memberId" = m.id AND t."labelSetId" = ANY($4)))),
  shared AS (
    SELECT key, min(position) AS place, count(*) AS rows FROM entry GROUP BY key HAVING count(DISTINCT split) > 1)`;

/** Values are read by the molecules that are asked about, as a plan reads them. */
async function parametersOf(pool: Store["pool"], { set, targets }: SplitColumn): Promise<unknown[]> {
  const counted = targets === null ? countsOf(set) : await countsAmong(pool, set, targets);
  const { splitOf } = readSplits(new Map(counted.map(({ value, count }) => [value, count])));
  return [set.id, [...splitOf.keys()], [...splitOf.values()], targets];
}

async function countsAmong(pool: Store["pool"], { id }: SplitColumn["set"], targets: readonly string[]) {
  const { rows } = await pool.query<{ value: string; count: number }>(
    `SELECT s.value, count(*)::int AS count FROM "Label" s WHERE s."labelSetId" = $1 AND EXISTS (
       SELECT 1 FROM "Label" t WHERE t."memberId" = s."memberId" AND t."labelSetId" = ANY($2)) GROUP BY s.value`,
    [id, targets],
  );
  return rows;
}

/** How many molecules are in several splits, and in how many rows. */
export async function countOverlap(
  { pool }: Pick<Store, "pool">,
  column: SplitColumn,
): Promise<{ count: number; rows: number }> {
  const { rows } = await pool.query<{ count: number; rows: number }>(
    `${ENTRIES} SELECT count(*)::int AS count, coalesce(sum(rows), 0)::int AS rows FROM shared`,
    await parametersOf(pool, column),
  );
  return rows[0];
}

/** `first` of them after the first `after`, in the order of the dataset. */
export async function listOverlap(
  { pool }: Pick<Store, "pool">,
  column: SplitColumn,
  { first, after }: { first: number; after: number },
): Promise<Overlap[]> {
  const { rows } = await pool.query<Overlap>(
    `${ENTRIES}
     SELECT e.key, json_agg(json_build_object('position', e.position, 'name', e.name, 'smiles', e.smiles,
       'split', e.split) ORDER BY e.position) AS members
     FROM entry e JOIN (SELECT key, place FROM shared ORDER BY place LIMIT $5 OFFSET $6) p ON p.key = e.key
     GROUP BY e.key, p.place ORDER BY p.place`,
    [...(await parametersOf(pool, column)), first, after],
  );
  return rows;
}
