/** Entry of `maillard`: the command line of this process, its exit code left to Node so that output is flushed. */
import { runCommandLine } from "./program.js";
import { processTerminal } from "./terminal.js";

process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal());
