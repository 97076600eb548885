/** Work that a closing pool waits for. */

/** The same promise, in the set until it is settled. */
export function noted<T>(under: Set<Promise<unknown>>, work: Promise<T>): Promise<T> {
  const ended = work.catch(() => {}).then(() => void under.delete(ended));
  under.add(ended);
  return work;
}
