/** `maillard doctor`: what this host has for a start, with a verdict each. It needs no server and changes nothing. */
import type { Command } from "commander";
import { defaultThreads } from "../../compute/threads.js";
import type { Finding } from "../../service/doctor/finding.js";
import { EXIT } from "../failure.js";
import { doctorReport } from "../reports/doctor-report.js";
import { addressOfHome } from "../server-address.js";
import type { Session } from "../session.js";
import { checkSettings } from "../settings.js";
import { painter } from "../terminal.js";

const HELP = `
It reads the same environment as serve. It starts no server and no database, and changes nothing. GPUs are tried in
processes of their own, for at most 30 s each, also those that MAILLARD_DEVICES does not name.
Exit code: 0, or 1 when something is a PROBLEM.`;

export function register(program: Command, session: Session): void {
  const { terminal } = session;
  program
    .command("doctor")
    .description("look at devices, libraries, database, disk, ports, memory and versions of this host")
    .option("--json", "answer as JSON")
    .addHelpText("after", HELP)
    .action(async ({ json }: { json?: boolean }) => {
      const { settings, environment, problems } = checkSettings(terminal.environment);
      const { examine } = await import("../../service/doctor/examine.js");
      const { problem, worst } = await import("../../service/doctor/finding.js");
      const wrong = problems.map(({ param, message }) =>
        problem("SETTINGS", param, message, `Correct ${param}; what follows is as without it.`),
      );
      const found = await examine({
        ...settings,
        threads: defaultThreads(environment),
        ownServer: addressOfHome(environment),
      });
      const findings: Finding[] = [...wrong, ...found];
      const verdict = worst(findings);
      if (json) session.json({ verdict, findings });
      else session.lines(doctorReport(findings, verdict, painter(terminal)));
      if (verdict === "PROBLEM") session.exitCode = EXIT.failed;
    });
}
