import { type Builder, countTo, INT, type Variable } from "../backend/simd/builder.ts";
import type { Code } from "../backend/simd/encode.ts";
import { BITS, WORDS } from "./lanes.ts";
import { PARITY, ROTATIONS } from "./threefry.ts";

/** Blocks computed side by side, one per lane. */
const LANES = 4;

/** Words per pass: 4 blocks of 4. */
export const PASS = 16;

/** Parameters of every generator: where to write, the key, the purpose, the first block and the number of passes. */
export const PARAMETERS = {
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

/** Variables of these parameters. */
export type Parameters = Readonly<Record<keyof typeof PARAMETERS, Variable>>;

/** Threefry on four consecutive counters at once; leaves word j of each block in the lanes of `x[j]`. */
function encrypt(parameters: Parameters, builder: Builder): { readonly x: readonly Variable[]; readonly code: Code } {
  const { k0, k1, k2, k3, purpose, low, high } = parameters;
  const x = Array.from({ length: 4 }, () => builder.local("v128"));
  const keys = [k0, k1, k2, k3].map((word) => WORDS.splat(word.get));
  const parity = [k0, k1, k2, k3].reduce<Code>((all, word) => [...all, ...word.get, 0x73], INT.constant(PARITY));
  const schedule = [...keys, WORDS.splat(parity)];
  const counter = WORDS.add(WORDS.splat(low.get), WORDS.constant([0, 1, 2, 3]));
  const code: number[] = [
    ...x[0]!.set(WORDS.add(counter, schedule[0]!)),
    ...x[1]!.set(WORDS.add(WORDS.splat(high.get), schedule[1]!)),
    ...x[2]!.set(WORDS.add(WORDS.splat(purpose.get), schedule[2]!)),
    ...x[3]!.set(schedule[3]!),
  ];
  for (let round = 0; round < 20; round++) {
    const [a, b] = round % 2 === 0 ? [1, 3] : [3, 1];
    const [first, second] = ROTATIONS[round % 8]!;
    code.push(
      ...x[0]!.set(WORDS.add(x[0]!.get, x[a]!.get)),
      ...x[a]!.set(BITS.xor(WORDS.rotate(x[a]!.get, first), x[0]!.get)),
    );
    code.push(
      ...x[2]!.set(WORDS.add(x[2]!.get, x[b]!.get)),
      ...x[b]!.set(BITS.xor(WORDS.rotate(x[b]!.get, second), x[2]!.get)),
    );
    if (round % 4 !== 3) continue;
    const s = (round + 1) / 4;
    x.forEach((word, j) => code.push(...word.set(WORDS.add(word.get, schedule[(s + j) % 5]!))));
    code.push(...x[3]!.set(WORDS.add(x[3]!.get, WORDS.splat(INT.constant(s)))));
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
    ab.set(WORDS.shuffle(a.get, b.get, [0, 4, 1, 5])),
    AB.set(WORDS.shuffle(a.get, b.get, [2, 6, 3, 7])),
    cd.set(WORDS.shuffle(c.get, d.get, [0, 4, 1, 5])),
    CD.set(WORDS.shuffle(c.get, d.get, [2, 6, 3, 7])),
    a.set(WORDS.shuffle(ab.get, cd.get, [0, 1, 4, 5])),
    b.set(WORDS.shuffle(ab.get, cd.get, [2, 3, 6, 7])),
    c.set(WORDS.shuffle(AB.get, CD.get, [0, 1, 4, 5])),
    d.set(WORDS.shuffle(AB.get, CD.get, [2, 3, 6, 7])),
  ].flat();
  return { rows: x, code };
}

/**
 * Make 16 words per pass and use them.
 *
 * @param parameters Parameters of the generator.
 * @param builder Declares variables.
 * @param bytes How far to move on in the output per pass.
 * @param use Makes the statements for one pass; each row holds the four words of one block.
 * @returns The loop.
 */
export function eachPass(
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
