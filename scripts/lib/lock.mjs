/**
 * One set-up at a time per checkout: .cache/setup.lock holds the process id of its holder. A lock whose process
 * has ended (kill -9), or that was not touched for 30 s, is taken over, so no manual clean-up is needed.
 */
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { SetupError, say } from "./report.mjs";

const STALE_MS = 30_000;
const TOUCH_MS = 5_000;

export async function withLock(root, action) {
  const folder = join(root, ".cache");
  const path = join(folder, "setup.lock");
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new SetupError(
      `The folder ${root} must be writable to install and build; it is not (${error.code}).\nChange its owner or ` +
        "permissions, or clone into a folder of your own.",
    );
  }
  let announced = false;
  while (!take(path, root)) {
    if (!announced) say("another set-up is at work in this folder; waiting for it");
    announced = true;
    await pause(250);
  }
  const touch = setInterval(() => utimesSync(path, new Date(), new Date()), TOUCH_MS);
  try {
    return await action();
  } finally {
    clearInterval(touch);
    rmSync(path, { force: true });
  }
}

function take(path, root) {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST")
      throw new SetupError(
        `The folder ${root} must be writable to install and build; it is not (${error.code}).\nChange its owner ` +
          "or permissions, or clone into a folder of your own.",
      );
  }
  try {
    const holder = Number(readFileSync(path, "utf8"));
    if (Date.now() - statSync(path).mtimeMs > STALE_MS || (holder > 0 && !isAlive(holder)))
      rmSync(path, { force: true });
  } catch {
    // Released between the two calls: the next round takes it.
  }
  return false;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
