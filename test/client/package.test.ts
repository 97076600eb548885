/** packages/client goes with the server: its version, and the versions of what it needs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
interface Manifest {
  version: string;
  license: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}
const manifest = (path: string): Manifest => JSON.parse(readFileSync(join(ROOT, path, "package.json"), "utf8"));

it("has the version and licence of the server, and is tested with the packages that it names", () => {
  const [server, client] = [manifest("."), manifest("packages/client")];
  expect([client.version, client.license]).toEqual([server.version, server.license]);
  const tested = { ...server.devDependencies, ...server.dependencies };
  for (const [name, version] of Object.entries(client.dependencies))
    expect([name, version]).toEqual([name, tested[name]]);
  expect(client.peerDependencies).toEqual({ graphql: `^${tested.graphql.split(".")[0]}.0.0` });
  const licence = (path: string) => readFileSync(join(ROOT, path, "LICENSE"), "utf8");
  expect(licence("packages/client")).toBe(licence("."));
});
