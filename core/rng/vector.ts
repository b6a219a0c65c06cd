import { type Builder, countTo, define, INT, type Variable } from "../backend/simd/builder.ts";
import { assemble, type Code, type Func, unsigned } from "../backend/simd/encode.ts";
import { type Key, PARITY, ROTATIONS } from "./threefry.ts";

/** Blocks computed side by side, one per lane. */
const LANES = 4;

/** Words per pass: 4 blocks of 4. */
export const PASS = 16;

const simd = (opcode: number, ...operands: Code[]): Code => [...operands.flat(), 0xfd, ...unsigned(opcode)];
const splat = (value: Code): Code => simd(0x11, value);
const add = (a: Code, b: Code): Code => simd(0xae, a, b);
const xor = (a: Code, b: Code): Code => simd(0x51, a, b);
const and = (a: Code, b: Code): Code => simd(0x4e, a, b);
const lessThan = (a: Code, b: Code): Code => simd(0x39, a, b);
const shiftRight = (a: Code, bits: number): Code => simd(0xad, a, INT.constant(bits));
const rotate = (a: Code, bits: number): Code => simd(0x50, simd(0xab, a, INT.constant(bits)), shiftRight(a, 32 - bits));
const store = (address: Code, offset: number, value: Code): Code => [
  ...address,
  ...value,
  0xfd,
  0x0b,
  2,
  ...unsigned(offset),
];
const constantVector = (words: readonly number[]): Code => [
  0xfd,
  0x0c,
  ...new Uint8Array(Int32Array.from(words).buffer),
];

/** Pick four 32-bit lanes out of eight. */
function shuffle(a: Code, b: Code, lanes: readonly number[]): Code {
  return [...a, ...b, 0xfd, 0x0d, ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))];
}

/** Parameters of both functions: where to write, the key, the purpose, the first block and the number of passes. */
const PARAMETERS = {
  out: "i32",
  k0: "i32",
  k1: "i32",
  k2: "i32",
  k3: "i32",
  purpose: "i32",
  low: "i32",
  high: "i32",
  passes: "i32",
} as const;

type Parameters = Readonly<Record<keyof typeof PARAMETERS, Variable>>;

/** Threefry on four consecutive counters at once; leaves word j of each block in the lanes of `x[j]`. */
function encrypt(parameters: Parameters, builder: Builder): { readonly x: readonly Variable[]; readonly code: Code } {
  const { k0, k1, k2, k3, purpose, low, high } = parameters;
  const x = Array.from({ length: 4 }, () => builder.local("v128"));
  const keys = [k0, k1, k2, k3].map((word) => splat(word.get));
  const parity = [k0, k1, k2, k3].reduce<Code>((all, word) => [...all, ...word.get, 0x73], INT.constant(PARITY));
  const schedule = [...keys, splat(parity)];
  const counter = add(splat(low.get), constantVector([0, 1, 2, 3]));
  const code: number[] = [
    ...x[0]!.set(add(counter, schedule[0]!)),
    ...x[1]!.set(add(splat(high.get), schedule[1]!)),
    ...x[2]!.set(add(splat(purpose.get), schedule[2]!)),
    ...x[3]!.set(schedule[3]!),
  ];
  for (let round = 0; round < 20; round++) {
    const [a, b] = round % 2 === 0 ? [1, 3] : [3, 1];
    const [first, second] = ROTATIONS[round % 8]!;
    code.push(...x[0]!.set(add(x[0]!.get, x[a]!.get)), ...x[a]!.set(xor(rotate(x[a]!.get, first), x[0]!.get)));
    code.push(...x[2]!.set(add(x[2]!.get, x[b]!.get)), ...x[b]!.set(xor(rotate(x[b]!.get, second), x[2]!.get)));
    if (round % 4 !== 3) continue;
    const s = (round + 1) / 4;
    x.forEach((word, j) => code.push(...word.set(add(word.get, schedule[(s + j) % 5]!))));
    code.push(...x[3]!.set(add(x[3]!.get, splat(INT.constant(s)))));
  }
  return { x, code };
}

