/**
 * The server of the demo: the one that answers at its address, else a new one in this process, on a free port of
 * 127.0.0.1, with the same MAILLARD_HOME as `npm start`. `close` ends only what was started here.
 */

import { duration } from "../output/table.js";
import type { Session } from "../session.js";
import { readSettings } from "../settings.js";

export interface DemoServer {
  /** GraphQL endpoint. */
  url: string;
  close(): Promise<void>;
}

/** Logs are for the operator; a demo shows the errors of the API. */
const SILENT = { info: () => undefined, error: () => undefined };

export async function reachServer({ client, terminal }: Session): Promise<DemoServer> {
  if (await client.answers()) {
    terminal.out(`The server at ${client.url} answers and is used.`);
    return { url: client.url, close: async () => undefined };
  }
  terminal.out(`No server answers at ${client.url}: one is started here and closed at the end.`);
  const began = performance.now();
  // Keys and public addresses are for permanent servers.
  const settings = readSettings({ ...terminal.environment, HOST: undefined, PORT: "0", MAILLARD_API_KEYS: undefined });
  const [{ createApplication }, { startServer }] = await Promise.all([
    import("../../service/application.js"),
    import("../../api/transport/server.js"),
  ]);
  const application = await createApplication({ ...settings, log: SILENT });
  try {
    const server = await startServer({ ...settings, application });
    terminal.out(`Ready after ${duration((performance.now() - began) / 1000)}, data in ${settings.home}`);
    const close = async (): Promise<void> => {
      await server.close();
      await application.close();
    };
    return { url: `${server.url}/graphql`, close };
  } catch (error) {
    await application.close();
    throw error;
  }
}
