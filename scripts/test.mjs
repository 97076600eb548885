/**
 * `npm test`: installs and builds what is missing, then runs the suite once against dist/ (vitest.config.ts).
 * Arguments go to vitest (`npm test -- test/tiny.test.ts`).
 */
import { fail } from "./lib/report.mjs";
import "./lib/require-node.mjs";

import("./lib/setup.mjs")
  .then(({ prepareBuild, become, ROOT }) =>
    prepareBuild().then(() => {
      process.chdir(ROOT);
      process.env.MAILLARD_TEST_BUILT = "1";
      return become(`${ROOT}/node_modules/vitest/vitest.mjs`, ["run", ...process.argv.slice(2)]);
    }),
  )
  .catch(fail);
