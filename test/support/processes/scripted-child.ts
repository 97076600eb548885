/**
 * A child for one question, scripted by its parts: numbers are summed, "answer" completes the question. Others end it
 * in a way of their own.
 */
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { MaillardError } from "../../../src/errors.js";
import { answerOnce } from "../../../src/process/child-life.js";

export type Part =
  | { kind: "number"; value: number }
  | { kind: "answer" }
  /** Writes its pid to the file, and answers with it when the gate exists. */
  | { kind: "wait"; file: string; gate: string }
  /** Prints on both streams and is killed. */
  | { kind: "crash" }
  | { kind: "throw"; path: string }
  | { kind: "environment"; names: string[] };

let sum = 0;

answerOnce((part: Part) => {
  switch (part.kind) {
    case "number":
      sum += part.value;
      return null;
    case "answer":
      return () => sum;
    case "wait":
      return async () => {
        writeFileSync(part.file, String(process.pid));
        while (!existsSync(part.gate)) await delay(5);
        return process.pid;
      };
    case "crash":
      return async () => {
        process.stdout.write("on stdout\n");
        process.stderr.write("on stderr\n");
        await delay(50);
        process.kill(process.pid, "SIGKILL");
        await delay(10_000);
      };
    case "throw":
      return () => {
        throw new MaillardError("BAD_INPUT", `cannot read ${part.path}`, { param: "k", details: { k: 0 } });
      };
    case "environment":
      return () => part.names.map((name) => process.env[name] ?? null);
    default:
      throw part satisfies never;
  }
});
