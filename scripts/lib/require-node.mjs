/**
 * Stops with a message when this Node is too old. Imported before anything else, and written in syntax that old
 * versions parse, so that their users read this message and not a SyntaxError.
 */
const NEEDED = [20, 19];

/** null, or what is wrong with this version and what to do. */
function versionProblem(version, path) {
  const found = version.split(".").map(Number);
  if (found[0] > NEEDED[0] || (found[0] === NEEDED[0] && found[1] >= NEEDED[1])) return null;
  return `Maillard needs Node ${NEEDED.join(".")} or newer; this is Node ${version} (${path}).
Install a current Node from https://nodejs.org (or: nvm install 20), then run the same command again.`;
}

const problem = versionProblem(process.versions.node, process.execPath);
if (problem) {
  console.error(problem);
  process.exit(1);
}