/** Turn lanes into blocks: the result holds words in the order in which single blocks give them. */
function transposed(
  x: readonly Variable[],
  builder: Builder,
): { readonly rows: readonly Variable[]; readonly code: Code } {
  const halves = Array.from({ length: 4 }, () => builder.local("v128"));
  const [a, b, c, d] = x as [Variable, Variable, Variable, Variable];
  const [ab, AB, cd, CD] = halves as [Variable, Variable, Variable, Variable];
  const code = [
    ab.set(shuffle(a.get, b.get, [0, 4, 1, 5])),
    AB.set(shuffle(a.get, b.get, [2, 6, 3, 7])),
    cd.set(shuffle(c.get, d.get, [0, 4, 1, 5])),
    CD.set(shuffle(c.get, d.get, [2, 6, 3, 7])),
    a.set(shuffle(ab.get, cd.get, [0, 1, 4, 5])),
    b.set(shuffle(ab.get, cd.get, [2, 3, 6, 7])),
    c.set(shuffle(AB.get, CD.get, [0, 1, 4, 5])),
    d.set(shuffle(AB.get, CD.get, [2, 3, 6, 7])),
  ].flat();
  return { rows: x, code };
}

function eachPass(
  parameters: Parameters,
  builder: Builder,
  bytes: number,
  use: (rows: readonly Variable[]) => Code,
): Code {
  const { out, low, passes } = parameters;
  const { x, code } = encrypt(parameters, builder);
  const { rows, code: ordering } = transposed(x, builder);
  return countTo(
    builder.local("i32"),
    passes.get,
    INT.constant(1),
    code,
    ordering,
    use(rows),
    out.set(INT.add(out.get, INT.constant(bytes))),
    low.set(INT.add(low.get, INT.constant(LANES))),
  );
}

const words: Func = define(
  "words",
  PARAMETERS,
  (parameters, builder) => [
    eachPass(
      parameters,
      builder,
      4 * PASS,
      (rows) => rows.flatMap((row, i) => store(parameters.out.get, 16 * i, row.get)),
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
    const decide = (half: Code): Code => and(lessThan(half, splat(threshold.get)), splat(value.get));
    return [
      eachPass(parameters, builder, 8 * PASS, (rows) =>
        rows.flatMap((row, i) => [
          ...low.set(decide(and(row.get, splat(INT.constant(0xffff))))),
          ...high.set(decide(shiftRight(row.get, 16))),
          ...store(out.get, 32 * i, shuffle(low.get, high.get, [0, 4, 1, 5])),
          ...store(out.get, 32 * i + 16, shuffle(low.get, high.get, [2, 6, 3, 7])),
        ])),
    ];
  },
);

/** Vectorised generators; they write to a memory of their own, from which the caller copies. */
export interface VectorWords {
  /** What was made last, one page of it at most. */
  readonly out: Uint32Array;
  /** Fill `passes` times 16 words, beginning with block `from`. */
  words(key: Key, purpose: number, from: number, passes: number): void;
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
  const instance = new WebAssembly.Instance(new WebAssembly.Module(assemble([words, choices])), { env: { memory } });
  type Fill = (...args: number[]) => void;
  const exports = instance.exports as unknown as { readonly words: Fill; readonly choices: Fill };
  const high = (from: number): number => Math.floor(from / 2 ** 32);
  running = Object.freeze({
    out: new Uint32Array(memory.buffer, 0, PAGE / 4),
    words: (key: Key, purpose: number, from: number, passes: number) =>
      exports.words(0, ...key, purpose, from, high(from), passes),
    choices: (key: Key, purpose: number, from: number, passes: number, threshold: number, value: number) =>
      exports.choices(0, ...key, purpose, from, high(from), passes, threshold, value),
  });
  return running;
}
