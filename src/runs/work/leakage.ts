/**
 * What the validation and test split of a run share with its training split, computed once before training and stored
 * with the run:
 *   molecules       the same molecule (first block of the InChIKey: stereoisomers and charges count as the same)
 *   scaffolds       the same Murcko scaffold; an acyclic molecule has none and shares none
 *   nearDuplicates  a training molecule of Tanimoto similarity 0.9 or more (Morgan fingerprints, radius 2, 2,048 bits);
 *                   the same molecule is one; chains that differ only in length have equal fingerprints, and count too
 * Whole splits are searched, in parts, so that the worker's process can do other work in between. Fingerprints are
 * stored for the next run on these molecules. When RDKit cannot compute them, near-duplicates are null and the run
 * continues.
 */
import { setImmediate as turn } from "node:timers/promises";
import { NearDuplicates } from "../../chem/near-duplicates.js";
import { SCAFFOLD } from "../../datasets/compounds.js";
import type { SplitName } from "../../scores/types.js";
import type { Strategy } from "../orders/input.js";
import type { Shared, SplitLeakage, Warning } from "../plan/types.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import type { Execution } from "../record/execution.js";
import { ensureFingerprints } from "./fingerprints.js";

const SIMILARITY = 0.9;

export interface LeakageSubject {
  /** The dataset's own. */
  smiles: string;
  split: SplitName;
  key: string;
  scaffold: string;
}

/**
 * Shares above which a warning is given, by strategy. Splits by molecule promise that no molecule is shared. SCAFFOLD
 * also promises that no scaffold is; it is chosen to test on unlike molecules, so more than one near-duplicate in
 * twenty is reported. ROW promises nothing and has its own warning.
 */
const PROMISED: Readonly<Record<Strategy, Partial<Record<"molecules" | "scaffolds" | "nearDuplicates", number>>>> = {
  RANDOM: { molecules: 0 },
  STRATIFIED: { molecules: 0 },
  COLUMN: { molecules: 0 },
  SCAFFOLD: { molecules: 0, scaffolds: 0, nearDuplicates: 0.05 },
  ROW: {},
};

/** Computes and stores it, with its warnings. */
export async function recordLeakage(execution: Execution, strategy: Strategy): Promise<void> {
  const { store, fence, recorder, signal } = execution;
  const subjects = await whenDatabaseIsBack(async () => {
    const { rows } = await store.pool.query<LeakageSubject & { compoundId: string }>(
      `SELECT m."compoundId", m.smiles, a.split::text AS split, c."skeletonKey" AS key, ${SCAFFOLD} AS scaffold
       FROM "RunAssignment" a
       JOIN "DatasetCompound" m ON m.id = a."memberId" JOIN "Compound" c ON c.id = m."compoundId"
       WHERE a."runId" = $1 ORDER BY m.position, a.ordinal`,
      [fence.runId],
    );
    return rows;
  }, signal);
  const fingerprints = await ensureFingerprints(execution, subjects);
  const splits = await leakageOf(subjects, fingerprints, signal);
  // Warnings first: stored leakage implies that they are stored. A repeated warning is stored once.
  for (const warning of leakageWarnings(splits, strategy)) await recorder.warn(warning);
  await recorder.leakage(splits);
}

/** Milliseconds of searching before other work of the process gets a turn. */
const PART_MS = 10;

/** `fingerprints`: by SMILES; null: unknown. A molecule without one has no near-duplicate. */
export async function leakageOf(
  subjects: readonly LeakageSubject[],
  fingerprints: ReadonlyMap<string, Uint8Array> | null,
  signal?: AbortSignal,
): Promise<SplitLeakage[]> {
  const training = subjects.filter(({ split }) => split === "TRAIN");
  const keys = new Set(training.map(({ key }) => key));
  const scaffolds = new Set(training.map(({ scaffold }) => scaffold).filter((scaffold) => scaffold !== ""));
  const library = new Set(training.map(({ smiles }) => smiles));
  const index = fingerprints && new NearDuplicates(bitsOf(library, fingerprints), SIMILARITY);
  const answers: SplitLeakage[] = [];
  let since = performance.now();
  for (const split of ["VALIDATION", "TEST"] as const) {
    const members = subjects.filter((subject) => subject.split === split);
    if (members.length === 0) continue;
    let near = 0;
    for (const { smiles } of index ? members : []) {
      if (performance.now() - since > PART_MS) {
        await turn();
        signal?.throwIfAborted();
        since = performance.now();
      }
      const bits = fingerprints?.get(smiles);
      if (library.has(smiles) || (bits && index?.has(bits))) near++;
    }
    const shared = (count: number): Shared => ({ count, share: count / members.length });
    answers.push({
      split,
      count: members.length,
      molecules: shared(members.filter(({ key }) => keys.has(key)).length),
      scaffolds: shared(members.filter(({ scaffold }) => scaffolds.has(scaffold)).length),
      nearDuplicates: index && shared(near),
    });
  }
  return answers;
}

const bitsOf = (molecules: Iterable<string>, fingerprints: ReadonlyMap<string, Uint8Array>): Uint8Array[] =>
  [...molecules].flatMap((smiles) => fingerprints.get(smiles) ?? []);

const WHAT = {
  molecules: "are molecules of the training split",
  scaffolds: "have a Murcko scaffold of the training split",
  nearDuplicates: `have a near-duplicate (Tanimoto similarity ${SIMILARITY} or more) in the training split`,
} as const;

export function leakageWarnings(splits: readonly SplitLeakage[], strategy: Strategy): Warning[] {
  return splits.flatMap((leakage) =>
    Object.entries(PROMISED[strategy]).flatMap(([name, promised]) => {
      const kind = name as keyof typeof WHAT;
      const shared = leakage[kind];
      if (shared === null || shared.share <= promised) return [];
      const percent = (share: number) => `${Number((100 * share).toFixed(1))} %`;
      return {
        code: "LEAKAGE" as const,
        message:
          `${shared.count} of the ${leakage.count} molecules of the ${leakage.split} split ` +
          `(${percent(shared.share)}) ${WHAT[kind]}; under ${strategy} more than ${percent(promised)} is said. ` +
          "Its scores flatter the model.",
        details: { split: leakage.split, kind, ...shared, promised },
      };
    }),
  );
}
