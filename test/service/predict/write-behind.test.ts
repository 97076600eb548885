/** Rows that are written behind answers: batches, tries, bounds. */
import { afterEach, describe, expect, it } from "vitest";
import { WriteBehind, type WriteBehindOptions } from "../../../src/service/predict/write-behind.js";

const made: WriteBehind<number>[] = [];
afterEach(async () => {
  for (const one of made.splice(0)) await one.close();
});
function writer(options: Partial<WriteBehindOptions<number>> = {}) {
  const written: number[][] = [];
  const lost: [number, string][] = [];
  const rows = new WriteBehind<number>({
    write: async (batch) => void written.push([...batch]),
    onLost: (count, error) => void lost.push([count, String(error)]),
    waitMs: 1,
    pausesMs: [1, 1],
    reportMs: 1,
    ...options,
  });
  made.push(rows);
  return { rows, written, lost };
}

describe("rows behind answers", () => {
  it("are written in their order, so many at once, without a call", async () => {
    const { rows, written } = writer({ batch: 2 });
    rows.add([1, 2, 3]);
    rows.add([4, 5]);
    await expect.poll(() => written).toEqual([[1, 2], [3, 4], [5]]);
  });

  it("one batch at a time; what comes meanwhile is written next, and `flush` waits for it", async () => {
    let [active, most] = [0, 0];
    const { rows } = writer({
      batch: 1,
      write: async () => {
        most = Math.max(most, ++active);
        await new Promise((resolve) => setTimeout(resolve, 2));
        active--;
      },
    });
    rows.add([1, 2]);
    const first = rows.flush();
    rows.add([3]);
    await Promise.all([first, rows.flush()]);
    expect([rows.size, active, most]).toEqual([0, 0, 1]);
  });

  it("are written after a call that found none, too", async () => {
    const { rows, written } = writer();
    await rows.flush();
    rows.add([1]);
    await expect.poll(() => written).toEqual([[1]]);
    await rows.flush();
    rows.add([2]);
    await rows.flush();
    expect(written).toEqual([[1], [2]]);
  });

  it("that fail are tried again; after three tries they are given up, and the others follow", async () => {
    const tries: number[] = [];
    const { rows, lost } = writer({
      batch: 2,
      write: async ([first]) => {
        tries.push(first);
        if (first === 1 || (first === 3 && tries.length < 5)) throw new Error("the database is away");
      },
    });
    rows.add([1, 2, 3, 4]);
    await rows.flush();
    expect(tries).toEqual([1, 1, 1, 3, 3]);
    await expect.poll(() => lost).toEqual([[2, "Error: the database is away"]]);
  });

  it("that wait beyond the bound are given up, the oldest first", async () => {
    const { rows, written, lost } = writer({ most: 3 });
    rows.add([1, 2, 3, 4, 5]);
    rows.add([6]);
    await rows.flush();
    expect(written).toEqual([[4, 5, 6]]);
    // Both losses in one word.
    await expect.poll(() => lost).toEqual([[3, "Error: more than 3 rows wait"]]);
  });

  it("are written at the close, and one that fails then is tried once", async () => {
    const { rows, lost } = writer({
      waitMs: 60_000,
      pausesMs: [60_000],
      write: () => Promise.reject(new Error("no")),
    });
    rows.add([1]);
    await rows.close();
    expect(lost).toEqual([[1, "Error: no"]]);
    const hanging = writer({ batch: 1, waitMs: 60_000, closeMs: 20, write: () => new Promise(() => undefined) });
    hanging.rows.add([1, 2, 3]);
    await hanging.rows.close();
    expect(hanging.lost).toEqual([[2, "Error: the process closes"]]);
  });
});
