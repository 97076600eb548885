/** Questions about the splits of a run: which molecules an analysis is restricted to. */
import { learns, plannedOrder } from "../../runs/index.js";
import { checkSplits, findLearningRun, splitsOf } from "../../runs/space/splits.js";
import type { Dataset, Run, Split } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";

/** Whether the run splits by rows (ROW), so that molecules of the test split were also trained on. */
export const isLeaky = (run: Pick<Run, "kind" | "input">): boolean =>
  learns(run) && plannedOrder(run.input).split.strategy === "ROW";

export const LEAKY_NOTE = "LEAKY SPLIT: molecules were trained on.";

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
