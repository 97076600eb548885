/**
 * Files that rows point to: models and checkpoints, under <home>/artifacts.
 *   - a row holds a path relative to it ("models/<id>"), or to the package ("package:models/base"), never an absolute
 *     one: so a home can be moved
 *   - a path that leads out of both is refused
 *   - a file is written completely or not at all: to a temporary file, synced, renamed
 */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, normalize, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { MaillardError, systemFault } from "../errors.js";
import { syncFolder } from "../model/checkpoint/files.js";

export const PACKAGE_ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PACKAGE = "package:";

export class ArtifactStore {
  /** `root`: absolute folder, made when first needed. */
  constructor(
    readonly root: string,
    private readonly packageRoot = PACKAGE_ROOT,
  ) {}

  /** Absolute path of an artifact. */
  path(artifact: string): string {
    const shipped = artifact.startsWith(PACKAGE);
    const inside = shipped ? artifact.slice(PACKAGE.length) : artifact;
    const way = normalize(inside);
    const leaves = way === ".." || way.startsWith(`..${sep}`) || /^([/\\]|[A-Za-z]:)/.test(inside);
    if (inside === "" || way === "." || leaves || inside.includes("\0")) {
      throw new MaillardError(
        "BAD_INPUT",
        `${JSON.stringify(artifact.slice(0, 100))} is not the path of an artifact: ` +
          "it must lead inside the artifact store.",
        {
          param: "artifact",
        },
      );
    }
    return join(shipped ? this.packageRoot : this.root, way);
  }

  /** The artifact of an absolute path inside the store. */
  artifactOf(path: string): string {
    const artifact = relative(this.root, path).split(sep).join("/");
    this.path(artifact);
    return artifact;
  }

  /** DISK_FULL: nothing is left of it. */
  async write(artifact: string, content: string | Uint8Array): Promise<void> {
    const target = this.writable(artifact);
    const temporary = `${target}.${randomBytes(6).toString("hex")}.tmp`;
    try {
      await mkdir(dirname(target), { recursive: true });
      const file = await open(temporary, "wx");
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw systemFault(error) ?? error;
    }
    await syncFolder(dirname(target));
  }

  /** Removes a file or folder, if it exists. */
  async remove(artifact: string): Promise<void> {
    await rm(this.writable(artifact), { recursive: true, force: true });
  }

  /** sha256 of a file; of a folder, over one line "<sha256>  <path>" per file, in the order of the paths. */
  async sha256(artifact: string): Promise<string> {
    const path = this.path(artifact);
    if ((await stat(path)).isFile()) return sha256(path);
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(path, join(entry.parentPath ?? entry.path, entry.name)));
    const hash = createHash("sha256");
    for (const file of files.map((name) => name.split(sep).join("/")).sort())
      hash.update(`${await sha256(join(path, file))}  ${file}\n`);
    return hash.digest("hex");
  }

  private writable(artifact: string): string {
    const path = this.path(artifact);
    if (!artifact.startsWith(PACKAGE)) return path;
    throw new MaillardError("BAD_INPUT", `${artifact} belongs to the package and is not changed.`, {
      param: "artifact",
    });
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
