/** `npm run figures` prints the numbers of the tree. The search for duplicates is left out: it is slow. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");

it("prints files, lines, long lines and the files in each folder", () => {
  const script = join(ROOT, "scripts", "figures.mjs");
  const output = execFileSync(process.execPath, [script, "--no-duplicates"], { encoding: "utf8" });
  for (const folder of ["src", "test", "bench", "scripts"])
    expect(output).toMatch(
      new RegExp(`^${folder} +\\d+ files +\\d+ lines, median \\d+, longest \\d+ \\(${folder}/.+\\)$`, "m"),
    );
  expect(output).toMatch(/^Lines over 120 columns: \d+$/m);
  const transport = readdirSync(join(ROOT, "src", "api", "transport")).filter((name) => name.endsWith(".ts")).length;
  expect(output).toMatch(new RegExp(`^ +${transport} src/api/transport$`, "m"));
  expect(output).not.toContain("generated");
});
