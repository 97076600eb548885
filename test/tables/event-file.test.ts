/** Event files have the bytes that TensorBoard's own writer makes: bench/reference/event_file.py. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { crc32c, eventFileHead, eventFileName, eventRecord } from "../../src/tables/event-file.js";

interface Reference {
  head: { at: number; record: string };
  scalars: { tag: string; step: number; value: number; at: number; record: string }[];
}
const reference = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../bench/reference/event_file.json"), "utf8"),
) as Reference;

it("has TensorBoard's records", () => {
  expect(eventFileHead(new Date(reference.head.at)).toString("hex")).toBe(reference.head.record);
  expect(reference.scalars).toHaveLength(3);
  for (const { record, at, ...scalar } of reference.scalars)
    expect(eventRecord({ ...scalar, at: new Date(at) }).toString("hex")).toBe(record);
});

it("has the checksum of RFC 3720 and a name that TensorBoard looks for", () => {
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  expect(eventFileName(new Date(1764550000123), "host")).toBe("events.out.tfevents.1764550000.host");
});
