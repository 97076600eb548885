/** `maillard worker`: runs queued runs on another host, with the same database and artifact folder as the server. */
import type { Command } from "commander";
import { MaillardError } from "../../errors.js";
import { serviceLog, traces, untilInterrupted } from "../service.js";
import type { Session } from "../session.js";
import { readSettings } from "../settings.js";

export function register(program: Command, { terminal }: Session): void {
  program
    .command("worker")
    .description("work off runs beside a server: same DATABASE_URL, and a MAILLARD_HOME that both can reach")
    .action(async () => {
      const settings = readSettings(terminal.environment);
      const { home, databaseUrl, devices, lanes, memory, workerPort: port } = settings;
      if (!databaseUrl) {
        const message =
          "DATABASE_URL is not set: a worker beside a server needs the server's database. Set it for both.";
        throw new MaillardError("STARTUP", message, { param: "DATABASE_URL" });
      }
      const { createApplication } = await import("../../service/application.js");
      const log = await serviceLog(terminal, settings.logLevel);
      const endTraces = await traces(terminal, settings, log);
      // Models from a hub are left to the server: it is the one that was given the token and checked the request.
      const application = await createApplication({
        ...{ home, databaseUrl, devices, lanes, memory, log },
        ...{ hub: null, packageRoot: null },
      });
      let close = async (): Promise<void> => undefined;
      try {
        if (port !== undefined) {
          const { startWorkerServer } = await import("../../api/transport/worker-server.js");
          const server = await startWorkerServer({ ...settings, application, port });
          close = server.close;
          terminal.err(`maillard  metrics and health of this worker at ${server.url}`);
        }
        terminal.err(`maillard  worker takes runs with ${devices}, artifacts in ${home}`);
        await untilInterrupted(terminal, () =>
          terminal.err("maillard  closing; the run under way goes back to the queue"),
        );
      } finally {
        await close();
        await application.close();
        await endTraces();
      }
    });
}
