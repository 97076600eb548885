/** Flags of `maillard finetune` against the table of options: each row has its flag, default and bounds. */
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { register } from "../../../src/cli/commands/finetune.js";
import { Session } from "../../../src/cli/session.js";
import {
  constantName,
  OPTIONS,
  type OptionPart,
  rowOf,
  ruleOf,
  SERVICE_OPTIONS,
  serviceView,
  type View,
  withinInt,
} from "../../../src/train/options/table.js";
import { keptTerminal, maillard } from "../../support/command-line.js";
import { inside, outside } from "../../train/options/option-values.js";

const program = new Command();
register(program, new Session(keptTerminal(), () => "http://127.0.0.1:9/graphql"));
const [finetune] = program.commands;
const help = finetune.helpInformation().replace(/\s+/g, " ");

/** As it is typed: attention-output,query. */
const typed = (value: unknown): string =>
  [value]
    .flat()
    .map((item) => (typeof item === "string" ? constantName(item).toLowerCase().replaceAll("_", "-") : String(item)))
    .join(",");
const sent = (view: View, value: unknown): unknown =>
  view.type === "enum" || view.type === "list" ? JSON.parse(constantName(JSON.stringify(value))) : value;

function expectFlag(flag: string, view: View, initial: string | null): void {
  const option = finetune.options.find(({ flags }) => flags === flag);
  if (!option) throw new Error(`There is no flag ${flag}.`);
  expect(help).toContain(flag);
  if (initial !== null) expect(option.description).toContain(`(default: ${initial}`);
  if (view.type === "boolean") return;
  const parse = (text: string): unknown => option.parseArg?.(text, undefined);
  const limits = withinInt({ ...view, nullable: false });
  for (const value of inside(limits)) if (view.type !== "text") expect(parse(typed(value))).toEqual(sent(view, value));
  // Any text is a name: the server checks it.
  if (view.type === "text") return;
  const rule = view.type === "enum" || view.type === "list" ? / of / : ruleOf(limits);
  for (const value of outside(limits)) expect(() => parse(typed(value)), typed(value)).toThrow(rule);
  expect(() => parse("many")).toThrow(rule);
}

describe("a flag of finetune", () => {
  const flagged = SERVICE_OPTIONS.filter((name) => rowOf(name).flag !== null);
  it.each(flagged)("of %s has the default and the bounds of its row", (name) => {
    const view = serviceView(name);
    const none = /^`/.test(String(view.nullMeans)) ? "--" : String(view.nullMeans);
    expectFlag(
      rowOf(name).flag as string,
      view,
      view.type === "boolean"
        ? null
        : view.default === null
          ? none
          : `${rowOf(name).byRecipe ? "the recipe's; of published " : ""}${typed(view.default)}`,
    );
  });

  it.each(Object.entries<OptionPart>(OPTIONS.lora.engine.parts))("of lora, %s, has them too", (name, part) => {
    expectFlag(part.flag, part, name === "rank" ? OPTIONS.lora.engine.nullMeans : typed(part.default));
  });

  it("is there for every option that the service has", () => {
    expect(SERVICE_OPTIONS.filter((name) => rowOf(name).flag === null)).toEqual(["lora"]);
  });

  it.each(["--dropout", "--warmup-ratio", "--adam-beta1", "--label-smoothing-factor"])(
    "%s 1 is refused with the engine's rule, before a request is sent",
    async (flag) => {
      const { exitCode, err } = await maillard("http://127.0.0.1:9/graphql", ["finetune", "-t", "x", flag, "1"]);
      expect(exitCode).toBe(1);
      expect(err).toContain("Give a number of at least 0 and below 1.");
    },
  );
});
