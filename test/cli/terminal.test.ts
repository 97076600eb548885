/** The terminal of a process: what happens when the one who read its output has gone. */
import { expect, it } from "vitest";
import { spawnMaillard } from "../support/command-line.js";

it("a command whose output nobody reads any more goes on to its end", async () => {
  const { child, ended } = spawnMaillard(["--help"]);
  child.stdout?.destroy();
  child.stderr?.destroy();
  expect(await ended).toBe(0);
});
