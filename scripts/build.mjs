/** `npm run build`: installs what is missing and compiles src/ to dist/; does nothing when dist/ is current. */
import { fail } from "./lib/report.mjs";
import "./lib/require-node.mjs";

import("./lib/setup.mjs").then(({ prepareBuild }) => prepareBuild()).catch(fail);
