/** Earlier names of options mean the same as the one name that the help shows. */
import { Command } from "commander";
import { expect, it } from "vitest";
import { alsoCalled } from "../../../src/cli/flags/alias.js";
import { wholeNumber } from "../../../src/cli/flags/options.js";
import { runCommandLine } from "../../../src/cli/program.js";
import { keptTerminal } from "../../support/command-line.js";

it("an alias is read as the option is, the last one given counts, and the default stays", async () => {
  const seen: unknown[] = [];
  const command = new Command("cut").exitOverride().requiredOption("-o, --out <n>", "where", wholeNumber(1));
  command.option("--target <set>", "what", "superclass").action((options) => void seen.push(options));
  alsoCalled(alsoCalled(command, "--output <n>", "out"), "-l, --labels <set>", "target");
  await command.parseAsync(["--output", "3"], { from: "user" });
  await command.parseAsync(["--output", "3", "--out", "4", "-l", "flavor"], { from: "user" });
  expect(seen).toEqual([
    { out: 3, target: "superclass" },
    { out: 4, target: "flavor" },
  ]);
  expect(command.helpInformation()).not.toMatch(/--output|--labels/);
  expect(() => alsoCalled(command, "--folder <n>", "folder")).toThrow("cut has no option folder.");
});

it.each([
  ["separation", "--target", "--labels"],
  ["project", "--target", "--color-by"],
  ["experiment", "--target", "--targets"],
  ["experiment", "--out", "--output"],
  ["demo", "--out", "--output"],
  ["pretrain", "--out", "--output"],
  ["pretrain", "--warmup-ratio", "--warmup "],
])("the help of %s shows %s and not %s", async (name, shown, hidden) => {
  const terminal = keptTerminal({});
  expect(await runCommandLine([name, "--help"], terminal)).toBe(0);
  const help = terminal.answer.join("\n");
  expect(help).toContain(`${shown} <`);
  expect(help).not.toContain(hidden.endsWith(" ") ? hidden : `${hidden} <`);
});
