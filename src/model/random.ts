/**
 * Philox4x32-10, a counter-based generator: block n of a stream is a function of (seed, stream, n), so a tensor's
 * numbers do not depend on what was drawn before it. Source: Salmon et al. 2011, "Parallel random numbers: as easy as
 * 1, 2, 3".
 */
import { createHash } from "node:crypto";

/** One block: four 32-bit words from a counter of four and a key of two. */
export function philox(counter: ArrayLike<number>, key: ArrayLike<number>, result: Uint32Array): void {
  let [a, b, c, d] = [counter[0], counter[1], counter[2], counter[3]];
  let [k0, k1] = [key[0], key[1]];
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, a);
    const low0 = Math.imul(0xd2511f53, a);
    const high1 = multiplyHigh(0xcd9e8d57, c);
    const low1 = Math.imul(0xcd9e8d57, c);
    a = (high1 ^ b ^ k0) >>> 0;
    b = low1 >>> 0;
    c = (high0 ^ d ^ k1) >>> 0;
    d = low0 >>> 0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  result[0] = a;
  result[1] = b;
  result[2] = c;
  result[3] = d;
}

/** Upper 32 bits of the product of two unsigned 32-bit numbers, by halves: the product itself exceeds a double. */
function multiplyHigh(x: number, y: number): number {
  const xHigh = x >>> 16;
  const xLow = x & 0xffff;
  const yHigh = y >>> 16;
  const yLow = y & 0xffff;
  const middle = xHigh * yLow + ((xLow * yLow) >>> 16);
  const carry = xLow * yHigh + (middle & 0xffff);
  return xHigh * yHigh + Math.floor(middle / 65_536) + Math.floor(carry / 65_536);
}

/** Fills `target` with normal(0, deviation), by Box and Muller. `stream` names what is drawn, e.g. a parameter. */
export function fillNormal(target: Float32Array, seed: number, stream: string, deviation: number): void {
  forEachBlock(target.length, seed, stream, (i, words) => {
    for (let pair = 0; pair < 4 && i + pair < target.length; pair += 2) {
      const radius = deviation * Math.sqrt(-2 * Math.log(openUnit(words[pair])));
      const angle = 2 * Math.PI * openUnit(words[pair + 1]);
      target[i + pair] = radius * Math.cos(angle);
      if (i + pair + 1 < target.length) target[i + pair + 1] = radius * Math.sin(angle);
    }
  });
}

/** Fills `target` with uniform(-bound, bound). */
export function fillUniform(target: Float32Array, seed: number, stream: string, bound: number): void {
  forEachBlock(target.length, seed, stream, (i, words) => {
    for (let j = 0; j < 4 && i + j < target.length; j++) target[i + j] = bound * (2 * openUnit(words[j]) - 1);
  });
}

/** Above 0 and below 1, so that its logarithm is finite. */
const openUnit = (word: number) => (word + 0.5) * 2 ** -32;

/** Four random words for elements i, i + 1, i + 2, i + 3. */
function forEachBlock(
  length: number,
  seed: number,
  stream: string,
  use: (i: number, words: Uint32Array) => void,
): void {
  const key = Uint32Array.of(seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0);
  const name = createHash("sha256").update(stream).digest();
  const counter = Uint32Array.of(0, 0, name.readUInt32LE(0), name.readUInt32LE(4));
  const words = new Uint32Array(4);
  for (let i = 0; i < length; i += 4) {
    counter[0] = i / 4;
    philox(counter, key, words);
    use(i, words);
  }
}
