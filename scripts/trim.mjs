/**
 * `npm run trim` in a release: removes from installed packages what this machine never loads, and says how much.
 *   onnxruntime-node   the binaries of other platforms: the package has those of all five
 *   @prisma/client     the query compilers of other databases
 *   indigo-ketcher     its builds with drawing, and those whose WebAssembly is a file of its own
 *   protobufjs 6       its command line, which comes with packages of its own (onnx-proto uses the library)
 * `npm ci` brings everything back. It stops, and removes nothing, where this machine's own part is missing: then the
 * package has another layout than the one described here.
 */
import { existsSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, SetupError, say } from "./lib/report.mjs";
import "./lib/require-node.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const COMPILER = /^query_compiler_\w+\.(\w+)\./;

/** `keep`: paths that have to be there; `remove`: every path of the package that goes. */
const PACKAGES = [
  {
    at: ["onnxruntime-node"],
    keep: [join("bin", "napi-v6", process.platform, process.arch, "onnxruntime_binding.node")],
    remove: (folder) => {
      const binaries = join("bin", "napi-v6");
      return inside(folder, binaries).flatMap((platform) =>
        platform === process.platform
          ? inside(folder, binaries, platform)
              .filter((arch) => arch !== process.arch)
              .map((arch) => join(binaries, platform, arch))
          : [join(binaries, platform)],
      );
    },
  },
  {
    at: ["@prisma/client"],
    keep: [join("runtime", "query_compiler_fast_bg.postgresql.mjs")],
    remove: (folder) =>
      inside(folder, "runtime")
        .filter((name) => COMPILER.test(name) && COMPILER.exec(name)[1] !== "postgresql")
        .map((name) => join("runtime", name)),
  },
  {
    at: ["indigo-ketcher"],
    keep: ["indigo-ketcher-norender.js"],
    remove: (folder) =>
      inside(folder).filter((name) => /\.(js|wasm)$/.test(name) && name !== "indigo-ketcher-norender.js"),
  },
  {
    at: ["onnx-proto", "protobufjs"],
    keep: ["minimal.js"],
    remove: (folder) => (existsSync(join(folder, "cli")) ? ["cli"] : []),
  },
];

const inside = (...path) => readdirSync(join(...path));

/** The folder of a package as Node finds it: `names` is the way to it, from Maillard over a package that needs it. */
function folderOf(names) {
  let from = ROOT;
  for (const name of names) {
    const found = ancestors(from)
      .map((folder) => join(folder, "node_modules", name))
      .find((folder) => existsSync(join(folder, "package.json")));
    if (!found) throw new SetupError(`The package ${name} is not installed: run \`npm ci\` first.`);
    from = found;
  }
  return from;
}

function ancestors(folder) {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...ancestors(above)];
}

function bytesOf(path) {
  const status = lstatSync(path);
  if (!status.isDirectory()) return status.size;
  return inside(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}

function trim() {
  const plans = PACKAGES.map(({ at, keep, remove }) => {
    const folder = folderOf(at);
    const absent = keep.find((path) => !existsSync(join(folder, path)));
    if (absent)
      throw new SetupError(`${folder} has no ${absent}: nothing was removed, because this version is not known.`);
    return { name: at.at(-1), paths: remove(folder).map((path) => join(folder, path)) };
  });
  for (const { name, paths } of plans) {
    const bytes = paths.reduce((sum, path) => sum + bytesOf(path), 0);
    for (const path of paths) rmSync(path, { recursive: true });
    say(`removed ${(bytes / 2 ** 20).toFixed(0)} MiB of ${name}`);
  }
}

try {
  trim();
} catch (error) {
  fail(error);
}
