/** `maillard backup`: the database and the files of a home as one tar, while the service goes on. */
import type { Command } from "commander";
import { backupLine } from "../output/backup-line.js";
import type { Session } from "../session.js";
import { readSettings } from "../settings.js";

const HELP = `
It reads the database itself, of MAILLARD_HOME (./.maillard) or DATABASE_URL, not through a server. The file is for its
user alone: it holds every molecule, name and model, and the hashes of the API keys, never a key.`;

export function register(program: Command, session: Session): void {
  const { terminal } = session;
  program
    .command("backup")
    .description("write all data of this host's service to one file, while it runs")
    .argument("<file>", "what to write: .tar, or .tar.gz for a smaller and slower one")
    .option("--json", "answer as JSON")
    .addHelpText("after", HELP)
    .action(async (file: string, { json }: { json?: boolean }) => {
      const { home, databaseUrl } = readSettings(terminal.environment);
      const { backup } = await import("../../store/backup/index.js");
      const onProgress = (message: string): void => terminal.err(`maillard  ${message}`);
      const manifest = await backup({ home, databaseUrl, file, onProgress });
      for (const artifact of manifest.missing)
        terminal.err(`maillard  not on this host, so not in the backup: ${artifact}`);
      if (json) session.json({ file, ...manifest });
      else terminal.out(`${file}: ${backupLine(manifest)}`);
    });
}
