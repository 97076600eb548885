/** Schedules against their closed forms, and against Hugging Face's numbers where a reference run has them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { constantSchedule, cosineSchedule, linearSchedule } from "../../../src/train/options/schedule.js";

const length = { warmupSteps: 10, totalSteps: 110 };
const at = (schedule: (step: number, length: { warmupSteps: number; totalSteps: number }) => number) =>
  [0, 1, 9, 10, 35, 60, 85, 109, 110, 150].map((step) => Number(schedule(step, length).toFixed(12)));

describe("schedules with 10 of 110 steps of warm-up", () => {
  it("constant: a line to 1, then 1", () => {
    expect(at(constantSchedule)).toEqual([0, 0.1, 0.9, 1, 1, 1, 1, 1, 1, 1]);
  });

  it("linear: a line to 1, a line to 0, then 0", () => {
    expect(at(linearSchedule)).toEqual([0, 0.1, 0.9, 1, 0.75, 0.5, 0.25, 0.01, 0, 0]);
  });

  it("cosine: half a cosine, cos(pi / 4) a quarter of the way, 0 at the end and after", () => {
    const quarter = Number((0.5 + Math.SQRT2 / 4).toFixed(12));
    const last = Number((0.5 + 0.5 * Math.cos(0.99 * Math.PI)).toFixed(12));
    expect(at(cosineSchedule)).toEqual([0, 0.1, 0.9, 1, quarter, 0.5, Number((1 - quarter).toFixed(12)), last, 0, 0]);
  });

  it("needs no warm-up, and survives one as long as the run", () => {
    expect(linearSchedule(0, { warmupSteps: 0, totalSteps: 4 })).toBe(1);
    expect(constantSchedule(0, { warmupSteps: 0 })).toBe(1);
    expect(linearSchedule(5, { warmupSteps: 5, totalSteps: 5 })).toBe(0);
    expect(cosineSchedule(5, { warmupSteps: 5, totalSteps: 5 })).toBe(1);
  });

  it("linear equals the learning rates of transformers' get_linear_schedule_with_warmup", () => {
    const file = join(import.meta.dirname, "../../../bench/reference/optimizer.json");
    const { settings, float64 } = JSON.parse(readFileSync(file, "utf8"));
    const { warmupSteps, steps: totalSteps, learningRate } = settings;
    expect(float64.length).toBe(30);
    (float64 as { learningRate: number }[]).forEach((reference, step) => {
      const rate = learningRate * linearSchedule(step, { warmupSteps, totalSteps });
      expect(rate).toBeCloseTo(reference.learningRate, 14);
    });
  });
});
