import { type Builder, define, type Variable } from "../backend/simd/builder.ts";
import type { Code, Func } from "../backend/simd/encode.ts";
import { BITS, DOUBLES, LONGS, VECTOR_BYTES, WORDS } from "./lanes.ts";
import { eachPass, PARAMETERS } from "./passes.ts";

/**
 * What the result may differ from that of the standard functions, relative to the radius: leaving out terms of the series
 * below costs 4e-14, rounding the angle to float64 costs the standard functions 1e-15.
 */
const DOUBT = 2 ** -42;

/** Terms of the series of (ln m) / s in s^2 with s = (m - 1) / (m + 1), |s| < 0.172: 2, 2/3, 2/5, ... */
const LOGARITHM = Array.from({ length: 8 }, (_, k) => 2 / (2 * k + 1));

/** Terms of the Taylor series in t^2 of (sin t) / t and of cos t, |t| <= pi / 4. */
const SINE = taylor(1, 7);
const COSINE = taylor(0, 8);

/** Bits of the square root of one half: numbers split there have a fraction near 1. */
const HALF_ROOT = new BigInt64Array(Float64Array.of(Math.SQRT1_2).buffer)[0]!;

/** Adding it to the bits of a whole number below 2^51 gives 1.5 * 2^52 plus that number as a float64. */
const WHOLE = 1.5 * 2 ** 52;
const WHOLE_BITS = new BigInt64Array(Float64Array.of(WHOLE).buffer)[0]!;

const FRACTION_BITS = 52;

/** Parts of a full turn of 2^32. */
const QUARTER = 2 ** 30;
const EIGHTH = 2 ** 29;

function taylor(power: number, terms: number): readonly number[] {
  const factorial = (n: number): number => n < 2 ? 1 : n * factorial(n - 1);
  return Array.from({ length: terms }, (_, k) => (-1) ** k / factorial(2 * k + power));
}

/** Sum of coefficients times powers of x, in pairs of pairs (Estrin), so that few steps wait for each other. */
function polynomial(
  coefficients: readonly number[],
  x: Code,
  { local }: Builder,
): { readonly code: Code; readonly value: Code } {
  const code: number[] = [];
  let terms = coefficients.map(DOUBLES.constant);
  let power = x;
  while (terms.length > 1) {
    terms = terms.flatMap((term, i) => {
      if (i % 2 === 1) return [];
      const next = terms[i + 1];
      return [next === undefined ? term : DOUBLES.madd(power, next, term)];
    });
    if (terms.length < 2) break;
    const square = local("v128");
    code.push(...square.set(DOUBLES.mul(power, power)));
    power = square.get;
  }
  return { code, value: terms[0]! };
}

/** Radius of a pair of draws, `sqrt(-2 ln u)`, for `u` in (0, 1). */
function radiusOf(u: Variable, builder: Builder): { readonly code: Code; readonly radius: Variable } {
  const { local } = builder;
  const [exponent, fraction, s, z] = [local("v128"), local("v128"), local("v128"), local("v128")];
  const series = polynomial(LOGARITHM, z.get, builder);
  const whole = DOUBLES.sub(LONGS.add(exponent.get, LONGS.constant(WHOLE_BITS)), DOUBLES.constant(WHOLE));
  const logarithm = DOUBLES.madd(whole, DOUBLES.constant(Math.LN2), DOUBLES.mul(s.get, series.value));
  const code = [
    exponent.set(LONGS.shiftRightSigned(LONGS.sub(u.get, LONGS.constant(HALF_ROOT)), FRACTION_BITS)),
    fraction.set(DOUBLES.sub(
      LONGS.sub(u.get, LONGS.shiftLeft(exponent.get, FRACTION_BITS)),
      DOUBLES.constant(1),
    )),
    s.set(DOUBLES.div(fraction.get, DOUBLES.add(fraction.get, DOUBLES.constant(2)))),
    z.set(DOUBLES.mul(s.get, s.get)),
    series.code,
    u.set(DOUBLES.sqrt(DOUBLES.mul(logarithm, DOUBLES.constant(-2)))),
  ].flat();
  return { code, radius: u };
}

