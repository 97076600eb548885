/**
 * `npm run sbom [-- <file>]`: the bill of materials of a release as CycloneDX 1.5 JSON (default: .cache/sbom.cdx.json),
 * by `npm sbom` over the lock file of a release. It is checked against the schema of CycloneDX, and has to list exactly
 * the packages of THIRD-PARTY-NOTICES.md, each with its version, licence and checksum.
 * `npm sbom --omit dev` over package-lock.json would not do: it leaves out whatever a development package needs too
 * (graphql, dataloader, ws and 60 others).
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fail, SetupError, say } from "./lib/report.mjs";
import "./lib/require-node.mjs";

import("./lib/setup.mjs").then(writeSbom).catch(fail);

async function writeSbom({ prepareSources, ROOT }) {
  await prepareSources();
  const { productionLock, productionManifest, productionPackages, readJson } = await import("./lib/production.mjs");
  const lock = readJson(ROOT, "package-lock.json");
  const manifest = productionManifest(readJson(ROOT, "package.json"));
  const text = await npmSbom(manifest, productionLock(lock, manifest));
  await check(text, productionPackages(lock));
  const file = resolve(process.argv[2] ?? join(ROOT, ".cache", "sbom.cdx.json"));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  say(`wrote ${file}: ${JSON.parse(text).components.length} packages`);
}

async function npmSbom(manifest, lock) {
  const { npmEnvironment, npmProgram } = await import("./lib/install.mjs");
  const folder = mkdtempSync(join(tmpdir(), "maillard-sbom-"));
  // npm takes the name of the folder for that of the application.
  const cwd = join(folder, manifest.name);
  try {
    mkdirSync(cwd);
    writeFileSync(join(cwd, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(cwd, "package-lock.json"), JSON.stringify(lock));
    const args = ["sbom", "--package-lock-only", "--sbom-format=cyclonedx", "--sbom-type=application"];
    const options = { cwd, env: npmEnvironment(), encoding: "utf8", maxBuffer: 2 ** 26 };
    return execFileSync(process.execPath, [npmProgram(), ...args], {
      ...options,
      stdio: ["ignore", "pipe", "inherit"],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function check(text, packages) {
  const { Spec, Validation } = await import("@cyclonedx/cyclonedx-library");
  const problems = await new Validation.JsonStrictValidator(Spec.Version.v1dot5).validate(text);
  if (problems)
    throw new SetupError(`npm sbom gave no valid CycloneDX 1.5: ${JSON.stringify(problems).slice(0, 2_000)}`);
  const { components } = JSON.parse(text);
  const listed = new Set(components.map(({ name, version }) => `${name}@${version}`));
  const wanted = new Set(packages.map(({ name, version }) => `${name}@${version}`));
  const differences = [
    ...[...wanted].filter((entry) => !listed.has(entry)).map((entry) => `${entry} is missing`),
    ...[...listed].filter((entry) => !wanted.has(entry)).map((entry) => `${entry} is not part of a release`),
    ...components
      .filter(({ licenses, hashes }) => !licenses || !hashes)
      .map(({ name }) => `${name} has no licence or hash`),
  ];
  if (differences.length > 0) throw new SetupError(`The bill of materials is wrong: ${differences.join(", ")}.`);
}
