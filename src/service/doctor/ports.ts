/** Whether the ports that a start would listen on are free: each is opened and closed again; no request is taken. */
import { once } from "node:events";
import { createServer } from "node:net";
import { type Finding, ok, problem } from "./finding.js";

export interface PortSettings {
  /** HOST. */
  host: string;
  /** PORT. */
  port: number;
  /** MAILLARD_WORKER_PORT; undefined: none. */
  workerPort: number | undefined;
  /** Endpoint of the server that runs on this data folder; null: none. */
  ownServer: string | null;
}

export async function portFindings({ host, port, workerPort, ownServer }: PortSettings): Promise<Finding[]> {
  const wanted = [{ name: "PORT", at: port, own: ownServer }];
  if (workerPort !== undefined) wanted.push({ name: "MAILLARD_WORKER_PORT", at: workerPort, own: null });
  return Promise.all(wanted.map(({ name, at, own }) => portFinding(name, host, at, own)));
}

async function portFinding(name: string, host: string, port: number, own: string | null): Promise<Finding> {
  if (port === 0) return ok("PORTS", name, "0: any free port");
  const reason = await refusal(host, port);
  const place = `${port} of ${host}`;
  if (reason === null) return ok("PORTS", name, `${place} is free`);
  if (reason === "EADDRINUSE" && own !== null && portOf(own) === port)
    return ok("PORTS", name, `${place} is taken by the server of this data folder`);
  const [found, advice] =
    reason === "EADDRINUSE"
      ? [`${place} is taken by another program`, `Stop that program, or choose another port: ${name}=${port + 1}.`]
      : reason === "EACCES"
        ? [`${place} may not be opened by this user`, `Choose a port from 1024 on: ${name}=4000.`]
        : [`${place} cannot be opened (${reason})`, "Set HOST to an address of this machine, such as 127.0.0.1."];
  return problem("PORTS", name, found, advice);
}

const portOf = (url: string): number | null => (URL.canParse(url) ? Number(new URL(url).port) : null);

/** The system's code; null: it can be opened. */
async function refusal(host: string, port: number): Promise<string | null> {
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, "listening");
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown";
  } finally {
    if (server.listening) server.close();
  }
}
