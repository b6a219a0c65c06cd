import { checkLength, parameterAt } from "./gamma.ts";
import { type Key, threefry } from "./threefry.ts";
import { PURPOSE } from "./words.ts";

/** Above this mean, rejection is faster than walking up the distribution function. */
const LARGE_RATE = 10;

const block = new Uint32Array(4);

/** Coefficients of Stirling's series for ln k!, good to 1e-10 from k = 8 on. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680] as const;

const SMALL_LOG_FACTORIALS = Float64Array.of(
  0,
  0,
  0.6931471805599453,
  1.791759469228055,
  3.1780538303479458,
  4.787491742782046,
  6.579251212010101,
  8.525161361065415,
);

function logFactorial(k: number): number {
  if (k < SMALL_LOG_FACTORIALS.length) return SMALL_LOG_FACTORIALS[k]!;
  const r = 1 / (k * k);
  const tail = (STIRLING[0] + r * (STIRLING[1] + r * (STIRLING[2] + r * STIRLING[3]))) / k;
  return (k + 0.5) * Math.log(k) - k + 0.5 * Math.log(2 * Math.PI) + tail;
}

// 53 bits of two words, in (0, 1).
function open(high: number, low: number): number {
  return ((high >>> 5) * 2 ** 26 + (low >>> 6) + 0.5) * 2 ** -53;
}

function byInversion(key: Key, index: number, rate: number): number {
  threefry(key, index, 0, PURPOSE.poisson, 0, block, 0);
  let u = open(block[0]!, block[1]!);
  let probability = Math.exp(-rate);
  let k = 0;
  while (u > probability && probability > 0) {
    u -= probability;
    probability *= rate / ++k;
  }
  return k;
}

// Hörmann 1993, algorithm PTRS: transformed rejection with squeeze. Attempt j of draw i uses block (i, j).
function byRejection(key: Key, index: number, rate: number): number {
  const logRate = Math.log(rate);
  const b = 0.931 + 2.53 * Math.sqrt(rate);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (let attempt = 0;; attempt++) {
    threefry(key, index, attempt, PURPOSE.poisson, 0, block, 0);
    const u = open(block[0]!, block[1]!) - 0.5;
    const v = open(block[2]!, block[3]!);
    const us = 0.5 - Math.abs(u);
    const k = Math.floor((2 * a / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const bound = Math.log(v * inverseAlpha / (a / (us * us) + b));
    if (bound <= k * logRate - rate - logFactorial(k)) return k;
  }
}

/**
 * Draw from Poisson distributions.
 *
 * @param key Key of the stream.
 * @param size Number of draws.
 * @param rate Mean, >= 0, one for all or one per draw.
 * @returns New whole numbers.
 * @throws {RangeError} If a rate is negative or not finite, or there is a wrong number of them.
 */
export function drawPoisson(key: Key, size: number, rate: number | ArrayLike<number>): Float32Array {
  checkLength("rate", rate, size);
  const out = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const mean = parameterAt(rate, i);
    if (!(mean >= 0 && mean < Infinity)) {
      throw new RangeError(`Cannot draw from a Poisson distribution of mean ${mean}: expected a finite number >= 0`);
    }
    out[i] = mean < LARGE_RATE ? byInversion(key, i, mean) : byRejection(key, i, mean);
  }
  return out;
}
