/** Entry of `maillard`: the command line of this process, its exit code left to Node so that output is flushed. */
import { runCommandLine, WORK_HERE } from "./program.js";
import { processTerminal } from "./terminal.js";

const args = process.argv.slice(2);
const worksHere = args.some((word) => WORK_HERE.includes(word));
process.exitCode = await runCommandLine(args, processTerminal({ worksHere }));
