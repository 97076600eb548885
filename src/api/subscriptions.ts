/**
 * From the async iterators of the runs to what GraphQL subscribes to: fresh loaders for every event, an error as the
 * last event where the client still listens, and the source released at once when the client stops, leaves or the
 * server closes.
 */
import type { Context } from "./context.js";
import { Loaders } from "./loaders.js";

export interface FollowOptions<T> {
  /** With what a client can continue after the event; left out: it cannot. */
  cursorOf?(event: T): number;
  /** How much of the price of an event this one costs, above 0 and up to 1. Default: 1. */
  shareOf?(event: T): number;
}

export function follow<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  context: Context,
  { cursorOf, shareOf }: FollowOptions<T> = {},
): AsyncGenerator<T> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, context.signal]);
  let loaders: Loaders | null = null;
  Object.defineProperty(context, "loaders", {
    // Made for the first field of an event that asks for them: of most events none does.
    get: () => (loaders ??= new Loaders(context.application, context.signal)),
  });
  return mapEvents(open(signal)[Symbol.asyncIterator](), {
    map: (event) => {
      context.payForEvent?.(shareOf?.(event));
      loaders = null;
      context.answer.reset();
      context.cursor = cursorOf ? String(cursorOf(event)) : null;
      return event;
    },
    onError: (error) => {
      if (!signal.aborted) throw error;
      return null;
    },
    onEnd: () => stop.abort(),
  });
}

export interface EventHandlers<T, U> {
  map(event: T): U;
  /** The last event instead of the error; null: end without a word. */
  onError(error: unknown): U | null;
  /** Called once, for every way of ending. */
  onEnd?(): void;
}

/**
 * Not an async generator: a generator that waits for its next event handles `return` only after that event, and a quiet
 * run has no next event. This one ends its source first, then answers.
 */
export function mapEvents<T, U>(source: AsyncIterator<T>, { map, onError, onEnd }: EventHandlers<T, U>) {
  const over = { value: undefined, done: true } as const;
  let ended = false;
  const end = (): void => {
    if (!ended) onEnd?.();
    ended = true;
  };
  const events: AsyncGenerator<U> = {
    next: async () => {
      if (ended) return over;
      try {
        const { value, done } = await source.next();
        if (!done && !ended) return { value: map(value), done: false };
        end();
        return over;
      } catch (error) {
        try {
          // Before `end`, which stops the source: an error of a source that was stopped is no news.
          const last = onError(error);
          return last === null ? over : { value: last, done: false };
        } finally {
          end();
        }
      }
    },
    return: async () => {
      end();
      await source.return?.();
      return over;
    },
    throw: async (error) => {
      await events.return(undefined);
      throw error;
    },
    [Symbol.asyncIterator]: () => events,
  } as AsyncGenerator<U>;
  return events;
}
