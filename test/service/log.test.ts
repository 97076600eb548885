/** Every line of the log is JSON, also a warning of Node; and many waiters on one signal make no warning. */
import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { LOADER, sourceModule } from "../support/child.js";
import { sharedChemistry } from "../support/machine/shared-chemistry.js";

it("writes a warning of Node as a line with its name and message", () => {
  const log = pathToFileURL(sourceModule("service/log")).href;
  const program = `
    const { logProcessWarnings } = await import(${JSON.stringify(log)});
    logProcessWarnings();
    process.emitWarning("careful", "TestWarning");
    const signal = new AbortController().signal;
    for (let count = 0; count < 11; count++) signal.addEventListener("abort", () => {});`;
  const argv = [...LOADER, "--input-type=module", "-e", program];
  const { stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  const lines = stderr.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: "warn", time: expect.any(String), warning: { name: "TestWarning", message: "careful" } },
    { level: "warn", warning: { name: "MaxListenersExceededWarning" } },
  ]);
});

it("has no warning for thirty questions of one operation", async () => {
  const warnings: Error[] = [];
  const keep = (warning: Error) => warnings.push(warning);
  process.on("warning", keep);
  const chemistry = await sharedChemistry();
  try {
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 30 }, () => chemistry.parse(["CCO"], signal)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  } finally {
    process.off("warning", keep);
    await chemistry.close();
  }
});
