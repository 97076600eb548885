/** A disk of a few MiB at a folder, for tests of a full one. */
import { execFileSync } from "node:child_process";

/** Returns the function that takes it away; null: this user may not mount one. */
export function mountDisk(folder: string, mebibytes: number): (() => void) | null {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return null;
  }
  return () => execFileSync("umount", ["--lazy", folder], { stdio: "ignore" });
}
