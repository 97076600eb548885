/** `node scripts/notices.mjs <file>`: writes THIRD-PARTY-NOTICES.md, as `npm run generate` does. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { notices, refused } from "./lib/licences.mjs";
import { productionPackages, readJson } from "./lib/production.mjs";
import { fail, SetupError } from "./lib/report.mjs";
import "./lib/require-node.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

function write([file]) {
  const lock = readJson(ROOT, "package-lock.json");
  const wrong = refused(productionPackages(lock)).map(({ path, license }) => `${path} (${license ?? "none named"})`);
  if (wrong.length > 0)
    throw new SetupError(`Licences that scripts/lib/licences.mjs does not allow: ${wrong.join(", ")}.`);
  writeFileSync(file, notices(lock));
}

try {
  write(process.argv.slice(2));
} catch (error) {
  fail(error);
}
