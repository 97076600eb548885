/** Sends back what it gets, says how it runs when asked, and prints what it is given. Runs as long as its parent. */
import { readdirSync } from "node:fs";
import os from "node:os";
import { followParent, tell } from "../../../src/process/child-life.js";

export type ToEcho =
  | { kind: "echo"; value: unknown }
  | { kind: "state"; names: string[] }
  | { kind: "print"; stdout: string; stderr: string }
  | { kind: "exit"; code: number };

export type FromEcho =
  | { kind: "echo"; value: unknown }
  | { kind: "state"; title: string; environment: (string | null)[]; priorities: number[] };

followParent();
process.on("message", async (message: ToEcho) => {
  if (message.kind === "echo") await tell(message satisfies FromEcho);
  else if (message.kind === "state")
    await tell({
      kind: "state",
      title: process.title,
      environment: message.names.map((name) => process.env[name] ?? null),
      priorities: threads().map((id) => os.getPriority(id)),
    } satisfies FromEcho);
  else if (message.kind === "exit") process.exit(message.code);
  else {
    process.stdout.write(message.stdout);
    process.stderr.write(message.stderr);
  }
});

/** On Linux each thread has a priority of its own. */
const threads = (): number[] =>
  process.platform === "linux" ? readdirSync("/proc/self/task").map(Number) : [process.pid];
