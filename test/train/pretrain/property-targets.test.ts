/**
 * Targets of the property heads: the constant answer costs exactly 1, molecules without targets have weight 0, and a
 * torn record is not used. Then a whole small run, continued from a model.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { DESCRIPTORS, MACCS_BITS, MORGAN_BITS, type MolecularProperties } from "../../../src/chem/index.js";
import { loadCheckpoint } from "../../../src/model/checkpoint/checkpoint.js";
import { withHead } from "../../../src/model/initialize.js";
import { PRETRAIN_DEFAULTS, pretrain } from "../../../src/train/pretrain/pretrain.js";
import { pretrainIdentity } from "../../../src/train/pretrain/pretrain-state.js";
import { PropertyCache } from "../../../src/train/pretrain/properties/cache.js";
import { RECORD_BYTES, readRecord, writeRecord } from "../../../src/train/pretrain/properties/record.js";
import { bitScores } from "../../../src/train/pretrain/properties/scores.js";
import { PropertyTargets } from "../../../src/train/pretrain/properties/targets.js";

const folder = mkdtempSync(join(tmpdir(), "maillard-properties-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Molecule n: descriptor 0 is n, 1 is constant, 2 missing; bit j of both fingerprints is set in one of 2 + j mod 6. */
function moleculeOf(n: number): MolecularProperties {
  const descriptors = Float32Array.from(DESCRIPTORS, (_, j) => [n, 7, Number.NaN][j] ?? Math.sin(n * (j + 1)));
  const bits = (width: number) => {
    const bytes = new Uint8Array(Math.ceil(width / 8));
    for (let j = 0; j < width; j++) if (n % (2 + (j % 6)) === 0) bytes[j >> 3] |= 1 << (j & 7);
    return bytes;
  };
  return { descriptors, maccs: bits(MACCS_BITS), morgan: bits(MORGAN_BITS) };
}
const together = (records: Buffer[]) => new Uint8Array(Buffer.concat(records));
const sample = together(Array.from({ length: 420 }, (_, n) => writeRecord(moleculeOf(n))));

describe("targets", () => {
  const targets = PropertyTargets.fit(sample);

  it("cost 1 times the unit when every molecule is answered alike, each head", () => {
    const [numbers, maccs, morgan] = targets.batch(sample, 0.5);
    const [bias, ...biases] = targets.biases();
    expect(bias.every((value) => value === 0)).toBe(true);
    // Standardised values are cut at 5, and none of these is that far out: their mean square is 1.
    const squares = numbers.targets.reduce((sum, value, i) => sum + numbers.weights[i] * value ** 2, 0);
    expect(squares).toBeCloseTo(0.5, 4);
    for (const [head, part] of [maccs, morgan].entries()) {
      const width = biases[head].length;
      const loss = part.targets.reduce((sum, target, i) => {
        const x = biases[head][i % width];
        return sum + part.weights[i] * (Math.max(x, 0) - x * target + Math.log1p(Math.exp(-Math.abs(x))));
      }, 0);
      expect(Math.abs(loss / 0.5 - 1)).toBeLessThan(0.005); // shares are smoothed by half a molecule
    }
    // Bit 2 is set in one of four, molecule 0 among them and not molecule 1: √3 times as much where it is.
    const share = (420 / 4 + 0.5) / 421;
    expect(maccs.weights[2] / maccs.weights[MACCS_BITS + 2]).toBeCloseTo(Math.sqrt((1 - share) / share), 5);
  });

  it("of a molecule without record, and a constant or missing descriptor, weigh nothing; the others share", () => {
    const batch = targets.batch(together([writeRecord(null), writeRecord(moleculeOf(3))]), 1);
    const [numbers, maccs] = batch;
    for (const { weights } of batch) {
      const width = weights.length / 2;
      expect(weights.subarray(0, width).every((weight) => weight === 0)).toBe(true);
    }
    expect([...numbers.weights.subarray(DESCRIPTORS.length, DESCRIPTORS.length + 3)]).toEqual([
      Math.fround(1 / (DESCRIPTORS.length - 2)),
      0,
      0,
    ]);
    const alone = targets.batch(together([writeRecord(moleculeOf(3))]), 1)[1];
    expect([...maccs.weights.subarray(MACCS_BITS)]).toEqual([...alone.weights]);
  });

  it("scores bits by F1 against the more frequent answer", () => {
    // Bit 0: truth 1100, answer 1010; bit 1: truth 1110, answer 1110; bit 2 is never set and left out.
    const truth = [
      [1, 1, 0],
      [1, 1, 0],
      [0, 1, 0],
      [0, 0, 0],
    ];
    const answer = [
      [1, 1, 1],
      [0, 1, 0],
      [1, 1, 0],
      [0, 0, 0],
    ];
    const scores = bitScores(3, 4, (i, j) => [truth[i][j], answer[i][j]]);
    expect(scores).toEqual({ bits: 2, f1: (0.5 + 1) / 2, majorityF1: (0 + 6 / 7) / 2 });
  });
});

