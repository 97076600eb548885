/** Measured times, by a clock of the test. */
import { expect, it } from "vitest";
import { MeanTime } from "../../src/process/mean-time.js";

function times(priorMs: number) {
  let now = 0;
  const time = new MeanTime(priorMs, () => now);
  const pass = (ms: number): void => {
    now += ms;
  };
  return { time, pass };
}

it("is the prior value until a piece of work has ended, then the mean of those measured", () => {
  const { time, pass } = times(700);
  expect(time.ms).toBe(700);
  const first = time.begin();
  pass(100);
  expect(time.ms).toBe(700);
  first(true);
  expect(time.ms).toBe(100);
  const second = time.begin();
  pass(300);
  second(true);
  expect(time.ms).toBe(200);
});

it("counts the last 16, none that was stopped, and each once", () => {
  const { time, pass } = times(700);
  for (let n = 0; n < 20; n++) time.add(n < 4 ? 1_000_000 : 10);
  expect(time.ms).toBe(10);
  const stopped = time.begin();
  pass(5_000);
  stopped(false);
  stopped(true);
  expect(time.ms).toBe(10);
});

it("counts a piece that runs longer than the mean with its time so far", () => {
  const { time, pass } = times(700);
  const slow = time.begin();
  pass(9_300);
  expect(time.ms).toBe(5_000);
  pass(10_000);
  expect(time.ms).toBe(10_000);
  slow(true);
  expect(time.ms).toBe(19_300);
});

it("makes of it when to come back: mean x those ahead / at once, in whole milliseconds, at least 100", () => {
  const { time } = times(50);
  expect([time.retryAfterMs(10), time.retryAfterMs(9, 2), time.retryAfterMs(1)]).toEqual([500, 225, 100]);
  expect([time.retryAfterMs(10, 3), time.retryAfterMs(0)]).toEqual([167, 100]);
});
