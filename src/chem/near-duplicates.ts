/**
 * Which molecules have a near-duplicate in a library: another one whose fingerprint has a Tanimoto similarity of at
 * least `similarity`. Exact: no near-duplicate is missed, as an approximate index might. It is fast for two reasons
 * (Swamidass and Baldi 2007). Of two fingerprints with a and b bits the similarity is at most min(a, b) / max(a, b), so
 * a library sorted by bits is searched in a window. And a pair is skipped as soon as the remaining bits are too few.
 */
const WORDS = 64;

interface Packed {
  words: Uint32Array;
  /** Set bits of each fingerprint. */
  bits: Uint16Array;
}

export class NearDuplicates {
  readonly #library: Packed;
  /** First place in the library of a fingerprint with at least so many bits. */
  readonly #from: Uint32Array;

  /** Fingerprints of 256 bytes. */
  constructor(
    library: readonly Uint8Array[],
    private readonly similarity = 0.9,
  ) {
    const { words, bits } = pack(library);
    const order = Uint32Array.from(library, (_, index) => index).sort((a, b) => bits[a] - bits[b]);
    this.#library = { words: new Uint32Array(words.length), bits: Uint16Array.from(order, (index) => bits[index]) };
    order.forEach((index, place) => {
      this.#library.words.set(words.subarray(index * WORDS, (index + 1) * WORDS), place * WORDS);
    });
    this.#from = new Uint32Array(WORDS * 32 + 2).fill(library.length);
    for (let place = library.length - 1; place >= 0; place--) this.#from[this.#library.bits[place]] = place;
    for (let bits = this.#from.length - 2; bits >= 0; bits--)
      this.#from[bits] = Math.min(this.#from[bits], this.#from[bits + 1]);
  }

  /** A fingerprint without any bit is similar to none. */
  has(fingerprint: Uint8Array): boolean {
    const { words, bits } = pack([fingerprint]);
    const [own] = bits;
    if (own === 0) return false;
    // Only words with bits can have common bits. The bits from each word to the end bound the common bits to come.
    const places = Array.from({ length: WORDS }, (_, word) => word).filter((word) => words[word] !== 0);
    const left = new Uint16Array(places.length + 1);
    for (let i = places.length - 1; i >= 0; i--) left[i] = left[i + 1] + popcount(words[places[i]]);
    const { words: others, bits: otherBits } = this.#library;
    const end = this.#from[Math.min(Math.floor(own / this.similarity + 1e-9), WORDS * 32) + 1];
    for (let other = this.#from[Math.ceil(own * this.similarity - 1e-9)]; other < end; other++) {
      const sum = own + otherBits[other];
      // c / (a + b - c) >= s  <=>  c >= s (a + b) / (1 + s)
      const needed = Math.ceil((this.similarity * sum) / (1 + this.similarity) - 1e-9);
      let common = 0;
      for (let i = 0; i < places.length && common + left[i] >= needed; i++)
        common += popcount(words[places[i]] & others[other * WORDS + places[i]]);
      if (common >= needed) return true;
    }
    return false;
  }
}

function pack(fingerprints: readonly Uint8Array[]): Packed {
  const words = new Uint32Array(fingerprints.length * WORDS);
  const bits = new Uint16Array(fingerprints.length);
  // In the order of bytes of this machine, which is the same for all of them: bits are only counted.
  const bytesOfWords = new Uint8Array(words.buffer);
  fingerprints.forEach((bytes, index) => {
    bytesOfWords.set(bytes, index * WORDS * 4);
    for (let word = 0; word < WORDS; word++) bits[index] += popcount(words[index * WORDS + word]);
  });
  return { words, bits };
}

/** Set bits of 32 (Warren, Hacker's Delight, 5-1). */
function popcount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  x = (x + (x >>> 4)) & 0x0f0f0f0f;
  return Math.imul(x, 0x01010101) >>> 24;
}
