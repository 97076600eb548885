/** A server of a folder with a build, for checks that use it as an operator would. */
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { SetupError, say } from "./report.mjs";

const START_MS = 120_000;

/** Serves on a fresh home while `use` works; it must end with exit code 0. `use` gets address and environment. */
export async function serving(root, home, use) {
  const port = await freePort();
  const env = { PATH: process.env.PATH, NODE_ENV: "production", MAILLARD_HOME: home, PORT: String(port) };
  const program = join(root, "bin", "maillard.mjs");
  const server = spawn(process.execPath, [program, "serve"], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (chunk) => (output += chunk));
  const ended = new Promise((done) => server.once("close", (code) => done(code)));
  try {
    await healthy(port, ended);
    await use({ url: `http://127.0.0.1:${port}`, env, program });
    server.kill("SIGTERM");
    const code = await ended;
    if (code !== 0) throw new SetupError(`The server ended with exit code ${code}.`);
  } catch (error) {
    server.kill("SIGTERM");
    await ended;
    say(output.slice(-4_000));
    throw error;
  }
}

async function healthy(port, ended) {
  let code;
  ended.then((value) => (code = value ?? 1));
  for (const start = Date.now(); Date.now() - start < START_MS; ) {
    if (code !== undefined) throw new SetupError(`The server ended with exit code ${code} before it was ready.`);
    const ready = await fetch(`http://127.0.0.1:${port}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new SetupError(`The server was not ready after ${START_MS / 1000} s.`);
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
