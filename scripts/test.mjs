/**
 * `npm test`: installs what is missing, then runs the suite once. Arguments go to vitest (`npm test --
 * test/tiny.test.ts`).
 */
import { fail } from "./lib/report.mjs";
import "./lib/require-node.mjs";

import("./lib/setup.mjs")
  .then(({ prepareSources, become, ROOT }) =>
    prepareSources().then(() => {
      process.chdir(ROOT);
      return become(`${ROOT}/node_modules/vitest/vitest.mjs`, ["run", ...process.argv.slice(2)]);
    }),
  )
  .catch(fail);
