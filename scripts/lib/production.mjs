/**
 * The packages that a server needs at run time: what package-lock.json reaches from `dependencies` and
 * `optionalDependencies` of package.json. A peer that is optional does not count. npm counts it: @prisma/client names
 * Prisma's command line as an optional peer, and while that is a development package `npm ci --omit=dev` installs it
 * too, with everything that it needs.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const readJson = (root, name) => JSON.parse(readFileSync(join(root, name), "utf8"));

/** Paths of the lock file (`node_modules/…`), sorted, of the packages of production. */
export function productionPaths(lock) {
  const { packages } = lock;
  const found = new Set();
  const open = [""];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for (const name of needs(packages[path])) {
      const place = resolve(packages, path, name);
      if (place === undefined || found.has(place)) continue;
      found.add(place);
      open.push(place);
    }
  }
  return [...found].sort();
}

/** [{ path, name, version, license }] of the packages of production; license is null where the package names none. */
export const productionPackages = (lock) =>
  productionPaths(lock).map((path) => {
    const { name = nameOf(path), version, license = null } = lock.packages[path];
    return { path, name, version, license };
  });

/** package.json of a release: without what only a checkout can use. */
export function productionManifest(manifest) {
  const { devDependencies: _, ...kept } = manifest;
  return { ...kept, scripts: { start: "node scripts/start.mjs", trim: "node scripts/trim.mjs" } };
}

/** package-lock.json of a release: the same versions and checksums as ours, of production alone. */
export function productionLock(lock, manifest) {
  const { name, version, license, bin, engines, dependencies, optionalDependencies } = manifest;
  const root = { name, version, license, dependencies, optionalDependencies, bin, engines };
  const entries = productionPaths(lock).map((path) => {
    const { dev: _, devOptional: __, ...entry } = lock.packages[path];
    return [path, entry];
  });
  return { name, version, lockfileVersion: 3, requires: true, packages: { "": root, ...Object.fromEntries(entries) } };
}

const nameOf = (path) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);

function needs({ dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} }) {
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
  return [...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers];
}

/** Where Node finds `name` from the package at `path`: its own node_modules, else those of the folders above. */
function resolve(packages, path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("node_modules/") - 1))) {
    const place = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (packages[place]) return place;
    if (folder === "") return undefined;
  }
}
