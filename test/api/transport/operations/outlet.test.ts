import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { Outlet } from "../../../../src/api/transport/operations/outlet.js";

/** A stream that counts what it is given at once, and takes it when `take` is called. */
function network() {
  const writes: number[] = [];
  const waiting: (() => void)[] = [];
  const stream = new Writable({
    writev(chunks, done) {
      writes.push(chunks.length);
      waiting.push(done);
    },
  });
  return { stream, writes, take: () => waiting.shift()?.() };
}
const turnOfLoop = () => new Promise((resolve) => setImmediate(resolve));

it("sends the events of one turn in one write, in their order", async () => {
  const { stream, writes, take } = network();
  const outlet = new Outlet(stream, () => stream.writableLength);
  const operation = {};
  for (let n = 0; n < 100; n++) await outlet.send(10, (done) => stream.write("0123456789", done), operation);
  await turnOfLoop();
  take();
  expect(writes).toEqual([100]);
});

it("holds 64 KiB for a client that does not read, and one event more", async () => {
  const { stream, take } = network();
  const outlet = new Outlet(stream, () => stream.writableLength);
  const event = Buffer.alloc(1_000);
  let sent = 0;
  const sending = (async () => {
    for (; sent < 1_000; sent++) await outlet.send(event.length, (done) => stream.write(event, done), outlet);
  })();
  for (let turns = 0; turns < 50; turns++) await turnOfLoop();
  const held = stream.writableLength;
  expect(held).toBeGreaterThan(60_000);
  expect(held).toBeLessThanOrEqual(65_536 + event.length);
  const taking = setInterval(take);
  await sending;
  clearInterval(taking);
  expect(sent).toBe(1_000);
});

it("says at the next event that the client has left", async () => {
  const { stream } = network();
  stream.on("error", () => undefined);
  const outlet = new Outlet(stream, () => stream.writableLength);
  await outlet.send(1, (done) => stream.write("1", done), outlet);
  stream.destroy(new Error("gone"));
  await turnOfLoop();
  await expect(outlet.send(1, (done) => stream.write("1", done), outlet)).rejects.toThrow("gone");
});
