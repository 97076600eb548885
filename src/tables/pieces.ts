/** Rows in pieces, and work on some pieces at once whose results come in order. Memory is bounded by the pieces. */

/** Pieces of at most `most` items; a function is asked before each piece. */
export async function* inPieces<T>(items: AsyncIterable<T>, most: number | (() => number)): AsyncGenerator<T[]> {
  const sizeOf = typeof most === "number" ? () => most : most;
  let size = sizeOf();
  let piece: T[] = [];
  for await (const item of items) {
    piece.push(item);
    if (piece.length < size) continue;
    yield piece;
    piece = [];
    size = sizeOf();
  }
  if (piece.length > 0) yield piece;
}

/**
 * Results in the order of the items, `atOnce` of them under way. When one fails or the reader leaves, the signal of the
 * others is aborted, and they have ended when this has. An error of the items themselves is thrown after the results of
 * those before it.
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
  { atOnce, signal }: { atOnce: number; signal: AbortSignal },
): AsyncGenerator<Result> {
  const left = new AbortController();
  const either = AbortSignal.any([signal, left.signal]);
  const under: Promise<Result>[] = [];
  try {
    for await (const item of endingWithItsError(items)) {
      either.throwIfAborted();
      const result = item instanceof Failure ? Promise.reject(item.error) : work(item, either);
      // Its error is thrown when its turn has come.
      result.catch(() => undefined);
      under.push(result);
      if (under.length >= atOnce) yield await (under.shift() as Promise<Result>);
    }
    for (let next = under.shift(); next; next = under.shift()) yield await next;
  } finally {
    left.abort();
    await Promise.allSettled(under);
  }
}

class Failure {
  constructor(readonly error: unknown) {}
}

async function* endingWithItsError<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item | Failure> {
  try {
    yield* items;
  } catch (error) {
    yield new Failure(error);
  }
}
