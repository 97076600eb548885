/** `maillard restore`: a backup becomes a home and its database again. */
import type { Command } from "commander";
import { backupLine } from "../output/backup-line.js";
import type { Session } from "../session.js";
import { readSettings } from "../settings.js";

const HELP = `
Every part is compared with its checksum before anything is changed. Stop all servers and workers of the database first.
Runs that were under way continue from their last checkpoint when the service starts.`;

export function register(program: Command, { terminal }: Session): void {
  program
    .command("restore")
    .description("put a backup into an empty MAILLARD_HOME and database")
    .argument("<file>", "a file that maillard backup wrote")
    .option("--force", "in the place of what is there, which is lost")
    .addHelpText("after", HELP)
    .action(async (file: string, { force }: { force?: boolean }) => {
      const { home, databaseUrl } = readSettings(terminal.environment);
      const { restore } = await import("../../store/backup/index.js");
      const onProgress = (message: string): void => terminal.err(`maillard  ${message}`);
      const manifest = await restore({ home, databaseUrl, file, force, onProgress });
      terminal.out(`${home}: ${backupLine(manifest)}`);
      for (const artifact of manifest.missing) terminal.err(`maillard  not in the backup: ${artifact}`);
    });
}
