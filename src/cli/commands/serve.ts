/** `maillard serve` (npm start): the whole service in one process tree, until a signal ends it. */
import type { Command } from "commander";
import { DEFAULT_URL } from "../client.js";
import { duration } from "../output/table.js";
import { noteAddress } from "../server-address.js";
import { serviceLog, traces, untilInterrupted } from "../service.js";
import type { Session } from "../session.js";
import { readSettings } from "../settings.js";
import { painter } from "../terminal.js";

const ENVIRONMENT = `
Environment: HOST (127.0.0.1), PORT (4000), MAILLARD_HOME (./.maillard), DATABASE_URL (embedded PostgreSQL),
MAILLARD_DEVICES (cpu; auto looks for a GPU), MAILLARD_API_KEYS, MAILLARD_ALLOWED_HOSTS, MAILLARD_ALLOWED_ORIGINS,
MAILLARD_MODEL_ROOTS, HF_ENDPOINT (https://huggingface.co), HF_TOKEN, HF_HUB_OFFLINE.`;

export function register(program: Command, { terminal }: Session): void {
  program
    .command("serve")
    .description("serve GraphQL, with database, models and sample: what npm start does")
    .addHelpText("after", ENVIRONMENT)
    .action(async () => {
      const began = performance.now();
      const settings = readSettings(terminal.environment);
      const { createApplication } = await import("../../service/application.js");
      const { startServer } = await import("../../api/transport/server.js");
      const log = await serviceLog(terminal, settings.logLevel);
      const endTraces = await traces(terminal, settings, log);
      const say = (text: string): void => terminal.err(`maillard  ${text}`);
      const application = await createApplication({
        ...settings,
        log,
        onStage: (stage) => say(`starting: ${stage} …`),
      });
      try {
        const server = await startServer({ ...settings, application });
        if (terminal.interactive)
          for (const { id, choice } of application.compute.devices()) if (choice) say(`computes on ${id}: ${choice}`);
        say(`ready after ${duration((performance.now() - began) / 1000)}, data in ${settings.home}`);
        const forget = await noteAddress(settings.home, server.url);
        for (const line of welcome(server.url)) terminal.err(painter(terminal, "err")("bold", line));
        await untilInterrupted(terminal, () => say("closing: answers what was asked; a second Ctrl-C ends at once"));
        // Another process may work on the runs while this one answers.
        await Promise.all([forget(), server.close(), application.runs.handBack()]);
      } finally {
        await application.close();
        await endTraces();
      }
      say("closed");
    });
}

/** The commands work as they are printed, in any folder: at another address than the default they name it. */
export function welcome(url: string): string[] {
  const elsewhere = `${url}/graphql` === DEFAULT_URL ? "" : ` --url ${url}`;
  return [
    "",
    `  GraphQL and its explorer   ${url}/graphql`,
    `  Classify a molecule        npx maillard predict "CC(=O)OCCC1=CC=CC=C1"${elsewhere}`,
    `  The whole story in figures npm run demo${elsewhere && ` --${elsewhere}`}`,
    "  All commands               npx maillard --help",
    "",
  ];
}