describe("the cache", () => {
  it("keeps records across openings, and neither a torn one nor those of another corpus", () => {
    const file = join(folder, "properties.bin");
    const first = new PropertyCache(file, "a".repeat(64));
    first.write(3, writeRecord(moleculeOf(3)));
    first.write(5, writeRecord(null));
    first.close();
    const bytes = readFileSync(file);
    const again = new PropertyCache(file, "a".repeat(64));
    expect(readRecord(again.read(3)!)?.descriptors[0]).toBe(3);
    expect(readRecord(again.read(5)!)).toBeNull();
    expect([again.read(0), again.read(4), again.read(99)]).toEqual([null, null, null]);
    again.close();
    bytes[64 + 3 * RECORD_BYTES + 100] ^= 1;
    writeFileSync(file, bytes);
    const torn = new PropertyCache(file, "a".repeat(64));
    expect(torn.read(3)).toBeNull();
    expect(torn.read(5)).not.toBeNull();
    torn.close();
    const other = new PropertyCache(file, "b".repeat(64));
    expect(other.read(5)).toBeNull();
    other.close();
  });
});

describe("a run", () => {
  const options = (name: string) => ({
    ...PRETRAIN_DEFAULTS,
    corpus: join(folder, "corpus.smi"),
    output: join(folder, name),
    tokens: 1_500,
    batchSize: 8,
    threads: 1,
  });

  it("of options that were there before has the identity it had", () => {
    const given = { ...PRETRAIN_DEFAULTS, corpus: "c", output: "o" };
    const before = "d629114023c804a346f81b61fdcfdbbf1d349d110e9f129c8f7dd52f972274d8";
    expect(pretrainIdentity(given, { size: 10, tokens: 99 }, null)).toBe(before);
    expect(pretrainIdentity({ ...given, properties: 1 }, { size: 10, tokens: 99 }, null)).not.toBe(before);
  });

  it("continued from a model saves its shape and vocabulary, and a pooler that learned; no property head", async () => {
    const chains = Array.from({ length: 40 }, (_, n) => "C".repeat(1 + n));
    await mkdir(folder, { recursive: true });
    await writeFile(
      options("x").corpus,
      chains.flatMap((chain) => [`${chain}O`, `${chain}N`, `c1ccccc1${chain}`]).join("\n"),
    );
    const base = join(import.meta.dirname, "../../fixtures/tiny-bert-masked");
    const started = await loadCheckpoint(base);
    const result = await pretrain({ ...options("continued"), base, properties: 1 });
    const saved = await loadCheckpoint(join(folder, "continued"));
    expect(saved.config).toEqual(started.config);
    expect([...saved.weights.keys()].filter((name) => name.startsWith("properties."))).toEqual([]);
    const pooler = saved.weights.get("pooler.dense.weight")!;
    expect(pooler.shape).toEqual([started.config.width, started.config.width]);
    expect(withHead(saved, "SINGLE_LABEL", ["a"], 1).weights.get("pooler.dense.weight")).toBe(pooler);
    expect(result.parameters).toBe([...saved.weights.values()].reduce((sum, { data }) => sum + data.length, 0));
    expect(result.properties).toMatchObject({ molecules: 12 });
    expect(readFileSync(join(folder, "continued/tokenizer.json"))).toEqual(readFileSync(join(base, "tokenizer.json")));
  });

  it("is refused a base without masked-token head", async () => {
    const base = join(folder, "classes");
    cpSync(join(import.meta.dirname, "../../fixtures/tiny-bert"), base, { recursive: true });
    await expect(pretrain({ ...options("refused"), base })).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      param: "base",
    });
  });
});
