/**
 * Turns an async iterator of a room into what GraphQL subscribes to: fresh loaders for every event,
 * and the source released when the client stops, leaves or the server closes.
 */
import type { Context } from "./context.js";
import { Loaders } from "./loaders.js";

export async function* follow<T>(open: (signal: AbortSignal) => AsyncIterable<T>, context: Context): AsyncGenerator<T> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, context.signal]);
  try {
    for await (const event of open(signal)) {
      context.loaders = new Loaders(context.application.store);
      yield event;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stop.abort();
  }
}
