/**
 * --overlap-out: the molecules that the split column has in several splits, as a table of one row for each of their
 * members. It is written whether the run starts or is refused for them.
 */
import type { Command } from "commander";
import type { Cell, Column } from "../../tables/types.js";
import { SPLIT_OVERLAP } from "../documents/dataset.js";
import { CommandFailure, usage } from "../failure.js";
import type { SplitOverlapQuery } from "../generated/graphql.js";
import { checkTarget, writeTable } from "../output/table-file.js";
import type { Session } from "../session.js";

export interface OverlapOptions {
  overlapOut?: string;
}

/** Molecules of one request. */
const PAGE = 500;

export const addOverlapFlag = (command: Command): Command =>
  command.option(
    "--overlap-out <file>",
    "write the molecules that --column has in several splits: .csv, .tsv, .jsonl or .parquet",
  );

/** Starts a run and writes the file, if one is wanted. */
export async function withOverlapFile<T>(
  session: Session,
  { overlapOut, ...of }: OverlapOptions & { dataset: string; column?: string; target: readonly string[] },
  start: () => Promise<T>,
): Promise<T> {
  if (overlapOut === undefined) return start();
  const { column } = of;
  if (column === undefined)
    throw usage("--overlap-out lists what --column <label set> has in several splits: give it.");
  checkTarget({ out: overlapOut, format: null });
  try {
    const started = await start();
    await writeOverlap(session, overlapOut, { ...of, column });
    return started;
  } catch (error) {
    if (error instanceof CommandFailure && error.code === "SPLIT_OVERLAP")
      await writeOverlap(session, overlapOut, { ...of, column });
    throw error;
  }
}

const COLUMNS: readonly Column[] = [
  { name: "molecule", kind: "TEXT" },
  { name: "position", kind: "INTEGER" },
  { name: "name", kind: "TEXT" },
  { name: "smiles", kind: "TEXT" },
  { name: "split", kind: "TEXT" },
];

async function writeOverlap(
  session: Session,
  out: string,
  { dataset, column, target }: { dataset: string; column: string; target: readonly string[] },
): Promise<void> {
  const rows = await writeTable(session, { out, format: null }, COLUMNS, members());
  session.terminal.err(`${out}: ${rows} rows of molecules that ${column} has in several splits`);

  async function* members(): AsyncGenerator<readonly Cell[]> {
    for (let after = 0; ; after += PAGE) {
      const asked = { dataset, column, targets: [...target], first: PAGE, after };
      const answer: SplitOverlapQuery = await session.client.execute(SPLIT_OVERLAP, asked);
      const found = answer.dataset?.labelSet?.splitOverlap;
      for (const { key, members: all } of found?.molecules ?? [])
        for (const { position, name, smiles, split } of all) yield [key, position, name, smiles, split];
      if (!found || after + PAGE >= found.count) return;
    }
  }
}
