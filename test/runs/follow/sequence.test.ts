import { expect, it } from "vitest";
import { News } from "../../../src/runs/follow/news.js";
import { oneByOne, Sequence } from "../../../src/runs/follow/sequence.js";

const forever = new AbortController().signal;

/** A sequence of `count` rows that are made when they are read. */
function generated(count: number) {
  const reads: { after: number; most: number; rows: number }[] = [];
  const news = new News();
  const sequence = new Sequence(news, async (after, most) => {
    const length = Math.max(0, Math.min(most, count - after));
    reads.push({ after, most, rows: length });
    const rows = Array.from({ length }, (_, n) => ({ sequence: after + n + 1 }));
    return { ended: true, last: count, began: 1, rows };
  });
  return { reads, news, sequence };
}

it("reads 200,000 rows in 100 statements and each row once", async () => {
  const { reads, sequence } = generated(200_000);
  let next = 1;
  for await (const row of oneByOne(sequence.lists(0, 500, forever))) {
    if (row.sequence !== next) expect(row.sequence).toBe(next);
    next++;
  }
  expect(next).toBe(200_001);
  expect(reads).toHaveLength(100);
  expect(reads.reduce((sum, { rows }) => sum + rows, 0)).toBe(200_000);
});

it("reads nothing for a reader that does not ask", async () => {
  const { reads, sequence } = generated(200_000);
  const lists = sequence.lists(0, 500, forever);
  await lists.next();
  const rows = oneByOne(lists);
  for (let n = 0; n < 1_000; n++) await rows.next();
  expect(reads.reduce((sum, { rows }) => sum + rows, 0)).toBe(2_000);
  await rows.return?.();
  expect(await lists.next()).toEqual({ value: undefined, done: true });
});

it("ends all who wait when it is closed, and when their signal aborts", async () => {
  const news = new News();
  const live = new Sequence<{ sequence: number }>(news, async () => ({ ended: false, last: 0, began: null, rows: [] }));
  const client = new AbortController();
  const [left, closed] = [live.lists(0, 1, client.signal).next(), live.lists(0, 1, forever).next()];
  client.abort();
  expect(await left).toEqual({ value: undefined, done: true });
  news.close();
  expect(await closed).toEqual({ value: undefined, done: true });
});

it("of a run that is not there is NOT_FOUND", async () => {
  const none = new Sequence<{ sequence: number }>(new News(), async () => null);
  await expect(none.lists(0, 1, forever).next()).rejects.toMatchObject({ code: "NOT_FOUND" });
});
