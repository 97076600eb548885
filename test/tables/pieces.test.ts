/** Work on some pieces at once, whose results come in order. */
import { describe, expect, it } from "vitest";
import { inOrder } from "../../src/tables/pieces.js";

const NEVER = new AbortController().signal;

async function* numbers(count: number, error?: Error): AsyncGenerator<number> {
  for (let number = 1; number <= count; number++) yield number;
  if (error) throw error;
}

async function taken<T>(results: AsyncIterable<T>): Promise<{ got: T[]; error: string | null }> {
  const got: T[] = [];
  try {
    for await (const result of results) got.push(result);
    return { got, error: null };
  } catch (error) {
    return { got, error: (error as Error).message };
  }
}

describe("results in order", () => {
  it("works on so many at once, and no more", async () => {
    let [now, most] = [0, 0];
    const work = async (number: number): Promise<number> => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 5 - number));
      now -= 1;
      return 10 * number;
    };
    expect((await taken(inOrder(numbers(4), work, { atOnce: 2, signal: NEVER }))).got).toEqual([10, 20, 30, 40]);
    expect(most).toBe(2);
  });

  it.each([1, 2, 9])("%i at once: an error of the items comes after the results of those before it", async (atOnce) => {
    const results = inOrder(numbers(3, new Error("the file breaks here")), async (number) => number, {
      atOnce,
      signal: NEVER,
    });
    expect(await taken(results)).toEqual({ got: [1, 2, 3], error: "the file breaks here" });
  });

  it("ends with the error of a piece, after those before it; the signal of the others is aborted", async () => {
    const signals: AbortSignal[] = [];
    const work = async (number: number, signal: AbortSignal): Promise<number> => {
      signals.push(signal);
      if (number === 2) throw new Error("no");
      return number;
    };
    expect(await taken(inOrder(numbers(9), work, { atOnce: 3, signal: NEVER }))).toEqual({ got: [1], error: "no" });
    expect(signals.map(({ aborted }) => aborted)).toEqual(signals.map(() => true));
    expect(signals.length).toBeLessThanOrEqual(4);
  });

  it("ends when its signal is aborted", async () => {
    const stop = new AbortController();
    const results = inOrder(numbers(9), async (number) => number, { atOnce: 1, signal: stop.signal });
    expect((await results.next()).value).toBe(1);
    stop.abort(new Error("left"));
    expect((await taken(results)).error).toBe("left");
  });
});
