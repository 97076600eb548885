/**
 * Loaded before the server (`node --import`): the longest time between two turns of its event loop, and the most
 * processor time that its main thread used between two turns. The first contains the time slices of other processes.
 * Answers { wallMs, processorMs } to the message "gaps" and begins anew.
 */
import { openSync, readSync } from "node:fs";

const EVERY_MS = 2;
const file = openSync("/proc/self/schedstat");
const buffer = Buffer.alloc(64);

/** Of the main thread, in ms. */
function processorTime() {
  const length = readSync(file, buffer, 0, buffer.length, 0);
  return Number(buffer.toString("latin1", 0, length).split(" ")[0]) / 1e6;
}

let [wall, processor] = [0, 0];
let [lastWall, lastProcessor] = [performance.now(), processorTime()];
setInterval(() => {
  const [now, used] = [performance.now(), processorTime()];
  wall = Math.max(wall, now - lastWall - EVERY_MS);
  processor = Math.max(processor, used - lastProcessor);
  [lastWall, lastProcessor] = [now, used];
}, EVERY_MS).unref();

process.on("message", (message) => {
  if (message !== "gaps") return;
  process.send?.({ wallMs: wall, processorMs: processor });
  [wall, processor] = [0, 0];
});
process.channel?.unref();
