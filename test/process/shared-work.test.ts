/** Work that several callers wait for. */
import { expect, it } from "vitest";
import { SharedWork } from "../../src/process/shared-work.js";
import { rejection, until } from "../support/compute.js";

/** Work that ends by `open`, by `fail`, or by its signal once `stoppable` is true. */
function scripted() {
  const signals: AbortSignal[] = [];
  const ends: { open(value: string): void; fail(error: Error): void }[] = [];
  const work = (signal: AbortSignal): Promise<string> =>
    new Promise((open, fail) => {
      signals.push(signal);
      ends.push({ open, fail });
      if (signal.aborted) fail(new Error("aborted"));
    });
  return { signals, ends, work };
}
const { signal: present } = new AbortController();

it("is done once for all that ask at the same time, and anew for who asks later", async () => {
  const shared = new SharedWork<string>();
  const { ends, work } = scripted();
  const asked = [1, 2, 3].map(() => shared.do("same", present, work));
  const other = shared.do("other", present, work);
  await until(() => ends.length === 2);
  ends[0].open("a");
  ends[1].open("b");
  expect(await Promise.all([...asked, other])).toEqual(["a", "a", "a", "b"]);
  const later = rejection(shared.do("same", present, work));
  await until(() => ends.length === 3);
  ends[2].fail(new Error("broken"));
  expect((await later).message).toBe("broken");
});

it("goes on for the others when one leaves, who learns it at once", async () => {
  const shared = new SharedWork<string>();
  const { signals, ends, work } = scripted();
  const leaving = new AbortController();
  const [left, stays] = [shared.do("same", leaving.signal, work), shared.do("same", present, work)];
  await until(() => ends.length === 1);
  leaving.abort();
  expect(await rejection(left)).toMatchObject({ code: "CANCELLED" });
  expect(signals[0].aborted).toBe(false);
  ends[0].open("a");
  expect(await stays).toBe("a");
  expect(await rejection(shared.do("same", leaving.signal, work))).toMatchObject({ code: "CANCELLED" });
  expect(ends).toHaveLength(1);
});

it("is stopped when the last one leaves, who waits for its end; who asks meanwhile gets work of its own", async () => {
  const shared = new SharedWork<string>();
  const { signals, ends, work } = scripted();
  const leaving = [new AbortController(), new AbortController()];
  const asked = leaving.map(({ signal }) => rejection(shared.do("same", signal, work)));
  await until(() => ends.length === 1);
  let settled = false;
  void asked[1].then(() => {
    settled = true;
  });
  for (const one of leaving) one.abort();
  expect(signals[0].aborted).toBe(true);
  const next = shared.do("same", present, work);
  await until(() => ends.length === 2);
  ends[1].open("b");
  expect(await next).toBe("b");
  expect(settled).toBe(false);
  ends[0].fail(new Error("stopped"));
  expect((await asked[1]).message).toBe("stopped");
});
