#!/usr/bin/env node
/** `npx maillard …`: makes sure that the program is installed and built, then runs it with the same arguments. */
import { fail } from "../scripts/lib/report.mjs";
import "../scripts/lib/require-node.mjs";

import("../scripts/lib/setup.mjs")
  .then(({ prepareBuild, becomeMaillard }) => prepareBuild().then(() => becomeMaillard(process.argv.slice(2))))
  .catch(fail);