/** Cosine and sine of a turn by each of the first two words, 2^32 being a full turn. */
function turn(
  word: Variable,
  builder: Builder,
): { readonly code: Code; readonly cosine: Variable; readonly sine: Variable } {
  const { local } = builder;
  const [quadrant, t, z, swapped] = [local("v128"), local("v128"), local("v128"), local("v128")];
  const [sine, cosine] = [local("v128"), local("v128")];
  const signOf = (bit: Code): Code => LONGS.shiftLeft(LONGS.fromUnsigned(BITS.and(bit, WORDS.all(2))), 62);
  const [even, odd] = [polynomial(COSINE, z.get, builder), polynomial(SINE, z.get, builder)];
  const plain = local("v128");
  const code = [
    word.set(WORDS.add(word.get, WORDS.all(EIGHTH))),
    quadrant.set(WORDS.shiftRight(word.get, 30)),
    t.set(DOUBLES.mul(
      DOUBLES.fromSigned(WORDS.sub(BITS.and(word.get, WORDS.all(QUARTER - 1)), WORDS.all(EIGHTH))),
      DOUBLES.constant(Math.PI * 2 ** -31),
    )),
    z.set(DOUBLES.mul(t.get, t.get)),
    swapped.set(LONGS.fromSigned(WORDS.equal(BITS.and(quadrant.get, WORDS.all(1)), WORDS.all(1)))),
    odd.code,
    sine.set(DOUBLES.mul(t.get, odd.value)),
    even.code,
    plain.set(even.value),
    cosine.set(BITS.xor(
      BITS.select(sine.get, plain.get, swapped.get),
      signOf(WORDS.add(quadrant.get, WORDS.all(1))),
    )),
    sine.set(BITS.xor(BITS.select(plain.get, sine.get, swapped.get), signOf(quadrant.get))),
  ].flat();
  return { code, cosine, sine };
}

/** Round to float32; all bits, which is not a number, where the doubt spans two of them. */
function rounded(value: Code, doubt: Code, { local }: Builder): { readonly code: Code; readonly floats: Code } {
  const [exact, low, high] = [local("v128"), local("v128"), local("v128")];
  const code = [
    exact.set(value),
    low.set(DOUBLES.toFloats(DOUBLES.sub(exact.get, doubt))),
    high.set(DOUBLES.toFloats(DOUBLES.add(exact.get, doubt))),
  ].flat();
  return { code, floats: BITS.or(high.get, WORDS.differ(low.get, high.get)) };
}

/** Statements that turn one block of words into four draws: words 0 and 2 give radii, 1 and 3 angles. */
function drawBlock(block: Variable, to: Code, offset: number, builder: Builder): Code {
  const [u, word, doubt] = [builder.local("v128"), builder.local("v128"), builder.local("v128")];
  const { code: radiusCode, radius } = radiusOf(u, builder);
  const { code: turnCode, cosine, sine } = turn(word, builder);
  const first = rounded(DOUBLES.mul(radius.get, cosine.get), doubt.get, builder);
  const second = rounded(DOUBLES.mul(radius.get, sine.get), doubt.get, builder);
  return [
    u.set(DOUBLES.mul(
      DOUBLES.add(
        DOUBLES.fromUnsigned(WORDS.shuffle(block.get, block.get, [0, 2, 0, 2])),
        DOUBLES.constant(0.5),
      ),
      DOUBLES.constant(2 ** -32),
    )),
    word.set(WORDS.shuffle(block.get, block.get, [1, 3, 1, 3])),
    radiusCode,
    turnCode,
    doubt.set(DOUBLES.mul(radius.get, DOUBLES.constant(DOUBT))),
    first.code,
    second.code,
    BITS.store(to, offset, WORDS.shuffle(first.floats, second.floats, [0, 4, 1, 5])),
  ].flat();
}

/**
 * Standard normal draws (Box and Muller 1958), 16 per pass.
 *
 * They are the float32 nearest to what `Math.log`, `Math.cos` and `Math.sin` give; a draw so close to the middle between
 * two float32 that the series here cannot tell comes as NaN, about one in 20,000.
 */
export const normals: Func = define(
  "normals",
  PARAMETERS,
  (parameters, builder) => [
    eachPass(
      parameters,
      builder,
      4 * VECTOR_BYTES,
      (blocks) => blocks.flatMap((block, i) => drawBlock(block, parameters.out.get, i * VECTOR_BYTES, builder)),
    ),
  ],
);
