/** A database that can be away: a server in front of the real one that refuses and cuts connections when told so. */

import type { AddressInfo } from "node:net";
import { createServer, connect as dial, type Socket } from "node:net";

export interface DatabaseProxy {
  /** Address of the same database through the proxy. */
  url: string;
  /** Cuts all connections; new ones are cut at once, until `back`. */
  away(): void;
  back(): void;
  close(): Promise<void>;
}

/** `url`: of a PostgreSQL on a unix socket (its `host` parameter) or on TCP. */
export async function databaseProxy(url: string): Promise<DatabaseProxy> {
  const real = new URL(url);
  const folder = real.searchParams.get("host");
  const port = Number(real.searchParams.get("port") ?? (real.port || 5432));
  const target = folder?.startsWith("/") ? { path: `${folder}/.s.PGSQL.${port}` } : { host: real.hostname, port };
  const open = new Set<Socket>();
  let isAway = false;
  const server = createServer((socket) => {
    if (isAway) return void socket.destroy();
    const other = dial(target as { path: string });
    for (const one of [socket, other]) {
      open.add(one);
      one
        .on("error", () => undefined)
        .once("close", () => {
          open.delete(one);
          socket.destroy();
          other.destroy();
        });
    }
    socket.pipe(other).pipe(socket);
  });
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  real.searchParams.delete("host");
  real.searchParams.delete("port");
  real.hostname = "127.0.0.1";
  real.port = String((server.address() as AddressInfo).port);
  return {
    url: real.href,
    away: () => {
      isAway = true;
      cut();
    },
    back: () => {
      isAway = false;
    },
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
