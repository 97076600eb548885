/**
 * Reports, each made in a process of its own: limited in number and time, ended by signal and close, errors returned.
 */
import { afterEach, describe, expect, it } from "vitest";
import type { Answers } from "../../src/analysis/evaluation/answers.js";
import { splitReport } from "../../src/analysis/evaluation/report.js";
import { Evaluations, MOST_WAITING } from "../../src/compute/jobs/evaluations.js";
import type { MaillardError } from "../../src/errors.js";

let evaluations: Evaluations;
afterEach(() => evaluations.close());

const answers: Answers = {
  task: "SINGLE_LABEL",
  labels: ["a", "b"],
  outputs: Float32Array.of(1, 0, 0, 1, 2, 0, 0, 3),
  truth: Int32Array.of(0, 1, 1, 1),
  molecules: Int32Array.of(0, 1, 2, 3),
};
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "answered",
    (error: MaillardError) => error.code,
  );

describe("a report", () => {
  it("is the same as made here; an error of the process is the caller's", async () => {
    evaluations = new Evaluations();
    const newScaffold = Uint8Array.of(1, 0, 0, 1);
    expect(await evaluations.report(answers, newScaffold)).toEqual(splitReport(answers, newScaffold));
    const comparison = await evaluations.compare(answers, answers);
    expect(comparison).toMatchObject({ count: 4, mcnemar: { onlyA: 0, pValue: 1 } });
    const nothing = { ...answers, outputs: undefined } as unknown as Answers;
    expect(await codeOf(evaluations.report(nothing, newScaffold))).toBe("INTERNAL");
  });

  it("past the bound is OVERLOADED with a time to retry; closing ends running and waiting ones", async () => {
    evaluations = new Evaluations();
    const asked = Array.from({ length: MOST_WAITING + 2 }, () =>
      codeOf(evaluations.report(answers, new Uint8Array(4))),
    );
    await expect(evaluations.report(answers, new Uint8Array(4))).rejects.toMatchObject({
      code: "OVERLOADED",
      retryable: true,
      details: { retryAfterMs: expect.any(Number) },
    });
    await evaluations.close();
    expect(new Set(await Promise.all(asked))).toEqual(new Set(["CANCELLED"]));
    expect(await codeOf(evaluations.report(answers, new Uint8Array(4)))).toBe("CANCELLED");
  });

  it("that is late is TIMEOUT with the limit, as an analysis is; its signal ends it", async () => {
    evaluations = new Evaluations({ timeoutMs: 20 });
    await expect(evaluations.report(answers, new Uint8Array(4))).rejects.toMatchObject({
      code: "TIMEOUT",
      message: "The evaluation report did not end within 0.02 s. Ask for a split with fewer molecules.",
      details: { timeoutMs: 20 },
    });
    evaluations = new Evaluations();
    const stop = new AbortController();
    const asked = [
      evaluations.report(answers, new Uint8Array(4), stop.signal),
      evaluations.compare(answers, answers, stop.signal),
    ].map(codeOf);
    const neighbour = evaluations.report(answers, new Uint8Array(4));
    stop.abort();
    expect(await Promise.all(asked)).toEqual(["CANCELLED", "CANCELLED"]);
    expect(await neighbour).toEqual(splitReport(answers, new Uint8Array(4)));
  });
});
