/** The container files, linted: no engine is needed, and none of this replaces a build. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { validate } from "dockerfile-utils";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { installedRuntime } from "../../src/compute/gpu/cuda-files.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** Each instruction on one line; those of the last stage. */
function dockerfile(path: string) {
  const text = read(path);
  const instructions = text
    .replace(/\\\n\s*/g, " ")
    .replace(/ {2,}/g, " ")
    .split("\n")
    .filter((line) => /^[A-Z]/.test(line));
  const final = instructions.slice(instructions.findLastIndex((line) => line.startsWith("FROM ")));
  return { text, instructions, final };
}

describe.each(["docker/Dockerfile", "docker/Dockerfile.gpu"])("%s", (path) => {
  const { text, final } = dockerfile(path);

  it("has nothing that dockerfile-utils objects to", () => {
    expect(validate(text).map((problem) => `line ${problem.range.start.line + 1}: ${problem.message}`)).toEqual([]);
    expect(validate("FROM node:20\nCOPPY . .\n")).toHaveLength(1);
  });

  it("runs as a user that is not root, set after the last RUN, and the program is not that user's to change", () => {
    expect(final.at(final.findLastIndex((line) => line.startsWith("USER ")))).toBe("USER node");
    expect(final.findLastIndex((line) => line.startsWith("RUN "))).toBeLessThan(final.indexOf("USER node"));
    expect(final.filter((line) => line.startsWith("COPY ") && line.includes("--chown"))).toEqual([]);
  });
});

describe("Dockerfile.gpu", () => {
  const { text, instructions, final } = dockerfile("docker/Dockerfile.gpu");
  const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, { version: string }> };

  it("takes the provider of the runtime's own version, by its checksum, to where the runtime looks", () => {
    const { version } = packages["node_modules/onnxruntime-node"];
    expect(instructions).toContain(`ARG ONNXRUNTIME=${version}`);
    expect(text).toMatch(/^ARG WHEEL_SHA256=[0-9a-f]{64}$/m);
    expect(text).toContain("--require-hashes");
    const wheel = "/provider/wheel/onnxruntime/capi";
    const files = ["cuda", "shared"].map((name) => `${wheel}/libonnxruntime_providers_${name}.so`).join(" ");
    const folder = `./node_modules/${installedRuntime({ platform: "linux", arch: "x64" }).shortFolder}/`;
    expect(final).toContain(`COPY --from=provider ${files} ${folder}`);
  });

  it("is the other image on a base with CUDA 13 and cuDNN 9", () => {
    expect(final[0]).toMatch(/^FROM nvidia\/cuda:13\.\d+\.\d+-cudnn-runtime-ubuntu24\.04$/);
    expect(instructions.filter((line) => line.startsWith("FROM ")).slice(0, -1)).toEqual([
      "FROM python:3.11-slim-bookworm AS provider",
      "FROM maillard AS program",
    ]);
    const same = /^(WORKDIR|USER|VOLUME|EXPOSE|HEALTHCHECK|ENTRYPOINT|CMD) /;
    const other = dockerfile("docker/Dockerfile").final;
    expect(final.filter((line) => same.test(line))).toEqual(other.filter((line) => same.test(line)));
    const set = (lines: string[]) => lines.find((line) => line.startsWith("ENV "))?.split(" ") ?? [];
    expect(set(final)).toEqual(expect.arrayContaining(set(other)));
  });
});

describe("Dockerfile", () => {
  const { text, instructions, final } = dockerfile("docker/Dockerfile");

  it("pins the major version of Node and installs exactly the lock file", () => {
    for (const line of instructions.filter((l) => l.startsWith("FROM ")))
      expect(line).toMatch(/^FROM node:20-bookworm-slim( AS build)?$/);
    expect(text).toContain("RUN npm ci");
    expect(text).not.toMatch(/npm install|curl|wget|ADD /);
  });

  it("asks /health, and its check is a program that parses", () => {
    const check = /HEALTHCHECK.*CMD (\[.*\])/.exec(instructions.find((line) => line.startsWith("HEALTHCHECK"))!)!;
    const [program, flag, script] = JSON.parse(check[1]) as string[];
    expect([program, flag]).toEqual(["node", "-e"]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the script's own template.
    expect(script).toContain("http://127.0.0.1:${process.env.PORT}/health");
    expect(() => new Function(script)).not.toThrow();
  });

  it("takes the packages of a release, trimmed, and none of development", () => {
    const build = instructions.slice(0, -final.length);
    const after = build.slice(build.indexOf("RUN npm run release"));
    expect(after[1]).toBe("WORKDIR /app/release");
    expect(after[2]).toMatch(/^RUN npm ci .*&& npm run trim && /);
    expect(final.filter((line) => line.startsWith("COPY "))).toEqual(["COPY --from=build /app/release ./"]);
  });

  it("copies only what exists, and the entrypoint is executable", () => {
    const ignored = read("docker/Dockerfile.dockerignore").trim().split("\n");
    for (const line of final.filter((l) => l.startsWith("COPY --from=build "))) {
      for (const path of line.split(" ").slice(2, -1)) {
        const name = path.replace("/app/", "");
        const madeByBuild = name === "release";
        expect(madeByBuild || existsSync(join(root, name)), name).toBe(true);
        expect(madeByBuild || !ignored.includes(name), `${name} is ignored`).toBe(true);
      }
    }
    expect(statSync(join(root, "docker/entrypoint.sh")).mode & 0o111).toBe(0o111);
  });
});

describe("compose.yml", () => {
  const compose = parse(read("docker/compose.yml"));
  const { database, maillard } = compose.services;

  it("starts the server after PostgreSQL 17 is healthy, and names it in DATABASE_URL", () => {
    expect(database.image).toBe("postgres:17");
    expect(database.healthcheck.test).toContain("pg_isready");
    expect(maillard.depends_on.database.condition).toBe("service_healthy");
    const url = new URL(maillard.environment.DATABASE_URL.replace(/\$\{[^}]+\}/, "word"));
    expect([url.protocol, url.hostname, url.pathname]).toEqual(["postgresql:", "database", "/maillard"]);
    expect([url.username, url.pathname.slice(1)]).toEqual([
      database.environment.POSTGRES_USER,
      database.environment.POSTGRES_DB,
    ]);
  });

  it("contains no password and no key: both must be given", () => {
    expect(database.environment.POSTGRES_PASSWORD).toMatch(/^\$\{POSTGRES_PASSWORD:\?/);
    expect(maillard.environment.MAILLARD_API_KEYS).toMatch(/^\$\{MAILLARD_API_KEYS:\?/);
  });

  it("publishes on this machine alone, without extra rights, and declares every volume it uses", () => {
    expect(maillard.ports).toEqual(["127.0.0.1:4000:4000"]);
    expect(database.ports).toBeUndefined();
    expect(maillard.cap_drop).toEqual(["ALL"]);
    for (const service of [database, maillard])
      for (const volume of service.volumes) expect(Object.keys(compose.volumes)).toContain(volume.split(":")[0]);
    expect(existsSync(join(root, "docker", maillard.build.context, maillard.build.dockerfile))).toBe(true);
  });
});
