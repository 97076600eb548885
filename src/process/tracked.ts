/** Adds the work to the set until it is settled, so that a close can wait for all of it. Returns the work. */
export function tracked<T>(underway: Set<Promise<unknown>>, work: Promise<T>): Promise<T> {
  const ended = work.catch(() => {}).then(() => void underway.delete(ended));
  underway.add(ended);
  return work;
}
