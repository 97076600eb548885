/** packages/client as a file that npm installs. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { npmEnvironment, npmProgram } from "./install.mjs";

/** Path of the file. */
export function packClient(root, folder) {
  const client = join(root, "packages", "client");
  const node = (args) =>
    execFileSync(process.execPath, args, {
      cwd: client,
      env: npmEnvironment(),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
  rmSync(join(client, "dist"), { recursive: true, force: true });
  node([join(root, "node_modules", "typescript", "bin", "tsc"), "-p", client]);
  const [{ filename }] = JSON.parse(node([npmProgram(), "pack", "--json", "--pack-destination", folder]));
  return join(folder, filename);
}
