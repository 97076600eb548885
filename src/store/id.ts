/**
 * Ids of rows: UUIDv7 (RFC 9562) in text. Ids of one process sort in the order in which they were made, also within one
 * millisecond: the 12 bits after the time count up from a random start, and borrow from the next millisecond when full.
 */
import { randomBytes } from "node:crypto";

let lastTime = 0;
let counter = 0;

export function newId(): string {
  const now = Date.now();
  const random = randomBytes(10);
  if (now > lastTime) {
    lastTime = now;
    // The upper bit is 0: at least 2,048 ids fit before the counter borrows.
    counter = random.readUInt16BE(8) & 0x7ff;
  } else if (++counter > 0xfff) {
    counter = 0;
    lastTime++;
  }
  const time = lastTime.toString(16).padStart(12, "0");
  const variant = ((random[0] & 0x3f) | 0x80).toString(16);
  const count = counter.toString(16).padStart(3, "0");
  const rest = random.toString("hex", 1, 8);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${variant}${rest.slice(0, 2)}-${rest.slice(2)}`;
}
