/**
 * The commands of a fresh clone, run as a user runs them, in a small checkout of their own: the real scripts and npm,
 * the real compiler behind a switch that makes it hang, and a replacement for `prisma generate`. Nothing is downloaded:
 * every package is a folder.
 */
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), "..");
const PROGRAM = `
process.on("SIGTERM", () => process.exit(42));
console.log(JSON.stringify(process.argv.slice(2)));
if (process.argv.includes("fail")) process.exitCode = 7;
if (process.argv.includes("serve")) setInterval(() => {}, 1000);
export {};
`;
/** Hangs in the middle of a build when a certain file exists; else runs the real compiler. */
const COMPILER = `
const fs = require("node:fs");
if (fs.existsSync("hang")) {
  const out = process.argv[process.argv.indexOf("--outDir") + 1];
  fs.mkdirSync(out, { recursive: true });
  fs.writeFileSync(out + "/half.js", "half");
  // Written as a whole: half a number would be another process's id, and 0 is our own group.
  fs.writeFileSync("hanging-soon", String(process.pid));
  fs.renameSync("hanging-soon", "hanging");
  setInterval(() => {}, 1000);
} else import(${JSON.stringify(join(REPOSITORY, "node_modules/typescript/bin/tsc"))});
`;
const GENERATOR = `
const fs = require("node:fs");
fs.mkdirSync("src/store/generated", { recursive: true });
fs.writeFileSync("src/store/generated/client.ts", "export const client = 1;\\n");
`;

let root: string;
const at = (...path: string[]) => join(root, ...path);
const write = (path: string, text: string) => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
};

function packages(names: string[]): void {
  const dependencies = Object.fromEntries(names.map((name) => [name, `file:vendor/${name}`]));
  const manifest = { name: "fixture", version: "1.0.0", type: "module", dependencies };
  write("package.json", JSON.stringify({ ...manifest, bin: { maillard: "bin/maillard.mjs" } }));
  const entries: Record<string, unknown> = { "": manifest };
  for (const name of names) {
    entries[`node_modules/${name}`] = { resolved: `vendor/${name}`, link: true };
    entries[`vendor/${name}`] = { version: "1.0.0" };
    write(`vendor/${name}/package.json`, JSON.stringify({ name, version: "1.0.0" }));
  }
  write(
    "package-lock.json",
    JSON.stringify({ name: "fixture", version: "1.0.0", lockfileVersion: 3, requires: true, packages: entries }),
  );
}

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

