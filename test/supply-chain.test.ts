/**
 * What is installed: exact versions from the registry with checksums, no install script that nobody looked at, licences
 * of the list, nothing of development in a release; and `npm run trim`, on packages made for the test. Nothing is
 * downloaded. `npm run check:release` and `npm run sbom` ask the registry, and are parts of .ci/run.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { marked, type Tokens } from "marked";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EXCEPTIONS, exceptionOf, isAllowed, notices, refused, shippedFolders } from "../scripts/lib/licences.mjs";
import { productionLock, productionManifest, productionPackages, productionPaths } from "../scripts/lib/production.mjs";

const ROOT = join(import.meta.dirname, "..");
const text = (name: string): string => readFileSync(join(ROOT, name), "utf8");

interface Entry {
  version?: string;
  resolved?: string;
  integrity?: string;
  hasInstallScript?: boolean;
  dev?: boolean;
}
interface Listed {
  path: string;
  name: string;
  version: string;
  license: string | null;
}

const lock = JSON.parse(text("package-lock.json")) as { packages: Record<string, Entry> };
const manifest = JSON.parse(text("package.json"));
const entries = Object.entries(lock.packages).filter(([path]) => path !== "");
const production: Listed[] = productionPackages(lock);

describe("every package", () => {
  it("comes from the npm registry, with a checksum", () => {
    expect(entries.length).toBeGreaterThan(800);
    const wrong = entries.filter(
      ([, { resolved, integrity }]) =>
        // No address: the registry that npm is set to.
        (resolved && !resolved.startsWith("https://registry.npmjs.org/")) || !integrity?.startsWith("sha512-"),
    );
    expect(wrong.map(([path]) => path)).toEqual([]);
  });

  it("that package.json names has an exact version", () => {
    const { dependencies, devDependencies, optionalDependencies, overrides } = manifest;
    const versions = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies, ...overrides });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version as string))).toEqual([]);
  });

  it("runs no code when it is installed, and each that would is a row of docs/supply-chain.md", () => {
    expect(text(".npmrc")).toMatch(/^ignore-scripts=true$/m);
    const [, section] = /<!-- install scripts: [^>]*-->([\s\S]*?)<!-- end of install scripts -->/.exec(
      text("docs/supply-chain.md"),
    )!;
    const [table] = marked.lexer(section.trim()) as Tokens.Table[];
    const rows = table.rows.map((cells) => cells.map((cell) => cell.text));
    expect(rows.filter(([, what, why]) => !what || !why)).toEqual([]);
    const scripted = entries
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path.split("node_modules/").at(-1));
    expect(rows.map(([name]) => name.replaceAll("`", ""))).toEqual([...new Set(scripted)].sort());
  });
});

describe("a release", () => {
  it("has what the server needs, and nothing that only Prisma's command line or the compiler needs", () => {
    const names = new Set(production.map(({ name }) => name));
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }))
      expect(names).toContain(name);
    for (const name of [
      "prisma",
      "typescript",
      "react-dom",
      "mysql2",
      "elkjs",
      "@electric-sql/pglite",
      "tsx",
      "vitest",
    ])
      expect(names).not.toContain(name);
    expect(production.filter(({ path }) => lock.packages[path].dev)).toEqual([]);
  });

  it("has every package that the program imports", () => {
    const sources = ["src", "docker", "bin"].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
        .map((name) => `${folder}/${name}`)
        .filter((name) => /\.(ts|mjs)$/.test(name)),
    );
    const values = /^(?:import|export) (?!type )(?:[^;"]*? from )?"([^"\n]+)"|\b(?:import|require)\("([^"\n]+)"\)/gm;
    const imported = sources.flatMap((file) =>
      [...text(file).matchAll(values)].map(([, fixed, lazy]) => fixed ?? lazy),
    );
    const names = new Set(
      imported
        .filter((name) => !/^(\.|node:)/.test(name))
        .map((name) => name.split("/", name[0] === "@" ? 2 : 1).join("/")),
    );
    for (const name of ["@prisma/client", "@rdkit/rdkit", "onnxruntime-node", "pg", "@resvg/resvg-js"])
      expect(names).toContain(name);
    expect([...names].filter((name) => !Object.hasOwn(manifest.dependencies, name))).toEqual([]);
  });

  it("follows packages as Node finds them: own node_modules first, no optional peers, no development", () => {
    const packages = {
      "": { dependencies: { a: "1" }, devDependencies: { tool: "1" }, optionalDependencies: { absent: "1", o: "1" } },
      "node_modules/a": {
        version: "1.0.0",
        dependencies: { b: "1" },
        peerDependencies: { p: "*", tool: "*" },
        peerDependenciesMeta: { tool: { optional: true } },
      },
      "node_modules/a/node_modules/b": { version: "1.0.0", dependencies: { c: "1" } },
      "node_modules/b": { version: "2.0.0" },
      "node_modules/c": { version: "1.0.0", dependencies: { a: "1" } },
      "node_modules/o": { version: "1.0.0", devOptional: true },
      "node_modules/p": { version: "1.0.0" },
      "node_modules/tool": { version: "1.0.0", devOptional: true, dependencies: { b: "2" } },
    };
    const expected = ["a", "a/node_modules/b", "c", "o", "p"].map((name) => `node_modules/${name}`);
    expect(productionPaths({ packages })).toEqual(expected);
    const reduced = productionLock({ packages }, productionManifest({ name: "m", devDependencies: { tool: "1" } }));
    expect(Object.keys(reduced.packages)).toEqual(["", ...expected]);
    expect(reduced.packages["node_modules/o"]).toEqual({ version: "1.0.0" });
    expect(JSON.stringify(reduced)).not.toContain('"tool":"1"');
  });
});

describe("licences", () => {
  it("of a release are of the list, or excepted with a reason that is used", () => {
    expect(refused(production)).toEqual([]);
    const decision = text("docs/adr/0011-licences.md");
    for (const exception of EXCEPTIONS) {
      const users = production.filter((entry) => exceptionOf(entry) === exception);
      expect(users.length).toBeGreaterThan(0);
      expect(decision).toContain(users[0].name);
      expect(decision).toContain(exception.license);
    }
  });

  it.each([
    ["MIT", true],
    ["(MIT OR GPL-3.0)", true],
    ["(MIT AND BSD-3-Clause)", true],
    ["(MIT AND GPL-3.0)", false],
    ["GPL-3.0", false],
    ["EPL-2.0", false],
    ["SEE LICENSE IN LICENSE.txt", false],
    [null, false],
  ])("%s: allowed is %s", (license, allowed) => {
    expect(isAllowed(license)).toBe(allowed);
    expect(refused([{ name: "other", version: "1.0.0", license }])).toHaveLength(allowed ? 0 : 1);
  });

  it("an exception holds for its package and its licence alone", () => {
    expect(exceptionOf({ name: "@resvg/resvg-js-linux-x64-gnu", license: "MPL-2.0" })).not.toBeNull();
    expect(exceptionOf({ name: "@resvg/resvg-js", license: "GPL-3.0" })).toBeNull();
    expect(exceptionOf({ name: "another", license: "MPL-2.0" })).toBeNull();
  });

  it("THIRD-PARTY-NOTICES.md is current: npm run generate", () => {
    expect(text("THIRD-PARTY-NOTICES.md")).toBe(notices(lock));
  });

  it("of every model and sample that ships are in the notices, and in its own page", () => {
    const folders = readdirSync(join(ROOT, "models")).map((name) => `models/${name}`);
    expect(shippedFolders.map(({ folder }: { folder: string }) => folder).sort()).toEqual(
      [...folders, "samples"].sort(),
    );
    for (const { folder, license } of shippedFolders) expect(text(`${folder}/README.md`)).toContain(license);
  });
});

describe("npm run trim", () => {
  let root: string;
  const OTHER = process.platform === "linux" ? "darwin" : "linux";
  const binary = (platform: string, arch: string) =>
    `node_modules/onnxruntime-node/bin/napi-v6/${platform}/${arch}/onnxruntime_binding.node`;
  const compiler = (name: string) => `node_modules/@prisma/client/runtime/query_compiler_${name}.mjs`;
  const write = (path: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), "{}");
  };
  const trim = () =>
    execFileSync(process.execPath, [join(root, "scripts", "trim.mjs")], { encoding: "utf8", stdio: "pipe" });
  const has = (path: string) => existsSync(join(root, path));

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "maillard-trim-"));
    cpSync(join(ROOT, "scripts"), join(root, "scripts"), { recursive: true });
    for (const name of [
      "onnxruntime-node",
      "@prisma/client",
      "indigo-ketcher",
      "onnx-proto",
      "onnx-proto/node_modules/protobufjs",
    ])
      write(`node_modules/${name}/package.json`);
    for (const arch of [process.arch, "other"]) write(binary(process.platform, arch));
    write(binary(OTHER, process.arch));
    for (const name of ["postgresql", "mysql"]) write(compiler(`fast_bg.${name}`));
    write("node_modules/onnx-proto/node_modules/protobufjs/minimal.js");
    write("node_modules/onnx-proto/node_modules/protobufjs/cli/index.js");
    for (const name of ["norender.js", "1.0.0.wasm"]) write(`node_modules/indigo-ketcher/indigo-ketcher-${name}`);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("keeps what this machine loads and removes the rest; a second time changes nothing", () => {
    trim();
    trim();
    expect(has(binary(process.platform, process.arch))).toBe(true);
    expect(has(binary(process.platform, "other"))).toBe(false);
    expect(has(`node_modules/onnxruntime-node/bin/napi-v6/${OTHER}`)).toBe(false);
    expect([has(compiler("fast_bg.postgresql")), has(compiler("fast_bg.mysql"))]).toEqual([true, false]);
    const indigo = (name: string) => has(`node_modules/indigo-ketcher/indigo-ketcher-${name}`);
    expect([indigo("norender.js"), indigo("1.0.0.wasm")]).toEqual([true, false]);
    expect(has("node_modules/onnx-proto/node_modules/protobufjs/minimal.js")).toBe(true);
    expect(has("node_modules/onnx-proto/node_modules/protobufjs/cli")).toBe(false);
  });

  it("removes nothing where this machine's own part is missing", () => {
    rmSync(join(root, binary(process.platform, process.arch)));
    expect(trim).toThrow(/nothing was removed/);
    expect([has(binary(OTHER, process.arch)), has(compiler("fast_bg.mysql"))]).toEqual([true, true]);
  });

  it("removes nothing before the packages are installed", () => {
    rmSync(join(root, "node_modules/@prisma"), { recursive: true });
    expect(trim).toThrow(/@prisma\/client is not installed/);
    expect(has(binary(OTHER, process.arch))).toBe(true);
  });

  it("is about files that the installed packages have", () => {
    for (const path of [
      binary(process.platform, process.arch),
      compiler("fast_bg.postgresql"),
      compiler("fast_bg.mysql"),
      "node_modules/indigo-ketcher/indigo-ketcher-norender.js",
    ])
      expect(existsSync(join(ROOT, path)), path).toBe(true);
  });
});
