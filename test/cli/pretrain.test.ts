/**
 * `maillard pretrain` as a process: after any interruption the same command continues, and the final weights are those
 * of an uninterrupted run.
 */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PRETRAIN_DEFAULTS, type PretrainResult, pretrain } from "../../src/train/pretrain/pretrain.js";
import { maillard, spawnMaillard } from "../support/command-line.js";

let folder: string;
let corpus: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maillard-pretrain-"));
  corpus = join(folder, "corpus.smi.gz");
  const chains = Array.from({ length: 40 }, (_, index) => "C".repeat(1 + index));
  const smiles = chains.flatMap((chain) => [`${chain}O`, `${chain}N name`, `${chain}C(=O)O`, `c1ccccc1${chain}Cl`]);
  await writeFile(corpus, gzipSync(`${smiles.join("\n")}\n`));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Some 110 steps of a few milliseconds. */
const TINY = [
  "--width",
  "16",
  "--layers",
  "1",
  "--heads",
  "2",
  "--max-length",
  "32",
  "--tokens",
  "16000",
  "--batch-size",
  "8",
];
const command = (output: string, ...more: string[]) => [
  "pretrain",
  "--corpus",
  corpus,
  "--output",
  join(folder, output),
  ...TINY,
  "--threads",
  "1",
  "--checkpoint-every",
  "5",
  ...more,
];

const states = async (output: string): Promise<string[]> =>
  (await readdir(join(folder, output, "state")).catch(() => [])).filter((name) => name.startsWith("step-"));
const lastStep = async (output: string): Promise<number> =>
  Math.max(0, ...(await states(output)).map((name) => Number(name.slice(5))));
const weights = async (output: string): Promise<string> =>
  createHash("sha256")
    .update(await readFile(join(folder, output, "model.safetensors")))
    .digest("hex");

describe("pretrain", () => {
  it.each([
    [
      "masked tokens",
      [],
      /^pretrain 100 % {2}step \d+ {2}loss \d\.\d{3} {2}masked accuracy \d+\.\d % {2}.* tokens\/s/m,
    ],
    [
      "properties and random SMILES too",
      ["--properties", "1", "--random-smiles", "0.5", "--property-share", "0.8"],
      /^pretrain \d+ % .* {2}descriptors \d\.\d{3} {2}MACCS \d\.\d{3} {2}Morgan \d\.\d{3} {2}.* tokens\/s/m,
    ],
  ])(
    "killed with SIGKILL and ended with SIGTERM, it ends in the uninterrupted weights: %s",
    async (name, more, line) => {
      const [first, second] = [`whole ${name}`, `cut ${name}`];
      const whole = await maillard("", command(first, "--json", ...more));
      expect(whole.exitCode, whole.err.slice(-800)).toBe(0);
      const expected = JSON.parse(whole.out) as PretrainResult & { finished: boolean };
      expect(expected).toMatchObject({ finished: true, validation: { molecules: 16 } });
      expect(expected.tokensSeen).toBeGreaterThanOrEqual(16_000);
      expect(whole.err).toMatch(line);

      const killed = spawnMaillard(command(second, "--json", ...more));
      while ((await lastStep(second)) < 10) await new Promise((resolve) => setTimeout(resolve, 5));
      killed.child.kill("SIGKILL");
      await killed.ended;
      const reached = await lastStep(second);
      expect(reached).toBeLessThan(expected.step);

      const asked = spawnMaillard(command(second, ...more));
      while ((await lastStep(second)) <= reached) await new Promise((resolve) => setTimeout(resolve, 5));
      asked.child.kill("SIGTERM");
      expect(await asked.ended).toBe(143);
      expect(asked.output()).toContain("give the same command again, and it goes on from there.");
      expect(await lastStep(second)).toBeLessThan(expected.step);

      const rest = await maillard("", command(second, "--json", ...more));
      expect(rest.exitCode).toBe(0);
      expect(JSON.parse(rest.out)).toEqual(expected);
      expect(expected.properties === null).toBe(more.length === 0);
      expect(await weights(second)).toBe(await weights(first));
    },
  );

  it("continues a run made from PRETRAIN_DEFAULTS with the same values, and refuses other values", async () => {
    const shape = { width: 16, layers: 1, heads: 2, maxLength: 32 };
    let steps = 0;
    const early = await pretrain(
      {
        ...PRETRAIN_DEFAULTS,
        corpus,
        output: join(folder, "library"),
        shape,
        tokens: 4_000,
        batchSize: 8,
        threads: 1,
      },
      () => undefined,
      () => ++steps > 10,
    );
    expect(early.step).toBe(10);
    const flags = command("library");
    flags[flags.indexOf("16000")] = "4000";
    const other = await maillard("", [...flags, "--seed", "43"]);
    expect(other.exitCode).toBe(1);
    expect(other.err).toMatch(/^CONFLICT /m);
    const { exitCode, out } = await maillard("", flags);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^4,\d{3} of 4,000 tokens seen in \d+ steps; [\d,]+ weights in /);
    expect(out).toMatch(/^16 molecules kept aside, \d+ masked tokens:\n {2}masked accuracy \d+\.\d %/m);
  });

  it.each([
    [["--corpus", "absent.smi"], /^BAD_INPUT .*cannot be read/m],
    [["--width", "16", "--heads", "3"], /^USAGE .*--width 16 is not a multiple of --heads 3/m],
    [["--tokens", "many"], /Give a whole number from 1/],
  ])("refuses %j", async (more, text) => {
    const { exitCode, err } = await maillard("", [...command("refused"), ...more]);
    expect(exitCode).toBe(1);
    expect(err).toMatch(text);
  });
});
