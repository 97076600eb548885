/** Events of a subscription: an error of the source is told, and ends it; after the client has left it is no news. */
import { expect, it } from "vitest";
import { chargeByEvent } from "../../../../src/api/access/charge.js";
import { PointsMeter } from "../../../../src/api/access/points.js";
import type { Context } from "../../../../src/api/context.js";
import { follow } from "../../../../src/api/subscriptions.js";
import { LOCAL } from "../../../../src/store/access/principal.js";

const contextOf = (client: AbortController): Context =>
  ({ signal: client.signal, application: {}, answer: { reset: () => undefined } }) as unknown as Context;

async function* failing(signal: AbortSignal, stopped: { signal?: AbortSignal }): AsyncGenerator<number> {
  stopped.signal = signal;
  yield 1;
  throw new Error("The source is lost.");
}

it("an error of the source is thrown, and the source is stopped", async () => {
  const stopped: { signal?: AbortSignal } = {};
  const events = follow((signal) => failing(signal, stopped), contextOf(new AbortController()));
  expect(await events.next()).toEqual({ value: 1, done: false });
  expect(stopped.signal?.aborted).toBe(false);
  await expect(events.next()).rejects.toThrow("The source is lost.");
  expect(stopped.signal?.aborted).toBe(true);
  expect(await events.next()).toEqual({ value: undefined, done: true });
});

it("each event is paid for before its selection runs; what is not paid for ends it", async () => {
  const client = new AbortController();
  const [meter, context] = [new PointsMeter(50, () => 0), contextOf(client)];
  context.principal = { ...LOCAL, keyId: "key" };
  context.charge = meter.charge(context.principal, () => 30);
  context.payForEvent = chargeByEvent(meter, context, 10);
  const endless = async function* () {
    for (let n = 0; ; n++) yield n;
  };
  const events = follow(endless, context);
  expect([(await events.next()).value, (await events.next()).value]).toEqual([0, 1]);
  await expect(events.next()).rejects.toMatchObject({ code: "RATE_LIMITED" });
  expect((await events.next()).done).toBe(true);
});

it("an error after the client has left ends without a word", async () => {
  const client = new AbortController();
  const events = follow((signal) => failing(signal, {}), contextOf(client));
  await events.next();
  client.abort();
  expect(await events.next()).toEqual({ value: undefined, done: true });
});
