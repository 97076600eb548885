/**
 * `maillard demo` (npm run demo): all steps on the sample in under three minutes, by a client of the API.
 * A server that answers is used; else one is started in this process on a free port and closed at the end.
 * Ctrl-C cancels the run that was started and exits with code 130.
 */
import { resolve } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { EXIT } from "../failure.js";
import { alsoCalled } from "../flags/alias.js";
import { parseOption } from "../flags/training/option-flags.js";
import { Session } from "../session.js";

export function register(program: Command, session: Session): void {
  const command = program
    .command("demo")
    .description("embed, finetune, test and draw on the sample: figures in under three minutes")
    .option("-o, --out <folder>", "receives pca-before.svg, curves.svg and pca-after.svg", "demo")
    .addOption(new Option("--epochs <n>").argParser(parseOption("epochs")).hideHelp())
    .addOption(new Option("--base <model>").default("base").hideHelp())
    .addOption(new Option("--dataset <name>").default("sample").hideHelp())
    .addOption(new Option("--target <label set>").default("superclass").hideHelp())
    .action(async (options: { out: string; epochs?: number; base: string; dataset: string; target: string }) => {
      const { reachServer } = await import("../demo/server.js");
      const { tellStory } = await import("../demo/story.js");
      const stop = new AbortController();
      const release = session.terminal.onInterrupt(() => stop.abort());
      try {
        const server = await reachServer(session);
        const own = new Session(session.terminal, () => server.url);
        try {
          if (!stop.signal.aborted) await tellStory(own, { ...options, output: resolve(options.out) }, stop.signal);
          session.exitCode = own.exitCode;
        } catch (error) {
          if (!stop.signal.aborted) throw error;
        } finally {
          await server.close();
        }
        if (stop.signal.aborted) session.exitCode = EXIT.interrupted;
      } finally {
        release();
      }
    });
  alsoCalled(command, "--output <folder>", "out");
}
