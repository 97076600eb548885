/** Names of columns beside others. */
import type { Column } from "./types.js";

/** A name that is taken gets a number: "label (2)". */
export function beside(taken: readonly string[], columns: readonly Column[]): Column[] {
  const all = new Set(taken);
  return columns.map(({ name, kind }) => {
    let free = name;
    for (let time = 2; all.has(free); time++) free = `${name} (${time})`;
    all.add(free);
    return { name: free, kind };
  });
}