function begin(
  script: string,
  args: string[],
  options: { uid?: number; execArgv?: string[] } = {},
): { child: ChildProcess; outcome: Promise<Outcome> } {
  const child = spawn(process.execPath, [...(options.execArgv ?? []), at(script), ...args], {
    cwd: tmpdir(),
    uid: options.uid,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, npm_config_cache: at("npm-cache"), npm_config_offline: "true" },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout!.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr!.on("data", (chunk) => {
    stderr += chunk;
  });
  const outcome = new Promise<Outcome>((done, reject) => {
    child.on("error", reject);
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
  return { child, outcome };
}
const run = (script: string, ...args: string[]) => begin(script, args).outcome;

/** Resolves when the file is there. */
const appears = (name: string) =>
  new Promise<void>((done) => {
    const watcher = watch(root, () => {
      if (!existsSync(at(name))) return;
      watcher.close();
      done();
    });
    if (existsSync(at(name))) {
      watcher.close();
      done();
    }
  });

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "maillard-scripts-"));
  for (const folder of ["scripts", "bin"]) cpSync(join(REPOSITORY, folder), at(folder), { recursive: true });
  write(
    "tsconfig.json",
    JSON.stringify({
      compilerOptions: {
        target: "ES2023",
        module: "NodeNext",
        rootDir: "src",
        outDir: "dist",
        types: [],
        lib: ["ES2023", "DOM"],
        strict: false,
        noEmitOnError: true,
      },
      include: ["src"],
    }),
  );
  write("prisma/schema.prisma", "// rows\n");
  write("src/cli/main.ts", `declare const process: any;\n${PROGRAM}`);
  write("src/store/query.sql", "SELECT 1;\n");
  packages(["typescript", "prisma"]);
  write("vendor/typescript/bin/tsc", COMPILER);
  write("vendor/prisma/build/index.js", GENERATOR);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("npx maillard", () => {
  it("in a fresh clone installs, generates, compiles and runs; its messages stay out of stdout", async () => {
    const { code, stdout, stderr } = await run("bin/maillard.mjs", "predict", "CCO");
    expect(stderr).toMatch(/installed packages.*\n.*\n.*generated the database client.*\n.*\n.*compiled/);
    expect(stdout).toBe('["predict","CCO"]\n');
    expect(code).toBe(0);
    expect(readFileSync(at("dist/store/query.sql"), "utf8")).toBe("SELECT 1;\n");
    expect(existsSync(at("dist/store/generated/client.js"))).toBe(true);
  });

  it("the second time says nothing, and keeps the program's exit code", async () => {
    expect(await run("bin/maillard.mjs", "fail")).toEqual({ code: 7, stdout: '["fail"]\n', stderr: "" });
  });

  it("compiles again when the content of a source changed, not when its time did", async () => {
    utimesSync(at("src/cli/main.ts"), new Date(), new Date());
    expect((await run("scripts/build.mjs")).stderr).toBe("");
    write("src/extra.ts", "export const extra = 1;\n");
    expect((await run("scripts/build.mjs")).stderr).toContain("compiled");
    expect(existsSync(at("dist/extra.js"))).toBe(true);
    rmSync(at("src/extra.ts"));
    expect((await run("scripts/build.mjs")).stderr).toContain("compiled");
    expect(existsSync(at("dist/extra.js"))).toBe(false);
  });

  it("started twice at once compiles once", async () => {
    write("src/extra.ts", "export const extra = 2;\n");
    const [a, b] = await Promise.all([run("bin/maillard.mjs", "a"), run("bin/maillard.mjs", "b")]);
    expect([a.stdout, b.stdout]).toEqual(['["a"]\n', '["b"]\n']);
    expect(`${a.stderr}${b.stderr}`.match(/compiled/g)).toHaveLength(1);
  });
});

describe("npm start", () => {
  it("serves in its own process: signals reach the program, and its exit code comes back", async () => {
    const { child, outcome } = begin("scripts/start.mjs", ["--port", "4001"]);
    await new Promise((ready) => child.stdout!.once("data", ready));
    child.kill("SIGTERM");
    expect(await outcome).toEqual({ code: 42, stdout: '["serve","--port","4001"]\n', stderr: "" });
  });
});

describe("an interruption", () => {
  it("by kill -9 during a build leaves the last build whole, and the next start repairs the rest", async () => {
    const before = readFileSync(at("dist/.build-hash"), "utf8");
    write("src/extra.ts", "export const extra = 3;\n");
    write("hang", "");
    const { child, outcome } = begin("scripts/build.mjs", []);
    await appears("hanging");
    child.kill("SIGKILL");
    process.kill(Number(readFileSync(at("hanging"), "utf8")), "SIGKILL");
    await outcome;
    for (const name of ["hang", "hanging"]) rmSync(at(name));
    expect(readFileSync(at("dist/.build-hash"), "utf8")).toBe(before);
    expect(existsSync(at(".cache/setup.lock"))).toBe(true);

    const { code, stderr } = await run("scripts/build.mjs");
    expect(code).toBe(0);
    expect(stderr).toContain("compiled");
    expect(readFileSync(at("dist/extra.js"), "utf8")).toContain("extra = 3");
    expect(existsSync(at("dist/half.js"))).toBe(false);
    expect(existsSync(at(".cache/setup.lock"))).toBe(false);
    expect(readdirSync(root).filter((name) => name.startsWith(".dist-"))).toEqual([]);
  });

  it("between the two renames, when dist/ is gone, is repaired too", async () => {
    rmSync(at("dist"), { recursive: true });
    expect((await run("bin/maillard.mjs", "x")).stdout).toBe('["x"]\n');
  });

  it("of an install is noticed: a missing package is installed again", async () => {
    rmSync(at("node_modules/prisma"));
    const { code, stderr } = await run("scripts/build.mjs");
    expect(stderr).toContain("installed packages");
    expect(code).toBe(0);
    expect(existsSync(at("node_modules/prisma/package.json"))).toBe(true);
  });

  it.skipIf(process.platform === "win32")(
    "by kill -9 in mid-install leaves an npm at work: the next start ends it, and nothing but it",
    async () => {
      const sleep = (title: string) =>
        spawn(process.execPath, ["-e", `process.title = "${title}"; console.log(1); setInterval(() => {}, 1000)`], {
          stdio: ["ignore", "pipe", "ignore"],
        });
      for (const [title, ended] of [
        ["npm ci", true],
        ["somebody", false],
      ] as const) {
        const left = sleep(title);
        const gone = new Promise<boolean>((done) => left.once("exit", () => done(true)));
        await new Promise((ready) => left.stdout.once("data", ready));
        write(".cache/npm-process", String(left.pid));
        rmSync(at("node_modules/prisma"));
        expect((await run("scripts/build.mjs")).stderr).toContain("installed packages");
        expect(left.exitCode !== null || left.signalCode !== null || (ended && (await gone))).toBe(ended);
        expect(existsSync(at(".cache/npm-process"))).toBe(false);
        left.kill("SIGKILL");
      }
    },
  );

  it("by SIGTERM during a build ends the compiler too", async () => {
    write("src/extra.ts", "export const extra = 5;\n");
    write("hang", "");
    const { child, outcome } = begin("scripts/build.mjs", []);
    await appears("hanging");
    const compiler = Number(readFileSync(at("hanging"), "utf8"));
    child.kill("SIGTERM");
    expect((await outcome).code).toBe(143);
    expect(() => process.kill(compiler, 0)).toThrow("ESRCH");
    for (const name of ["hang", "hanging"]) rmSync(at(name));
    expect((await run("scripts/build.mjs")).code).toBe(0);
  });
});

describe("packages", () => {
  it("are installed again when package-lock.json names others", async () => {
    packages(["typescript", "prisma", "another"]);
    expect((await run("scripts/build.mjs")).stderr).toContain("installed packages");
    expect(existsSync(at("node_modules/another/package.json"))).toBe(true);
  });

  it("that the user installed with npm are accepted as they are", async () => {
    rmSync(at("node_modules/.maillard-lock"));
    const before = statSync(at("node_modules/.package-lock.json")).mtimeMs;
    expect((await run("scripts/build.mjs")).stderr).toBe("");
    expect(statSync(at("node_modules/.package-lock.json")).mtimeMs).toBe(before);
    expect(existsSync(at("node_modules/.maillard-lock"))).toBe(true);
  });

  it("that cannot be installed end with npm's message and exit code 1", async () => {
    const lock = readFileSync(at("package-lock.json"), "utf8");
    write("package-lock.json", lock.replace("{", '{"x":1,').replaceAll("vendor/another", "vendor/absent"));
    const { code, stdout, stderr } = await run("bin/maillard.mjs", "x");
    write("package-lock.json", lock);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain("npm ci failed");
    expect(stderr).toContain("run the same command again");
    expect((await run("scripts/build.mjs")).code).toBe(0);
  });
});

describe("npm run release", () => {
  const made = () => at("made");
  beforeAll(() => {
    for (const path of ["docker/entrypoint.sh", "docker/probe-database.mjs", "models/m", "samples/s", ".npmrc"])
      write(path, "");
    for (const path of ["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "THIRD-PARTY-NOTICES.md"])
      write(path, "");
    write("prisma/migrations/1/migration.sql", "");
  });

  it("makes a folder without sources, whose program runs as it is: it installs and builds nothing", async () => {
    for (const time of ["first", "second"]) {
      const { code, stderr } = await run("scripts/release.mjs", made());
      expect([time, code]).toEqual([time, 0]);
      expect(stderr).toContain("made ");
    }
    expect(readdirSync(made())).not.toContain("src");
    expect(JSON.parse(readFileSync(at("made/package-lock.json"), "utf8")).packages[""].devDependencies).toBeUndefined();
    expect(await run("made/bin/maillard.mjs", "fail")).toEqual({ code: 7, stdout: '["fail"]\n', stderr: "" });
    expect(readdirSync(made())).not.toContain("node_modules");
  });

  it("says what to do while its packages are not installed", async () => {
    write("made/dist/cli/main.js", 'import "commander";\n');
    const { code, stderr } = await run("made/bin/maillard.mjs", "serve");
    expect(code).toBe(1);
    expect(stderr).toMatch(/commander.*\n.*run `npm ci` in .*made/);
  });

  it("replaces no folder that is none of a release", async () => {
    write("mine/thesis.txt", "text");
    const { code, stderr } = await run("scripts/release.mjs", at("mine"));
    expect(code).toBe(1);
    expect(stderr).toContain("name a folder that is empty or absent");
    expect((await run("scripts/release.mjs", root)).code).toBe(1);
    expect([existsSync(at("mine/thesis.txt")), existsSync(at("src"))]).toEqual([true, true]);
  });
});

describe("an error message has", () => {
  it("a type error: the compiler's line, exit code 1, and the last build stays", async () => {
    const before = readFileSync(at("dist/.build-hash"), "utf8");
    write("src/extra.ts", 'export const extra: number = "text";\n');
    const { code, stderr } = await run("bin/maillard.mjs", "x");
    expect(code).toBe(1);
    expect(stderr).toContain("src/extra.ts(1,14): error TS2322");
    expect(readFileSync(at("dist/.build-hash"), "utf8")).toBe(before);
    write("src/extra.ts", "export const extra = 3;\n");
  });

  it("a Node that is too old: found, needed, what to do", async () => {
    const pretend = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.4" } })';
    for (const script of ["bin/maillard.mjs", "scripts/start.mjs", "scripts/test.mjs", "scripts/demo.mjs"]) {
      const { code, stderr } = await begin(script, [], {
        execArgv: ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`],
      }).outcome;
      expect(code).toBe(1);
      expect(stderr).toMatch(/needs Node 20\.19 or newer; this is Node 18\.20\.4 .*\n.*nodejs\.org/);
    }
  });

  it("a folder that is not writable", async (context) => {
    // Root may write everywhere: it tries as the user "nobody", who must be able to run this Node from this folder.
    const uid = process.getuid?.() === 0 ? 65534 : undefined;
    rmSync(at(".cache"), { recursive: true, force: true });
    write("src/extra.ts", "export const extra = 4;\n");
    write("probe.mjs", "");
    chmodSync(root, uid ? 0o755 : 0o555);
    try {
      const probe = await begin("probe.mjs", [], { uid }).outcome.catch(() => ({ code: 1 }));
      if (probe.code !== 0) return context.skip("another user cannot run this Node here");
      const { code, stderr } = await begin("bin/maillard.mjs", ["x"], { uid }).outcome;
      expect(code).toBe(1);
      expect(stderr).toMatch(/must be writable to install and build; it is not \(EACCES\)/);
    } finally {
      chmodSync(root, 0o755);
    }
  });
});
