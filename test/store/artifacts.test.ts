import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ArtifactStore, PACKAGE_ROOT } from "../../src/store/artifacts.js";

let root: string;
let artifacts: ArtifactStore;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "maillard-artifacts-"));
  artifacts = new ArtifactStore(join(root, "artifacts"));
});
afterEach(() => rm(root, { recursive: true }));

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("an artifact's path", () => {
  it("leads inside the store, or inside the package", () => {
    expect(artifacts.path("models/x")).toBe(join(root, "artifacts", "models", "x"));
    expect(artifacts.path("package:models/base")).toBe(join(PACKAGE_ROOT, "models", "base"));
    expect(artifacts.artifactOf(join(root, "artifacts", "runs", "1", "step-2"))).toBe("runs/1/step-2");
  });

  it.each([
    "",
    ".",
    "..",
    "../x",
    "a/../../x",
    "/etc/passwd",
    "C:\\x",
    "\\\\host\\x",
    "a\0b",
    "package:",
    "package:../x",
    "package:/etc",
  ])("%j is refused", (path) => {
    expect(() => artifacts.path(path)).toThrow(expect.objectContaining({ code: "BAD_INPUT" }));
  });

  it("outside the store is not an artifact", () => {
    expect(() => artifacts.artifactOf(join(root, "elsewhere"))).toThrow(expect.objectContaining({ code: "BAD_INPUT" }));
  });
});

describe("an artifact", () => {
  it("is replaced whole, with nothing temporary left", async () => {
    await artifacts.write("a/b.txt", "one");
    await artifacts.write("a/b.txt", "two");
    expect(await readFile(artifacts.path("a/b.txt"), "utf8")).toBe("two");
    expect(await readdir(artifacts.path("a"))).toEqual(["b.txt"]);
  });

  it("that cannot be written leaves the old one and nothing temporary", async () => {
    await artifacts.write("a/b.txt", "one");
    await expect(artifacts.write("a/b.txt/c", "two")).rejects.toThrow();
    await expect(artifacts.write("a", "two")).rejects.toThrow();
    expect(await readFile(artifacts.path("a/b.txt"), "utf8")).toBe("one");
    expect(await readdir(join(root, "artifacts"))).toEqual(["a"]);
  });

  it("has a sha256, a file by its bytes and a folder by its files", async () => {
    await artifacts.write("m/b.txt", "two");
    await artifacts.write("m/a/c.txt", "three");
    expect(await artifacts.sha256("m/b.txt")).toBe(sha256("two"));
    expect(await artifacts.sha256("m")).toBe(sha256(`${sha256("three")}  a/c.txt\n${sha256("two")}  b.txt\n`));
    await writeFile(artifacts.path("m/b.txt"), "tw0");
    expect(await artifacts.sha256("m")).not.toBe(sha256(`${sha256("three")}  a/c.txt\n${sha256("two")}  b.txt\n`));
  });

  it("is removed, twice too; a link in it is not followed", async () => {
    await writeFile(join(root, "outside"), "kept");
    await artifacts.write("a/b", "x");
    await symlink(join(root, "outside"), artifacts.path("a/link"));
    await artifacts.remove("a");
    await artifacts.remove("a");
    expect(await readFile(join(root, "outside"), "utf8")).toBe("kept");
  });

  it("of the package is never changed", async () => {
    await expect(artifacts.write("package:models/base/x", "")).rejects.toMatchObject({ code: "BAD_INPUT" });
    await expect(artifacts.remove("package:models/base")).rejects.toMatchObject({ code: "BAD_INPUT" });
  });
});
