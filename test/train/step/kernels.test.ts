/** The arena, its optimizer and the dropout masks against scalar references and closed forms. */
import { describe, expect, it } from "vitest";
import { maskWords, quantisedKeep } from "../../../src/autograd/index.js";
import { philox } from "../../../src/model/random.js";
import { DropoutMasks, ParameterArena } from "../../../src/train/step/kernels/index.js";

const ADAMW = { learningRate: 1e-2, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1, gradientScale: 1 };

/** Uniform in [-1, 1), the same every time. */
function numbers(length: number, seed: number): Float32Array {
  const words = new Uint32Array(4);
  return Float32Array.from({ length }, (_, index) => {
    if (index % 4 === 0) philox([index / 4, 0, 0, 0], [seed, 1], words);
    return words[index % 4] / 2 ** 31 - 1;
  });
}

describe("Philox4x32-10", () => {
  // Known answers of Random123 (kat_vectors).
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [Array(4).fill(0xffffffff), Array(2).fill(0xffffffff), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])("answers Random123's vector for %j", (counter, key, expected) => {
    const result = new Uint32Array(4);
    philox(counter, key, result);
    expect([...result]).toEqual(expected);
  });
});

/** The mask by its definition, element by element. */
function expectedElement(column: number, counter: number[], key: number[], p: number): number {
  const words = new Uint32Array(4);
  philox(
    [counter[0] + (column >>> 3), counter[1], counter[2], counter[3]].map((word) => word >>> 0),
    key,
    words,
  );
  const word = words[(column & 7) >> 1];
  const half = column & 1 ? word >>> 16 : word & 0xffff;
  const { threshold, scale } = quantisedKeep(p);
  return half < threshold ? Math.fround(scale) : 0;
}

describe("dropout masks", () => {
  const lengths = Int32Array.of(5, 1, 12, 0, 8);
  const request = { seed: 2 ** 40 + 12345, step: 7, site: 3, p: 0.1, lengths };
  const key = [12345, 2 ** 8];

  it.each([1, 3, 8, 32, 37])("hidden equals the scalar definition bit for bit (width %i)", (width) => {
    const mask = new DropoutMasks().hidden({ ...request, width });
    expect(mask.length).toBe(26 * width);
    let row = 0;
    lengths.forEach((length, sequence) => {
      for (let position = 0; position < length; position++, row++) {
        const counter = [0, sequence * 65_536 + position, 7, 0x80000003];
        for (let channel = 0; channel < width; channel++) {
          expect(mask[row * width + channel]).toBe(expectedElement(channel, counter, key, 0.1));
        }
      }
    });
  });

  it.each([12, 13, 21])("attention equals the scalar definition, 0 in padding (padded to %i)", (paddedLength) => {
    const heads = 3;
    const mask = new DropoutMasks().attention({ ...request, heads, paddedLength });
    expect(mask.length).toBe(5 * heads * paddedLength ** 2);
    let place = 0;
    for (let sequence = 0; sequence < 5; sequence++) {
      for (let head = 0; head < heads; head++) {
        for (let query = 0; query < paddedLength; query++) {
          const counter = [head * 65_536, sequence * 65_536 + query, 7, 0xc0000003];
          for (let other = 0; other < paddedLength; other++) {
            const real = query < lengths[sequence] && other < lengths[sequence];
            expect(mask[place++]).toBe(real ? expectedElement(other, counter, key, 0.1) : 0);
          }
        }
      }
    }
  });

  it("does not depend on how the batch is padded, nor on the sequences beside", () => {
    const masks = new DropoutMasks();
    const narrow = masks.attention({ ...request, lengths: Int32Array.of(6, 9), heads: 2, paddedLength: 9 });
    const wide = masks.attention({ ...request, lengths: Int32Array.of(6, 30), heads: 2, paddedLength: 30 });
    for (let head = 0; head < 2; head++) {
      for (let query = 0; query < 6; query++) {
        for (let other = 0; other < 6; other++) {
          expect(narrow[(head * 9 + query) * 9 + other]).toBe(wide[(head * 30 + query) * 30 + other]);
        }
      }
    }
    const alone = masks.hidden({ ...request, lengths: Int32Array.of(6), width: 20 });
    const before = masks.hidden({ ...request, lengths: Int32Array.of(6, 11), width: 20 });
    expect([...before.subarray(0, 120)]).toEqual([...alone]);
  });

  it.each([0.1, 0.5, 0.013])(
    "keeps round((1 - p) * 65536) / 65536 of a million elements within 4 sigma (p = %d)",
    (p) => {
      const mask = new DropoutMasks().hidden({ ...request, p, lengths: Int32Array.of(1000), width: 1000 });
      const { threshold, scale } = quantisedKeep(p);
      const share = threshold / 65_536;
      expect(Math.abs(share - (1 - p))).toBeLessThanOrEqual(0.5 / 65_536);
      const kept = mask.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0) / mask.length;
      expect(Math.abs(kept - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / mask.length));
      expect(new Set(mask)).toEqual(new Set([0, Math.fround(scale)]));
      expect(share * scale).toBeCloseTo(1, 12);
    },
  );

  it("is uncorrelated between sites, steps, seeds, heads, sequences and neighbours", () => {
    const masks = new DropoutMasks();
    const many = { ...request, p: 0.3, lengths: Int32Array.of(200, 200), width: 500 };
    const base = masks.hidden(many);
    const attention = masks.attention({ ...many, lengths: Int32Array.of(300, 300), heads: 2, paddedLength: 300 });
    const part = (index: number) => attention.subarray(index * 90_000, (index + 1) * 90_000);
    const pairs: Record<string, [Float32Array, Float32Array]> = {
      site: [base, masks.hidden({ ...many, site: 4 })],
      step: [base, masks.hidden({ ...many, step: 8 })],
      "low seed": [base, masks.hidden({ ...many, seed: many.seed + 1 })],
      "high seed": [base, masks.hidden({ ...many, seed: many.seed + 2 ** 32 })],
      sequence: [base.subarray(0, 100_000), base.subarray(100_000)],
      channel: [base.subarray(0, -1), base.subarray(1)],
      position: [base.subarray(0, -500), base.subarray(500)],
      head: [part(0), part(1)],
      "attention sequence": [part(0), part(2)],
      "hidden and attention": [base.subarray(0, 90_000), part(0)],
    };
    for (const [name, [a, b]] of Object.entries(pairs)) {
      // A correlation of n independent pairs has standard deviation 1 / sqrt(n).
      expect(Math.abs(correlation(a, b)), name).toBeLessThan(4 / Math.sqrt(a.length));
    }
  });

  it("grows without a change to returned masks, and starts over on reset with the same bits", () => {
    const masks = new DropoutMasks(65_536);
    const first = masks.hidden({ ...request, lengths: Int32Array.of(10), width: 100 });
    const copy = first.slice();
    for (let site = 0; site < 8; site++) masks.hidden({ ...request, site, lengths: Int32Array.of(100), width: 300 });
    expect(first).toEqual(copy);
    masks.reset();
    const again = masks.hidden({ ...request, lengths: Int32Array.of(10), width: 100 });
    expect(again.buffer).toBe(first.buffer);
    expect(again).toEqual(copy);
  });

  it("is all ones for p = 0 and refuses p = 1, p < 0 and NaN", () => {
    const masks = new DropoutMasks();
    expect(new Set(masks.hidden({ ...request, p: 0, width: 10 }))).toEqual(new Set([1]));
    for (const p of [1, -0.1, Number.NaN]) {
      expect(() => masks.hidden({ ...request, p, width: 10 })).toThrow(
        expect.objectContaining({ code: "INVALID_CONFIG", param: "dropout" }),
      );
    }
  });
});

