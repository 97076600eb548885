/**
 * `npm run client [-- <folder>]`: builds packages/client and packs it as a file that npm installs, in the folder
 * (default: here).
 */
import { join, resolve } from "node:path";
import { fail } from "./lib/report.mjs";
import "./lib/require-node.mjs";

import("./lib/setup.mjs")
  .then(async ({ prepareSources, ROOT }) => {
    const { packClient } = await import("./lib/client-package.mjs");
    await prepareSources();
    console.log(join(".", packClient(ROOT, resolve(process.argv[2] ?? "."))));
  })
  .catch(fail);
