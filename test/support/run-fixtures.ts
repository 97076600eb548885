/** A small dataset and base model for tests of runs, and ways to wait for a run. */
import { join } from "node:path";
import type { Run } from "../../src/store/generated/client.js";
import { newId, registerModel, type Store } from "../../src/store/index.js";

export const BASE_FOLDER = join(import.meta.dirname, "..", "fixtures", "tiny-bert");

export interface Seed {
  smiles: string;
  label?: string;
  /** Identity of the molecule; default: its own. */
  key?: string;
  scaffold?: string;
  /** Value of the label set "fold". */
  fold?: string;
}

/** Alkanols, esters and amines of growing length: three classes of `perClass` molecules. */
const seeds = (perClass = 12): Seed[] =>
  Array.from({ length: 3 * perClass }, (_, index) => {
    const chain = "C".repeat(1 + Math.floor(index / 3));
    const [smiles, label] = [
      [`${chain}O`, "alcohol"],
      [`${chain}OC=O`, "ester"],
      [`${chain}N`, "other"],
    ][index % 3];
    return { smiles, label };
  });

export async function seedBase(store: Store, name = "base"): Promise<void> {
  await registerModel(store, { name, folder: BASE_FOLDER, artifact: "package:test/fixtures/tiny-bert" });
}

export async function seedDataset(store: Store, rows: readonly Seed[] = seeds(), name = "sample"): Promise<string> {
  const datasetId = newId();
  const { prisma } = store;
  await prisma.dataset.create({ data: { id: datasetId, name, size: rows.length } });
  const members = rows.map((row, position) => ({ ...row, position, memberId: newId(), compoundId: newId() }));
  const letters = (index: number) => `${name}-${index}`.toUpperCase().padEnd(14, "A");
  await prisma.compound.createMany({
    data: members.map(({ compoundId, position, smiles, key, scaffold }) => ({
      id: compoundId,
      inchiKey: `${letters(position)}-${position}`,
      skeletonKey: key ?? letters(position),
      smiles,
      formula: "C",
      molecularWeight: 12,
      scaffold: scaffold ?? "",
    })),
  });
  await prisma.datasetCompound.createMany({
    data: members.map(({ memberId, compoundId, position, smiles }) => ({
      id: memberId,
      datasetId,
      compoundId,
      position,
      smiles,
    })),
  });
  for (const [set, pick] of [
    ["superclass", (seed: Seed) => seed.label],
    ["fold", (seed: Seed) => seed.fold],
  ] as const) {
    const labelSetId = newId();
    await prisma.labelSet.create({ data: { id: labelSetId, datasetId, name: set, kind: "SINGLE_LABEL" } });
    await prisma.label.createMany({
      data: members.flatMap((member) => {
        const value = pick(member);
        return value === undefined ? [] : [{ labelSetId, memberId: member.memberId, value }];
      }),
    });
  }
  return datasetId;
}

/** An order for the seeded dataset: 3 epochs of 3 steps. */
export const order = (changes: Record<string, unknown> = {}) => ({
  name: `run-${newId()}`,
  baseModel: "base",
  dataset: "sample",
  target: "superclass",
  recipe: "published" as const,
  epochs: 3,
  batchSize: 10,
  split: { strategy: "RANDOM", fractions: [0.8, 0.1, 0.1] },
  ...changes,
});

/** Resolves with the row when the run has ended; the test's own time limit is the only one. */
export async function ended(
  runs: { updates(id: string, signal: AbortSignal): AsyncIterable<Run> },
  id: string,
): Promise<Run> {
  let last: Run | undefined;
  for await (const row of runs.updates(id, new AbortController().signal)) last = row;
  return last as Run;
}

/** Something that tests wait for and open. */
export function gate(): { opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
