/**
 * The container's entrypoint, run as it is: a copy of docker/ beside a fake program, and a server that speaks
 * PostgreSQL's greeting.
 */
import { spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const PROGRAM = `
process.on("SIGTERM", () => process.exit(42));
console.log(JSON.stringify(process.argv.slice(2)));
if (process.argv.includes("fail")) process.exitCode = 7;
if (process.argv.includes("--stay")) setInterval(() => {}, 1000);
`;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "maillard-docker-"));
  cpSync(join(REPOSITORY, "docker"), join(root, "docker"), { recursive: true });
  symlinkSync(join(REPOSITORY, "node_modules"), join(root, "node_modules"));
  mkdirSync(join(root, "dist/cli"), { recursive: true });
  mkdirSync(join(root, "data"));
  writeFileSync(join(root, "package.json"), '{"type":"module"}');
  writeFileSync(join(root, "dist/cli/main.js"), PROGRAM);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function begin(args: string[], env: Record<string, string> = {}) {
  const child = spawn(join(root, "docker/entrypoint.sh"), args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, MAILLARD_HOME: join(root, "data"), MAILLARD_DATABASE_RETRY: "0", ...env },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const outcome = new Promise<{ code: number | null; stdout: string; stderr: string }>((done, reject) => {
    child.on("error", reject);
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
  return { child, outcome };
}
const run = (args: string[], env?: Record<string, string>) => begin(args, env).outcome;

/** Answers the n-th start-up packet with answers[n], the last one from then on: an SQLSTATE, or "ready". */
async function postgres(answers: string[]): Promise<{ url: string; tries: () => number; close: () => void }> {
  let tries = 0;
  const message = (kind: string, body: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length + 4);
    return Buffer.concat([Buffer.from(kind), length, body]);
  };
  const server: Server = createServer((socket: Socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      const answer = answers[Math.min(tries++, answers.length - 1)];
      if (answer === "ready")
        socket.write(Buffer.concat([message("R", Buffer.alloc(4)), message("Z", Buffer.from("I"))]));
      else socket.end(message("E", Buffer.from(`SFATAL\0VFATAL\0C${answer}\0Mno\0\0`)));
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `postgresql://maillard:secret-word@127.0.0.1:${port}/maillard`,
    tries: () => tries,
    close: () => server.close(),
  };
}

describe("the program", () => {
  it("gets the arguments and keeps its exit code; serve is the default", async () => {
    expect(await run(["predict", "CC O", "--model", "superclass"])).toEqual({
      code: 0,
      stdout: '["predict","CC O","--model","superclass"]\n',
      stderr: "",
    });
    expect((await run(["models", "fail"])).code).toBe(7);
    const served = await run([]);
    expect(served.stdout).toBe('["serve"]\n');
    expect(served.stderr).toContain("DATABASE_URL is not set: the embedded PostgreSQL keeps its data in");
  });

  it("is the process that was started: the signal of `docker stop` reaches it", async () => {
    const { child, outcome } = begin(["serve", "--stay"]);
    await new Promise((ready) => child.stdout.once("data", ready));
    child.kill("SIGTERM");
    expect((await outcome).code).toBe(42);
  });
});

describe("the database", () => {
  it("that is still starting is waited for, with one message", async () => {
    const server = await postgres(["57P03", "57P03", "ready"]);
    const { code, stdout, stderr } = await run(["serve"], { DATABASE_URL: server.url });
    server.close();
    expect({ code, stdout }).toEqual({ code: 0, stdout: '["serve"]\n' });
    expect(server.tries()).toBe(3);
    expect(stderr.match(/waiting up to 60 s for the database/g)).toHaveLength(1);
    expect(stderr).toContain("57P03");
  });

  it("that never comes ends the start, with what to do and without the password", async () => {
    const server = await postgres(["ready"]);
    server.close();
    const { code, stdout, stderr } = await run(["worker"], { DATABASE_URL: server.url, MAILLARD_DATABASE_WAIT: "0" });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /did not accept connections within 0 s: 127\.0\.0\.1:\d+\/maillard as maillard: ECONNREFUSED/,
    );
    expect(stderr).not.toContain("secret-word");
  });

  it.each([
    ["28P01", "the server refuses the password"],
    ["3D000", "there is no such database"],
  ])("that answers %s is not asked again", async (answer, reason) => {
    const server = await postgres([answer]);
    const { code, stderr } = await run(["serve"], { DATABASE_URL: server.url });
    server.close();
    expect(code).toBe(1);
    expect(server.tries()).toBe(1);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain("secret-word");
  });

  it("is not waited for by commands that only talk to a server", async () => {
    const { code, stdout } = await run(["runs"], { DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none" });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '["runs"]\n' });
  });

  it("must be named by a URL of PostgreSQL, and the wait by a whole number", async () => {
    const wrongUrl = await run(["serve"], { DATABASE_URL: "mysql://x" });
    expect(wrongUrl.code).toBe(1);
    expect(wrongUrl.stderr).toContain("DATABASE_URL must look like postgresql://");
    const wrongWait = await run(["serve"], { DATABASE_URL: "postgresql://x", MAILLARD_DATABASE_WAIT: "soon" });
    expect(wrongWait.code).toBe(1);
    expect(wrongWait.stderr).toContain('MAILLARD_DATABASE_WAIT must be a whole number of seconds; it is "soon"');
  });
});

describe("the data folder", () => {
  it("is made when it is missing", async () => {
    expect((await run(["serve"], { MAILLARD_HOME: join(root, "new/data") })).code).toBe(0);
  });

  it("that cannot be made is an error", async () => {
    writeFileSync(join(root, "file"), "");
    const { code, stderr } = await run(["serve"], { MAILLARD_HOME: join(root, "file/data") });
    expect(code).toBe(1);
    expect(stderr).toContain("does not exist and cannot be made. Mount a volume there.");
  });

  it.skipIf(process.getuid?.() === 0)("that is not writable is said (root may write everywhere: skipped)", async () => {
    mkdirSync(join(root, "closed"));
    chmodSync(join(root, "closed"), 0o555);
    const { code, stderr } = await run(["serve"], { MAILLARD_HOME: join(root, "closed") });
    expect(code).toBe(1);
    expect(stderr).toContain("must be writable by user");
  });
});
