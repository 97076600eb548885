/** The life of an operation, the places of its client, and who a client is. */
import { describe, expect, it } from "vitest";
import { Operation, type OperationOptions } from "../../src/api/operation.js";
import { ClientPlaces, type PlaceLimits } from "../../src/api/transport/limits/client-places.js";
import { rejection } from "../support/compute.js";
import { gate } from "../support/run-fixtures.js";

const LIMITS: PlaceLimits = { computationsPerClient: 3, analysesPerClient: 1, computations: 4 };
const NONE = { computation: 0, analysis: 0 };

function service(limits: Partial<PlaceLimits> = {}) {
  const places = new ClientPlaces({ ...LIMITS, ...limits });
  const over: Operation[] = [];
  const begin = (options: Partial<OperationOptions> = {}): Operation => {
    const operation = new Operation({ client: "a", places, onOver: () => void over.push(operation), ...options });
    return operation;
  };
  return { places, over, begin };
}

describe("an operation", () => {
  it("holds one place from its first computation to the end of its work, after its answer", async () => {
    const { places, over, begin } = service();
    const operation = begin();
    const works = [gate(), gate()];
    const ends = works.map(({ opened }) => operation.compute("computation", () => opened));
    expect(places.gauges).toEqual({ computation: 1, analysis: 0 });
    works[0].open();
    await ends[0];
    operation.answered();
    expect([operation.signal.aborted, places.gauges.computation, over]).toEqual([true, 1, []]);
    works[1].open();
    await ends[1];
    expect([places.gauges, over]).toEqual([NONE, [operation]]);
  });

  it("keeps its place between two computations, and a subscription gives it back after each event", async () => {
    const { places, over, begin } = service({ analysesPerClient: 2 });
    const [query, subscription] = [begin(), begin({ lasting: true })];
    for (const operation of [query, subscription]) await operation.compute("analysis", () => 1);
    expect(places.gauges).toEqual({ computation: 1, analysis: 1 });
    const twoAnalyses = [1, 2].map(() => places.take("b", "analysis"));
    const other = begin({ client: "b", lasting: true });
    expect((await rejection(other.compute("analysis", () => 1))).code).toBe("OVERLOADED");
    for (const place of twoAnalyses) place.giveBack(true);
    expect(places.gauges).toEqual({ computation: 1, analysis: 1 });
    query.leave();
    expect(await subscription.compute("analysis", () => 2)).toBe(2);
    expect([places.gauges, over]).toEqual([NONE, [query]]);
    subscription.answered();
    expect(over).toEqual([query, subscription]);
  });

  it("that has ended computes nothing any more: CANCELLED", async () => {
    const { places, begin } = service();
    const operation = begin();
    operation.leave();
    let ran = false;
    const error = await rejection(
      operation.compute("computation", () => {
        ran = true;
      }),
    );
    expect([error.code, ran, places.gauges]).toEqual(["CANCELLED", false, NONE]);
  });

  it("has its analyses run one after the other, and those that wait when it ends do not begin", async () => {
    const { begin } = service();
    const operation = begin();
    const began: number[] = [];
    const works = [gate(), gate(), gate()];
    const ends = works.map(({ opened }, number) =>
      operation.compute("analysis", () => {
        began.push(number);
        return opened;
      }),
    );
    const last = rejection(ends[2]);
    await Promise.resolve();
    works[0].open();
    await ends[0];
    await new Promise((resolve) => setImmediate(resolve));
    expect(began).toEqual([0, 1]);
    operation.leave();
    works[1].open();
    await ends[1];
    expect((await last).code).toBe("CANCELLED");
    expect(began).toEqual([0, 1]);
  });

  it("whose computation fails has its place until its end, like any other", async () => {
    const { places, begin } = service();
    const operation = begin();
    const failed = operation.compute("computation", () => {
      throw new Error("no");
    });
    expect((await rejection(failed)).message).toBe("no");
    operation.answered();
    expect(places.gauges).toEqual(NONE);
  });
});

describe("places", () => {
  it("are as many as the limit for each client; one more is OVERLOADED until one is given back", () => {
    const { places } = service();
    const held = [1, 2, 3].map(() => places.take("a", "computation"));
    const refused = () => places.take("a", "computation");
    expect(refused).toThrow(
      expect.objectContaining({
        code: "OVERLOADED",
        retryable: true,
        // A third of 500 ms, before one was measured.
        details: { limit: "computationsPerClient", maximum: 3, retryAfterMs: 167 },
      }),
    );
    const other = places.take("b", "computation");
    expect(() => places.take("c", "computation")).toThrow(
      expect.objectContaining({ details: { limit: "computations", maximum: 4, retryAfterMs: 125 } }),
    );
    // One that was stopped ends soon: 100 ms, before one was measured.
    held[0].ending();
    expect(refused).toThrow(
      expect.objectContaining({ details: { limit: "computationsPerClient", maximum: 3, retryAfterMs: 100 } }),
    );
    held[0].giveBack(false);
    refused().giveBack(true);
    const analysis = places.take("a", "analysis");
    expect(() => places.take("a", "analysis")).toThrow(
      expect.objectContaining({ details: { limit: "analysesPerClient", maximum: 1, retryAfterMs: 5_000 } }),
    );
    for (const place of [held[1], held[2], other, analysis]) place.giveBack(false);
    expect(places.gauges).toEqual(NONE);
  });

  it("are not held by an operation that was refused the second of two kinds", async () => {
    const { places, begin } = service();
    const place = places.take("a", "analysis");
    const operation = begin();
    expect((await rejection(operation.compute("analysis", () => 1))).code).toBe("OVERLOADED");
    operation.answered();
    place.giveBack(true);
    expect(places.gauges).toEqual(NONE);
  });
});
