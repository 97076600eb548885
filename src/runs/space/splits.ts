/** Which split of a run the molecules of its dataset are in. */
import { MaillardError } from "../../errors.js";
import { noRun } from "../../store/find.js";
import type { Dataset, Run, Split } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { learns } from "../orders/stored.js";

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
