/** `npm start`: installs and builds what is missing, then serves. Arguments go to `maillard serve`. */
import { fail } from "./lib/report.mjs";
import "./lib/require-node.mjs";

import("./lib/setup.mjs")
  .then(({ prepareBuild, becomeMaillard }) =>
    prepareBuild().then(() => becomeMaillard(["serve", ...process.argv.slice(2)])),
  )
  .catch(fail);
