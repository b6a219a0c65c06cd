/** 128 bits that name a stream. */
export type Key = readonly [number, number, number, number];

/** What a block of random bits is for; it is part of the counter, so that uses of one stream do not share bits. */
export type Purpose = number;

/** Rotations of a round's two halves, for rounds 0 to 7 and again (Salmon et al. 2011, table 2). */
export const ROTATIONS: readonly (readonly [number, number])[] = [
  [10, 26],
  [11, 21],
  [13, 27],
  [23, 5],
  [6, 20],
  [17, 11],
  [25, 10],
  [18, 20],
];

/** Constant of the key schedule (Salmon et al. 2011, section 3.1). */
export const PARITY = 0x1bd11bda;

/**
 * Encrypt one counter with Threefry-4x32-20 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as
 * 1, 2, 3").
 *
 * @param key Key of the stream.
 * @param c0 First word of the counter.
 * @param c1 Second word.
 * @param c2 Third word.
 * @param c3 Fourth word.
 * @param out Receives 4 words.
 * @param at Place of the first of them.
 */
export function threefry(
  key: Key,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  out: Uint32Array | Int32Array,
  at: number,
): void {
  let k0 = key[0] | 0;
  let k1 = key[1] | 0;
  let k2 = key[2] | 0;
  let k3 = key[3] | 0;
  let k4 = PARITY ^ k0 ^ k1 ^ k2 ^ k3;
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  let x2 = (c2 + k2) | 0;
  let x3 = (c3 + k3) | 0;
  for (let s = 1; s <= 5; s++) {
    // Eight rotation pairs in turn: odd groups of four rounds take the first four, even groups the rest.
    if ((s & 1) === 1) {
      x0 = (x0 + x1) | 0, x1 = ((x1 << 10) | (x1 >>> 22)) ^ x0, x2 = (x2 + x3) | 0;
      x3 = ((x3 << 26) | (x3 >>> 6)) ^ x2, x0 = (x0 + x3) | 0, x3 = ((x3 << 11) | (x3 >>> 21)) ^ x0;
      x2 = (x2 + x1) | 0, x1 = ((x1 << 21) | (x1 >>> 11)) ^ x2, x0 = (x0 + x1) | 0;
      x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0, x2 = (x2 + x3) | 0, x3 = ((x3 << 27) | (x3 >>> 5)) ^ x2;
      x0 = (x0 + x3) | 0, x3 = ((x3 << 23) | (x3 >>> 9)) ^ x0, x2 = (x2 + x1) | 0;
      x1 = ((x1 << 5) | (x1 >>> 27)) ^ x2;
    } else {
      x0 = (x0 + x1) | 0, x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0, x2 = (x2 + x3) | 0;
      x3 = ((x3 << 20) | (x3 >>> 12)) ^ x2, x0 = (x0 + x3) | 0, x3 = ((x3 << 17) | (x3 >>> 15)) ^ x0;
      x2 = (x2 + x1) | 0, x1 = ((x1 << 11) | (x1 >>> 21)) ^ x2, x0 = (x0 + x1) | 0;
      x1 = ((x1 << 25) | (x1 >>> 7)) ^ x0, x2 = (x2 + x3) | 0, x3 = ((x3 << 10) | (x3 >>> 22)) ^ x2;
      x0 = (x0 + x3) | 0, x3 = ((x3 << 18) | (x3 >>> 14)) ^ x0, x2 = (x2 + x1) | 0;
      x1 = ((x1 << 20) | (x1 >>> 12)) ^ x2;
    }
    const first = k0;
    k0 = k1, k1 = k2, k2 = k3, k3 = k4, k4 = first;
    x0 = (x0 + k0) | 0, x1 = (x1 + k1) | 0, x2 = (x2 + k2) | 0, x3 = (x3 + k3 + s) | 0;
  }
  out[at] = x0, out[at + 1] = x1, out[at + 2] = x2, out[at + 3] = x3;
}
