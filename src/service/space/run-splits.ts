/** Questions about the splits of a run: which molecules an analysis is restricted to, or fitted on. */
import { MaillardError } from "../../errors.js";
import { learns, plannedOrder } from "../../runs/index.js";
import { noRun } from "../../store/find.js";
import type { Dataset, Run, Split } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";

/** `splits` by the name of their argument: each needs a run, and names at least one split. */
export function checkSplits(runId: string | null, splits: Record<string, readonly Split[] | null>): void {
  for (const [param, value] of Object.entries(splits)) {
    if (value === null) continue;
    if (runId === null)
      throw new MaillardError("BAD_INPUT", `\`${param}\` needs \`run\`: a run says which split a molecule is in.`, {
        param,
      });
    if (value.length === 0)
      throw new MaillardError("BAD_INPUT", `\`${param}\` is empty: name at least one split, or leave it out.`, {
        param,
      });
  }
}

/** Whether the run splits by rows (ROW), so that molecules of the test split were also trained on. */
export const isLeaky = (run: Pick<Run, "kind" | "input">): boolean =>
  learns(run) && plannedOrder(run.input).split.strategy === "ROW";

export const LEAKY_NOTE = "LEAKY SPLIT: molecules were trained on.";

/**
 * A run that put the dataset's molecules into splits: NOT_FOUND; BAD_INPUT when it has another dataset or learned
 * nothing.
 */
export async function findLearningRun({ store }: { store: Store }, id: string, dataset: Dataset): Promise<Run> {
  const run = await store.prisma.run.findUnique({ where: { id } });
  if (!run) throw noRun("run");
  if (run.datasetId === dataset.id && learns(run)) return run;
  throw new MaillardError("BAD_INPUT", `The run ${run.name} is no finetune or probe on the dataset ${dataset.name}.`, {
    param: "run",
  });
}

/** What restricts an analysis to molecules of a run. */
export interface RunSplits {
  runId: string | null;
  /** null: of all splits. */
  split: readonly Split[] | null;
}

/** Of these members, those that the run has in `split`; without a run all. */
export async function heldBy<T extends { id: string }>(
  parts: { store: Store },
  { runId, split }: RunSplits,
  dataset: Dataset,
  members: T[],
): Promise<T[]> {
  checkSplits(runId, { split });
  if (runId === null) return members;
  const splits = await splitsOf(parts, await findLearningRun(parts, runId, dataset));
  const wanted = split && new Set(split);
  return members.filter(({ id }) => {
    const own = splits.get(id);
    return own !== undefined && (!wanted || wanted.has(own));
  });
}

export const nothingIn = (): MaillardError =>
  new MaillardError("BAD_INPUT", "No molecule of the run is in these splits.", { param: "split" });

/** The split of each member in the run, by member id; BAD_INPUT (retryable) before the run has its splits. */
export async function splitsOf({ store }: { store: Store }, run: Run): Promise<Map<string, Split>> {
  const rows = await store.prisma.runAssignment.findMany({
    where: { runId: run.id },
    select: { memberId: true, split: true },
    // Of several rows of one molecule (ROW) the training one counts: it comes last.
    orderBy: { split: "desc" },
  });
  if (rows.length > 0) return new Map(rows.map((row) => [row.memberId, row.split]));
  throw new MaillardError(
    "BAD_INPUT",
    `The run ${run.name} has assigned no molecules yet (${run.status}). Wait until it is RUNNING.`,
    {
      param: "run",
      retryable: true,
    },
  );
}
