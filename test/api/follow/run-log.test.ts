/** What a run tells, over the API: metrics in lists, events, attempts. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EVENTS as KINDS } from "../../../src/runs/index.js";
import { startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { seedDataset } from "../../support/run-fixtures.js";
import { all, subscriber } from "../../support/sockets.js";

let service: TestService;
/** A run that has ended. */
let id: string;
let count: number;

beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute() });
  await seedDataset(service.store, undefined, "seeds");
  const { startFinetune } = await service.data<{ startFinetune: { run: { id: string } } }>(
    `mutation { startFinetune(input: { name: "told", baseModel: "base", dataset: "seeds", target: "superclass",
       epochs: 2, batchSize: 10, split: { strategy: RANDOM } }) { run { id } } }`,
  );
  id = startFinetune.run.id;
  // The end of the subscription is the end of the run.
  count = (await metricLists({ id })).flat().length;
  expect(count).toBeGreaterThan(5);
});
afterAll(() => service.close());

async function metricLists(variables: Record<string, unknown>, field = "runMetricLists"): Promise<number[][]> {
  const socket = subscriber(service.url);
  const events = await all(
    socket.events<Record<string, { sequence: number }[]>>(
      `subscription ($id: ID!, $after: Int = 0, $size: Int = 1000) {
         ${field}(id: $id, after: $after, size: $size) { sequence name value } }`,
      variables,
    ),
  );
  await socket.close();
  return events.map(({ data, errors }) => {
    if (!data) throw new Error(JSON.stringify(errors));
    return data[field].map(({ sequence }) => sequence);
  });
}
const upTo = (last: number, from = 1) => Array.from({ length: last - from + 1 }, (_, n) => from + n);

describe("runMetricLists", () => {
  it("is all metrics after the cursor, in order, `size` at a time", async () => {
    expect(await metricLists({ id })).toEqual([upTo(count)]);
    expect(await metricLists({ id, after: 2, size: 2 })).toEqual(
      upTo(Math.ceil((count - 2) / 2)).map((n) => upTo(Math.min(count, 2 * n + 2), 2 * n + 1)),
    );
    expect(await metricLists({ id, after: count })).toEqual([]);
  });

  it("as server-sent events has the last sequence as id, and Last-Event-ID goes on after it", async () => {
    const read = async (headers: Record<string, string>) => {
      const query = "subscription ($id: ID!) { runMetricLists(id: $id, size: 3) { sequence } }";
      const answer = await fetch(`${service.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "text/event-stream", ...headers },
        body: JSON.stringify({ query, variables: { id } }),
      });
      return [...(await answer.text()).matchAll(/^id: (\d+)$/gm)].map(([, last]) => Number(last));
    };
    const ids = await read({});
    expect(ids.slice(0, 2)).toEqual([3, 6]);
    expect(ids.at(-1)).toBe(count);
    expect(await read({ "last-event-id": "4" })).toEqual(ids.slice(1).map((last) => Math.min(last + 1, count)));
  });

  it.each([
    [{ size: 0 }, "size"],
    [{ size: 1_001 }, "size"],
    [{ after: -1 }, "after"],
  ])("refuses %j", async (given, param) => {
    await expect(metricLists({ id, ...given })).rejects.toThrow(`"code":"BAD_INPUT"`);
    await expect(metricLists({ id, ...given })).rejects.toThrow(`"param":"${param}"`);
  });
});

interface Told {
  sequence: number;
  level: string;
  kind: keyof typeof KINDS;
  attempt: number;
}
const EVENT = "sequence at level kind message data attempt";

describe("Run.events and runEvents", () => {
  it("are the same, from the order to the end", async () => {
    const { run } = await service.data<{ run: { events: Told[] } }>(
      `query ($id: ID!) { run(id: $id) { events { ${EVENT} } } }`,
      { id },
    );
    const socket = subscriber(service.url);
    const live = (after: number) =>
      all(
        socket.events<{ runEvents: Told }>(
          `subscription ($id: ID!, $after: Int) { runEvents(id: $id, after: $after) { ${EVENT} } }`,
          { id, after },
        ),
      );
    expect((await live(0)).map(({ data }) => data?.runEvents)).toEqual(run.events);
    expect((await live(2)).map(({ data }) => data?.runEvents)).toEqual(run.events.slice(2));
    await socket.close();
    expect(run.events.map(({ sequence }) => sequence)).toEqual(upTo(run.events.length));
    expect(run.events.slice(0, 2)).toMatchObject([
      { kind: "ORDERED", attempt: 0 },
      { kind: "CLAIMED", attempt: 1 },
    ]);
    expect(run.events.at(-1)).toMatchObject({ kind: "SUCCEEDED", attempt: 1 });
    for (const { kind, level } of run.events) expect(level).toBe(KINDS[kind].level);
  });

  it("are filtered by level and cursor, and a page has a size", async () => {
    const read = async (args: string) => {
      const { run } = await service.data<{ run: { events: Told[] } }>(
        `query ($id: ID!) { run(id: $id) { events(${args}) { sequence level } } }`,
        { id },
      );
      return run.events;
    };
    expect((await read("after: 1, first: 1")).map(({ sequence }) => sequence)).toEqual([2]);
    for (const { level } of await read("level: WARNING")) expect(level).not.toBe("INFO");
    expect(await read("level: ERROR")).toEqual([]);
    for (const first of [0, 1_001])
      expect(
        await service.refusal(`query ($id: ID!) { run(id: $id) { events(first: ${first}) { kind } } }`, { id }),
      ).toMatchObject({ code: "BAD_INPUT", param: "first" });
  });
});

it("attempts have a beginning, an end and its reason; latestMetrics one of each curve", async () => {
  const { run } = await service.data<{ run: Record<string, Record<string, unknown>[]> }>(
    `query ($id: ID!) { run(id: $id) {
       attempts { attempt host device startedAt endedAt fromStep toStep ending error { code } }
       latestMetrics { split name sequence } metrics { split name sequence } } }`,
    { id },
  );
  expect(run.attempts).toMatchObject([{ attempt: 1, fromStep: 0, ending: "SUCCEED", error: null }]);
  expect(run.attempts[0].endedAt).not.toBeNull();
  const last = new Map(run.metrics.map((metric) => [`${metric.split} ${metric.name}`, metric]));
  expect(run.latestMetrics).toHaveLength(last.size);
  expect(run.latestMetrics).toEqual(expect.arrayContaining([...last.values()]));
});
