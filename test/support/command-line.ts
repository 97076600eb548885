/** The command line in this process, with a terminal that stores what is written; or as a separate process. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { runCommandLine } from "../../src/cli/program.js";
import type { Terminal } from "../../src/cli/terminal.js";
import { LOADER, sourceModule } from "./child.js";

const ROOT = join(import.meta.dirname, "..", "..");

export interface KeptTerminal extends Terminal {
  /** Lines of the answer, and lines beside it. */
  readonly answer: string[];
  readonly beside: string[];
  /** Has the effect of Ctrl-C. */
  interrupt(): void;
}

export function keptTerminal(environment: Record<string, string> = {}): KeptTerminal {
  const answer: string[] = [];
  const beside: string[] = [];
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  return {
    answer,
    beside,
    environment,
    interactive: false,
    outInteractive: false,
    columns: 100,
    out: (line) => void answer.push(line),
    write: async (bytes) => answer.push(Buffer.from(bytes).toString().replace(/\n$/, "")) > 0,
    err: (line) => void beside.push(line),
    onInterrupt(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    interrupt: () => {
      for (const listener of listeners) listener("SIGINT");
    },
  };
}

export interface Finished {
  exitCode: number;
  /** All lines of the answer, and all beside it. */
  out: string;
  err: string;
}

/** Runs `maillard <args>` to its end. */
export async function maillard(
  url: string,
  args: readonly string[],
  environment: Record<string, string> = {},
  /** What a person answers to every question; by default nobody is there. */
  said: string | null = null,
): Promise<Finished> {
  const terminal = { ...keptTerminal({ MAILLARD_URL: url, ...environment }), ask: async () => said };
  const exitCode = await runCommandLine(args, terminal);
  return { exitCode, out: terminal.answer.join("\n"), err: terminal.beside.join("\n") };
}

/** `maillard <args>` as a process; its output goes to the returned `output`. */
export function spawnMaillard(args: readonly string[]): {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
} {
  const child = spawn(process.execPath, [...LOADER, sourceModule("cli/main"), ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  return { child, output: () => text, ended };
}
