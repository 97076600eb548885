/** Children are counted by kind: those that live, with their memory, and how the others ended. */
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { recorder } from "../../src/observe/recorder.js";
import { livingChildren } from "../../src/process/children.js";
import { ForkedProcess } from "../../src/process/forked-process.js";
import { processScript } from "../support/child.js";

const entry = pathToFileURL(processScript("echo-child"));
const ends = (kind: string, reason: string): number =>
  (recorder
    .samples()
    .find(({ name, labels }) => name === "maillard_process_ends_total" && labels[0] === kind && labels[1] === reason)
    ?.value as number | undefined) ?? 0;

it("as done, stopped or crashed", async () => {
  const start = () => new ForkedProcess<object, object>(entry, { title: "maillard counted" });
  const [stopped, crashed] = [start(), start()];
  const { count, resident } = livingChildren().get("counted") ?? {};
  expect(count).toBe(2);
  if (process.platform === "linux") expect(resident).toBeGreaterThan(2_000_000);
  process.kill(crashed.pid as number, "SIGKILL");
  await crashed.ended;
  expect(livingChildren().get("counted")?.count).toBe(1);
  await stopped.kill();
  expect(livingChildren().has("counted")).toBe(false);
  expect(["done", "stopped", "crashed"].map((reason) => ends("counted", reason))).toEqual([0, 1, 1]);
});
