/** What a process holds in memory is known on Linux, and a process with more than its limit is killed. */
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { ForkedProcess } from "../../src/process/forked-process.js";
import { MemoryWatch, residentBytes } from "../../src/process/memory-watch.js";
import { processScript } from "../support/child.js";
import type { FromEcho, ToEcho } from "../support/processes/echo-child.js";

const ENTRY = pathToFileURL(processScript("echo-child"));
const onLinux = it.runIf(process.platform === "linux");

onLinux("of this process: tens of megabytes; of none: nothing", () => {
  expect(residentBytes(process.pid)).toBeGreaterThan(20e6);
  expect(residentBytes(2 ** 22 + 1)).toBeNull();
});

onLinux("kills a process above its limit, and says so; one below it goes on", async () => {
  const children = [1, 2].map(() => new ForkedProcess<ToEcho, FromEcho>(ENTRY, { title: "maillard echo" }));
  const [above, below] = [new MemoryWatch(children[0], 1), new MemoryWatch(children[1], 4_096)];
  expect((await children[0].ended).reason).toBe("signal SIGKILL");
  expect([above.isExceeded, below.isExceeded, children[1].connected]).toEqual([true, false, true]);
  below.stop();
  await children[1].kill();
  expect(below.isExceeded).toBe(false);
});
