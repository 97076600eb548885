/** Runs a Node program to its end, keeping what it prints for the case that it fails. */
import { spawn } from "node:child_process";

/** { code, output }: exit status (128 + n for a signal) and stdout and stderr as they came. */
export function runNode(script, args, { cwd, env = process.env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code: signal ? 128 : code, output }));
  });
}

export const lastLines = (text, count) => text.trimEnd().split("\n").slice(-count).join("\n");
