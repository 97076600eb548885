/**
 * docs/python.md, run as it stands, where Python has gql. MAILLARD_PYTHON names the interpreter; default python3. Names
 * of the shipped models and of the sample are those of this service.
 */
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InProcessCompute } from "../support/access/projects.js";
import { startTestService, type TestService } from "../support/api.js";
import { seedDataset } from "../support/run-fixtures.js";

const PYTHON = process.env.MAILLARD_PYTHON || "python3";
const MODULES =
  "import gql.transport.requests, gql.transport.websockets, importlib.metadata as m; print(m.version('gql'))";

/** Why it cannot run; null: it can. */
function missing(): string | null {
  try {
    const version = execFileSync(PYTHON, ["-c", MODULES], { encoding: "utf8", stdio: "pipe" }).trim();
    return version.startsWith("4.") ? null : `${PYTHON} has gql ${version}, and 4 is needed`;
  } catch {
    return `${PYTHON} has no gql: python3 -m pip install "gql[all]", or name another one in MAILLARD_PYTHON`;
  }
}

const reason = missing();
if (reason) console.log(`docs/python.md: skipped, ${reason}`);

describe.skipIf(reason !== null)("docs/python.md", () => {
  let service: TestService;
  beforeAll(async () => {
    const models = { base: "tiny-bert-masked", "superclass-ensemble": "tiny-bert" };
    service = await startTestService({ compute: new InProcessCompute(), models });
    await seedDataset(service.store, undefined, "sample");
  });
  afterAll(() => service?.close());

  it("does what it says", async () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/python.md"), "utf8");
    const program = [...page.matchAll(/```python\n([\s\S]*?)```/g)].map(([, text]) => text).join("\n");
    const env = { PATH: process.env.PATH, MAILLARD_URL: `${service.url}/graphql` };
    const { stdout } = await promisify(execFile)(PYTHON, ["-c", program], { env });
    const lines = stdout.trim().split("\n");
    expect(lines[0]).toMatch(/^CC\(=O\)OCCc1ccccc1: (alcohol|ester|other) -?\d+\.\d{3}$/);
    expect(lines.slice(1, 4)).toEqual(["C1CC: INVALID_SMILES", "2 x 32", "NOT_FOUND model False"]);
    const metrics = lines.slice(4, -1);
    expect(metrics.length).toBeGreaterThan(3);
    expect(metrics.filter((line) => !/^\d+ (TRAIN|VALIDATION|TEST) \w+ -?[\d.e-]+$/.test(line))).toEqual([]);
    expect(lines.at(-1)).toBe("SUCCEEDED");
  });
});