function correlation(a: Float32Array, b: Float32Array): number {
  const n = a.length;
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / n;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    ab += (a[i] - meanA) * (b[i] - meanB);
    aa += (a[i] - meanA) ** 2;
    bb += (b[i] - meanB) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

describe("dropout masks of bits", () => {
  const lengths = Int32Array.of(5, 1, 12, 0, 8);
  const at = { seed: 2 ** 40 + 12345, step: 7, site: 3, lengths };
  const bit = (mask: Float32Array | Uint32Array, row: number, words: number, j: number) =>
    (mask[row * words + (j >>> 5)] >>> (j & 31)) & 1;

  it.each([1, 8, 32, 37, 96])("hidden: a bit is 1 where the float is not 0 (width %i)", (width) => {
    for (const p of [0.1, 0.7, 1e-9]) {
      const floats = new DropoutMasks().hidden({ ...at, p, width });
      const bits = new DropoutMasks().hidden({ ...at, p, width, packed: true });
      const words = maskWords(width);
      expect(bits).toBeInstanceOf(Uint32Array);
      expect(bits.length).toBe(26 * words);
      for (let row = 0; row < 26; row++)
        for (let j = 0; j < width; j++) expect(bit(bits, row, words, j)).toBe(floats[row * width + j] > 0 ? 1 : 0);
    }
  });

  it("attention: the same for every pair of real tokens", () => {
    const shape = { heads: 3, paddedLength: 35 };
    const own = { ...at, p: 0.3, lengths: Int32Array.of(35, 2, 17), ...shape };
    const floats = new DropoutMasks().attention(own);
    const bits = new DropoutMasks().attention({ ...own, packed: true });
    expect(bits.length).toBe(3 * 3 * 35 * 2);
    for (let square = 0; square < 9; square++) {
      const length = own.lengths[Math.floor(square / 3)];
      for (let query = 0; query < length; query++)
        for (let key = 0; key < length; key++)
          expect(bit(bits, square * 35 + query, 2, key)).toBe(floats[(square * 35 + query) * 35 + key] > 0 ? 1 : 0);
    }
  });
});

describe("ParameterArena", () => {
  const specs = [
    { name: "bias", shape: [3], decay: false },
    { name: "table", shape: [5, 3], decay: true },
    { name: "kernel", shape: [17], decay: true },
  ];

  it("lays out zeroed, aligned tensors whose views write the sections", () => {
    const arena = new ParameterArena(specs);
    expect(arena.places.map(({ name, offset, length }) => [name, offset, length])).toEqual([
      ["table", 0, 15],
      ["kernel", 16, 17],
      ["bias", 48, 3],
    ]);
    expect(arena.weights.length).toBe(64);
    for (const view of [arena.weight("kernel"), arena.gradient("bias"), arena.secondMoment("table")]) {
      expect(view.byteOffset % 64).toBe(0);
      expect(view.every((value) => value === 0)).toBe(true);
    }
    arena.firstMoment("kernel")[2] = 5;
    expect(arena.firstMoments[18]).toBe(5);
    expect(() => arena.weight("other")).toThrow(expect.objectContaining({ code: "INTERNAL" }));
    expect(() => new ParameterArena([specs[0], specs[0]])).toThrow(expect.objectContaining({ code: "INVALID_CONFIG" }));
  });

  it("refuses what does not fit 4 GB before it asks for memory", () => {
    expect(() => new ParameterArena([{ name: "huge", shape: [70_000, 4_096], decay: true }])).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", details: expect.objectContaining({ limit: 2 ** 32 }) }),
    );
  });

  it("reaches addresses above 2 GB", () => {
    // 3.9 GB, of which only the pages written take memory: row gradients pass through scratch, at the very end.
    const arena = new ParameterArena([
      { name: "table", shape: [4, 8], decay: true },
      { name: "rest", shape: [244_000_000], decay: true },
    ]);
    const last = arena.secondMoment("rest").subarray(-100);
    expect(last.byteOffset).toBeGreaterThan(3.9e9);
    expect(arena.isFinite(last)).toBe(true);
    last[99] = Number.NaN;
    expect(arena.isFinite(last)).toBe(false);
    arena.addScaledRows("table", Int32Array.of(2, 2), new Float32Array(16).fill(1.5), 8);
    expect([...arena.gradient("table")]).toEqual([...Array(16).fill(0), ...Array(8).fill(3), ...Array(8).fill(0)]);
  });

  it("makes two AdamW steps, as computed by hand", () => {
    const arena = new ParameterArena(specs);
    for (const { name } of specs) arena.weight(name).fill(1);
    arena.gradient("kernel").fill(0.5);
    arena.gradient("bias").fill(0.5);
    arena.adamw({ ...ADAMW, step: 1 });
    // First step: m / (1 - beta1) = g and v / (1 - beta2) = g * g, so the update is the learning rate times the sign.
    expect(arena.weight("kernel")[16]).toBeCloseTo(1 * (1 - 1e-3) - 1e-2, 7);
    expect(arena.weight("bias")[2]).toBeCloseTo(1 - 1e-2, 7);
    expect(arena.firstMoment("bias")[0]).toBeCloseTo(0.05, 8);
    expect(arena.secondMoment("bias")[0]).toBeCloseTo(0.00025, 10);

    arena.gradient("kernel").fill(-0.25);
    arena.gradient("bias").fill(-0.5);
    arena.adamw({ ...ADAMW, step: 2, gradientScale: 0.5 });
    // kernel: g = -0.125, m = 0.0325, v = 0.000265375; bias: g = -0.25, m = 0.02, v = 0.00031225.
    const update = (m: number, v: number) => (1e-2 * (m / (1 - 0.81))) / (Math.sqrt(v / (1 - 0.999 ** 2)) + 1e-8);
    expect(arena.weight("kernel")[0]).toBeCloseTo(0.989 * (1 - 1e-3) - update(0.0325, 0.000265375), 7);
    expect(arena.weight("bias")[0]).toBeCloseTo(0.99 - update(0.02, 0.00031225), 7);
  });

  it("lets rows without a gradient decay, and gaps between tensors stay zero", () => {
    const arena = new ParameterArena(specs);
    arena.weight("table").fill(2);
    arena.gradient("table").set([1, 1, 1], 3);
    for (let step = 1; step <= 3; step++) arena.adamw({ ...ADAMW, step });
    for (const untouched of [0, 2, 6, 14]) expect(arena.weight("table")[untouched]).toBeCloseTo(2 * (1 - 1e-3) ** 3, 6);
    // Those that never had a gradient: exactly, and their moments stay zero.
    const keep = Math.fround(1 - 1e-3);
    const thrice = [1, 2, 3].reduce((weight) => Math.fround(weight * keep), 2);
    for (const untouched of [8, 9, 14]) expect(arena.weight("table")[untouched]).toBe(thrice);
    expect(arena.secondMoment("table")[14]).toBe(0);
    expect(arena.weight("table")[4]).toBeLessThan(1.97);
    const inside = new Set(
      arena.places.flatMap(({ offset, length }) => Array.from({ length }, (_, index) => offset + index)),
    );
    arena.weights.forEach((value, index) => {
      if (!inside.has(index)) expect(value).toBe(0);
    });
  });

  it("stays within 1e-6 of AdamW in float64 over 1,000,000 weights and 5 steps; the norm within 1e-12", () => {
    const length = 1_000_000;
    const arena = new ParameterArena([{ name: "all", shape: [1000, 1000], decay: true }]);
    arena.weight("all").set(numbers(length, 1));
    const w = Float64Array.from(arena.weight("all"));
    const m = new Float64Array(length);
    const v = new Float64Array(length);
    const settings = { ...ADAMW, learningRate: 1e-3 };
    for (let step = 1; step <= 5; step++) {
      const g = numbers(length, 1 + step);
      arena.gradient("all").set(g);
      const norm = Math.sqrt(g.reduce((sum, value) => sum + value * value, 0));
      expect(Math.abs(arena.gradientNorm() / norm - 1)).toBeLessThan(1e-12);
      const gradientScale = Math.min(1, 1 / (norm + 1e-6));
      arena.adamw({ ...settings, step, gradientScale });
      const [correction1, correction2] = [1 - 0.9 ** step, 1 - 0.999 ** step];
      for (let i = 0; i < length; i++) {
        const scaled = g[i] * gradientScale;
        m[i] = 0.9 * m[i] + 0.1 * scaled;
        v[i] = 0.999 * v[i] + 0.001 * scaled * scaled;
        w[i] = w[i] * (1 - 1e-4) - (1e-3 * (m[i] / correction1)) / (Math.sqrt(v[i] / correction2) + 1e-8);
      }
    }
    const worst = arena.weight("all").reduce((most, value, i) => Math.max(most, Math.abs(value - w[i])), 0);
    expect(worst).toBeLessThan(1e-6);
    arena.zeroGradients();
    expect(arena.gradientNorm()).toBe(0);
  });

  it("adds row gradients in order, repeats included, skipping the padding row", () => {
    const [rows, width, tokens] = [50, 7, 900];
    const arena = new ParameterArena([{ name: "table", shape: [rows, width], decay: true }], 4096);
    const ids = Int32Array.from({ length: tokens }, (_, token) => (token * token + 3) % rows);
    const values = numbers(tokens * width, 9);
    const expected = new Float32Array(rows * width);
    for (let token = 0; token < tokens; token++) {
      if (ids[token] === 4) continue;
      for (let channel = 0; channel < width; channel++) {
        const scaled = Math.fround(values[token * width + channel] * 0.5);
        expected[ids[token] * width + channel] = expected[ids[token] * width + channel] + scaled;
      }
    }
    expect(ids.includes(4)).toBe(true);
    arena.addScaledRows("table", ids, values, width, { scale: 0.5, skipRow: 4 });
    expect([...arena.gradient("table")]).toEqual([...expected]);
    expect(
      arena
        .gradient("table")
        .subarray(28, 35)
        .every((value) => value === 0),
    ).toBe(true);
  });

  it("refuses row ids outside the table and rows of another width", () => {
    const arena = new ParameterArena(specs);
    const add = (ids: number[], width: number) =>
      arena.addScaledRows("table", Int32Array.from(ids), new Float32Array(ids.length * 3), width);
    for (const [ids, width] of [
      [[5], 3],
      [[-1], 3],
      [[0], 4],
      [[0, 1, 2], 1],
    ] as [number[], number][]) {
      expect(() => add(ids, width)).toThrow(expect.objectContaining({ code: "BAD_INPUT" }));
    }
    expect(arena.gradientNorm()).toBe(0);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("finds one %d wherever it is", (bad) => {
    const arena = new ParameterArena([{ name: "x", shape: [39], decay: true }], 64);
    const view = arena.weight("x");
    const outside = new Float32Array(39).fill(3e38);
    view.fill(3e38);
    expect([arena.isFinite(view), arena.isFinite(outside)]).toEqual([true, true]);
    for (let place = 0; place < 39; place++) {
      view[place] = outside[place] = bad;
      expect([arena.isFinite(view), arena.isFinite(outside)]).toEqual([false, false]);
      view[place] = outside[place] = 0;
    }
    arena.gradient("x")[38] = bad;
    expect(Number.isFinite(arena.gradientNorm())).toBe(false);
  });
});
