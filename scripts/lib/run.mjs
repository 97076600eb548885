/**
 * Runs a Node program to its end, keeping what it prints for the case that it fails. It does not outlive this process:
 * a signal ends it first, and after a kill -9 `endLeftOver` finds it through the file with its id.
 */
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * { code, output }: exit status (128 + n for a signal) and stdout and stderr as they came. `idFile` keeps the process
 * id.
 */
export function runNode(script, args, { cwd, env = process.env, idFile }) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    if (idFile && child.pid) writeFileSync(idFile, String(child.pid));
    const pass = (signal) => {
      child.once("close", () => process.exit(SIGNALS[signal]));
      child.kill(signal);
    };
    for (const signal of Object.keys(SIGNALS)) process.on(signal, pass);
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      for (const name of Object.keys(SIGNALS)) process.off(name, pass);
      if (idFile) rmSync(idFile, { force: true });
      resolve({ code: signal ? 128 : code, output });
    });
  });
}

/**
 * Ends the program that a killed set-up left running, if it still is that program (npm renames itself: a word of its
 * command line identifies it), and waits until it is gone.
 */
export async function endLeftOver(idFile, word) {
  let id;
  try {
    id = Number(readFileSync(idFile, "utf8"));
  } catch {
    return; // there is none
  }
  if (id > 0 && commandOf(id).includes(word)) {
    process.kill(id, "SIGKILL");
    while (commandOf(id) !== "") await pause(50);
  }
  rmSync(idFile, { force: true });
}

/** Command line of a process; empty when it has ended or this system cannot show it. */
function commandOf(id) {
  try {
    return readFileSync(`/proc/${id}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    // No such process, or no /proc.
  }
  try {
    return execFileSync("ps", ["-o", "args=", "-p", String(id)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return "";
  }
}

export const lastLines = (text, count) => text.trimEnd().split("\n").slice(-count).join("\n");
