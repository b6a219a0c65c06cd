import { define, INT } from "../backend/simd/builder.ts";
import { assemble, type Code, type Func } from "../backend/simd/encode.ts";
import { BITS, WORDS } from "./lanes.ts";
import { eachPass, PARAMETERS, PASS } from "./passes.ts";
import type { Key } from "./threefry.ts";
import { normals } from "./vector_normal.ts";

const words: Func = define(
  "words",
  PARAMETERS,
  (parameters, builder) => [
    eachPass(
      parameters,
      builder,
      4 * PASS,
      (rows) => rows.flatMap((row, i) => BITS.store(parameters.out.get, 16 * i, row.get)),
    ),
  ],
);

/** Two decisions per word, low half first: all bits of `value` where the half is below the threshold. */
const choices: Func = define(
  "choices",
  { ...PARAMETERS, threshold: "i32", value: "i32" },
  (parameters, builder) => {
    const { out, threshold, value } = parameters;
    const [low, high] = [builder.local("v128"), builder.local("v128")];
    const decide = (half: Code): Code =>
      BITS.and(WORDS.lessThan(half, WORDS.splat(threshold.get)), WORDS.splat(value.get));
    return [
      eachPass(parameters, builder, 8 * PASS, (rows) =>
        rows.flatMap((row, i) => [
          ...low.set(decide(BITS.and(row.get, WORDS.splat(INT.constant(0xffff))))),
          ...high.set(decide(WORDS.shiftRight(row.get, 16))),
          ...BITS.store(out.get, 32 * i, WORDS.shuffle(low.get, high.get, [0, 4, 1, 5])),
          ...BITS.store(out.get, 32 * i + 16, WORDS.shuffle(low.get, high.get, [2, 6, 3, 7])),
        ])),
    ];
  },
);

/** Bits of a draw whose last bit is in doubt: not a number. */
export const UNDECIDED = 0xffffffff;

/** Vectorised generators; they write to a memory of their own, from which the caller copies. */
export interface VectorWords {
  /** What was made last, one page of it at most. */
  readonly out: Uint32Array;
  /** The same bytes as float32. */
  readonly floats: Float32Array;
  /** Fill `passes` times 16 words, beginning with block `from`. */
  words(key: Key, purpose: number, from: number, passes: number): void;
  /** Fill `passes` times 16 standard normal draws, {@linkcode UNDECIDED} where the last bit is in doubt, beginning with block `from`. */
  normals(key: Key, purpose: number, from: number, passes: number): void;
  /** Fill `passes` times 32 choices, beginning with block `from`; `value` is given by its bits. */
  choices(key: Key, purpose: number, from: number, passes: number, threshold: number, value: number): void;
}

/** Size of a WebAssembly page in bytes. */
const PAGE = 65536;

let running: VectorWords | undefined;

/**
 * The vectorised generators, compiled at the first call.
 *
 * @returns The generators.
 */
export function vectorWords(): VectorWords {
  if (running !== undefined) return running;
  const memory = new WebAssembly.Memory({ initial: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(assemble([words, choices, normals])), {
    env: { memory },
  });
  type Fill = (...args: number[]) => void;
  const exports = instance.exports as unknown as {
    readonly words: Fill;
    readonly choices: Fill;
    readonly normals: Fill;
  };
  const high = (from: number): number => Math.floor(from / 2 ** 32);
  running = Object.freeze({
    out: new Uint32Array(memory.buffer, 0, PAGE / 4),
    floats: new Float32Array(memory.buffer, 0, PAGE / 4),
    words: (key: Key, purpose: number, from: number, passes: number) =>
      exports.words(0, ...key, purpose, from, high(from), passes),
    normals: (key: Key, purpose: number, from: number, passes: number) =>
      exports.normals(0, ...key, purpose, from, high(from), passes),
    choices: (key: Key, purpose: number, from: number, passes: number, threshold: number, value: number) =>
      exports.choices(0, ...key, purpose, from, high(from), passes, threshold, value),
  });
  return running;
}
