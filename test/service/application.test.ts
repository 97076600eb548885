/** The application as the owner of its parts: what its child processes print reaches the operator's log. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createApplication } from "../../src/service/application.js";
import { createTestDatabase } from "../support/database.js";
import { FakeCompute } from "../support/fake-compute.js";

it("logs the last output of a process that has ended, with its name", async () => {
  const database = await createTestDatabase();
  const home = await mkdtemp(join(tmpdir(), "maillard-home-"));
  const logged: [string, Record<string, unknown>?][] = [];
  const log = { info: (...line: (typeof logged)[number]) => void logged.push(line), error: () => undefined };
  const application = await createApplication({
    home,
    databaseUrl: database.url,
    log,
    packageRoot: null,
    compute: new FakeCompute(),
  });
  onTestFinished(async () => {
    await application.close();
    await database.drop();
    await rm(home, { recursive: true });
  });
  const answers = {
    task: "REGRESSION" as const,
    labels: ["x"],
    outputs: Float32Array.of(1, 2),
    truth: Float32Array.of(1, 2),
    molecules: Int32Array.of(0, 1),
  };
  const before = process.env.NODE_DEBUG;
  // Node prints what it loads, in a process that starts with this variable.
  process.env.NODE_DEBUG = "module";
  try {
    await application.evaluations.report(answers, new Uint8Array(2));
  } finally {
    if (before === undefined) delete process.env.NODE_DEBUG;
    else process.env.NODE_DEBUG = before;
  }
  expect(logged).toEqual([
    [
      "A compute process has ended; its last output follows.",
      { process: "evaluation", output: expect.stringContaining("MODULE") },
    ],
  ]);
});
