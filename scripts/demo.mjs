/** `npm run demo`: all steps on the sample, as a client of the API. Arguments go to `maillard demo`. */
import { fail } from "./lib/report.mjs";
import "./lib/require-node.mjs";

import("./lib/setup.mjs")
  .then(({ prepareBuild, becomeMaillard }) =>
    prepareBuild().then(() => becomeMaillard(["demo", ...process.argv.slice(2)])),
  )
  .catch(fail);
