/**
 * A server of its own, from the build, under very many connections: 20,000 from forty addresses that send nothing, and
 * then 200 that never read the explorer's page. Meanwhile another client asks `predict` and /health.
 *
 *   bash -c 'ulimit -n "$(ulimit -Hn)"; node --import tsx bench/connections.ts [--sockets 20000] [--seconds 30]'
 *
 * Builds first. Linux only (/proc); clients have addresses of 127.0.0.0/8.
 */
import { execFileSync, fork } from "node:child_process";
import type { Socket } from "node:net";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Client, together } from "./support/attack-client.js";
import type { Observed } from "./support/neighbour.js";
import { machine, startBenchServer } from "./support/server.js";

const { values } = parseArgs({
  options: { sockets: { type: "string", default: "20000" }, seconds: { type: "string", default: "30" } },
});
const [wanted, seconds] = [Number(values.sockets), Number(values.seconds)];
const ADDRESSES = 40;
const HEAD = "HTTP/1.1\r\nhost: localhost\r\naccept: text/html\r\n\r\n";

execFileSync(process.execPath, [join(import.meta.dirname, "../scripts/build.mjs")], { stdio: "inherit" });
const server = await startBenchServer({ gaps: true });
const neighbour = fork(join(import.meta.dirname, "support/neighbour.ts"), [String(server.port)], {
  execArgv: ["--import", "tsx"],
  serialization: "advanced",
});
neighbour.once("exit", (code) => {
  if (code) throw new Error(`the neighbour ended with ${code}`);
});
const observe = (): Promise<Observed> =>
  new Promise((resolve) => {
    neighbour.once("message", (message) => resolve(message as Observed));
    neighbour.send({ seconds });
  });
const clients = Array.from({ length: ADDRESSES }, (_, n) => new Client(server.port, `127.0.1.${n + 1}`));

async function attack(name: string, count: number, of: readonly Client[], greet: (socket: Socket) => void) {
  await server.gaps();
  const open = new Set<Socket>();
  let [opened, failed, most, memory] = [0, 0, 0, 0];
  let over = false;
  /** Opens as many as are missing: what the server closes is opened again. */
  const fill = async (): Promise<void> => {
    while (!over) {
      for (let n = 0; n < 2_500 && open.size < count; n++) {
        const socket = of[opened++ % of.length].open();
        open.add(socket);
        socket.once("connect", () => greet(socket));
        socket.once("error", () => failed++);
        socket.once("close", () => open.delete(socket));
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
  const filling = fill();
  const sampler = setInterval(() => {
    const sum = server.memory().reduce((all, { megabytes }) => all + megabytes, 0);
    memory = Math.max(memory, sum);
    most = Math.max(most, server.connections());
  }, 3_000);
  const { predict, health } = await observe();
  clearInterval(sampler);
  over = true;
  await filling;
  for (const socket of open) socket.destroy();
  const { wallMs, processorMs } = await server.gaps();
  const at = (times: number[], share: number) =>
    `${(times.sort((a, b) => a - b)[Math.floor(share * (times.length - 1))] / 1_000).toFixed(2)} s`;
  const asked = (probe: Observed["health"]) =>
    `p50 ${at(probe.times, 0.5)}, p99 ${at(probe.times, 0.99)}, ${together(probe.failures) || "all answered"}`;
  console.log(
    `| ${name} | ${opened} opened, ${failed} failed, at most ${most} held by the server | ${memory.toFixed(0)} MB | ` +
      `${wallMs.toFixed(0)} ms (${processorMs.toFixed(0)} ms) | ${asked(health)} | ${asked(predict)} |`,
  );
}

try {
  console.log(`${machine()}, load ${loadavg()[0].toFixed(1)} at the start\n`);
  console.log("| attack | connections | memory of all processes | longest gap (processor time) | /health | predict |");
  console.log("|---|---|--:|--:|---|---|");
  await attack("none", 0, clients, () => undefined);
  await attack(
    `${wanted} connections of ${ADDRESSES} addresses`,
    wanted,
    clients,
    (socket) => void socket.write("GET"),
  );
  await attack("the same of one address", wanted, clients.slice(0, 1), (socket) => void socket.write("GET"));
  await attack("200 that do not read the explorer's page", 200, clients.slice(0, 1), (socket) => {
    socket.pause();
    socket.write(`GET /graphql ${HEAD}`);
  });
} finally {
  neighbour.kill();
  for (const client of clients) client.close();
  await server.stop();
}
