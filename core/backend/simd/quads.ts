import type { Builder, Variable } from "./builder.ts";
import type { Code } from "./encode.ts";

/** Pick four of the eight values of two vectors. */
function shuffle(a: Code, b: Code, lanes: readonly [number, number, number, number]): Code {
  return [...a, ...b, 0xfd, 0x0d, ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))];
}

/** A matrix of 4 x 4 in registers. */
export interface Quad {
  /** Its four lines. */
  readonly lines: readonly [Variable, Variable, Variable, Variable];
  /** Statements that prepare {@linkcode Quad.columns}; run them after the lines are set. */
  readonly turn: Code;
  /** Expressions of its four columns. */
  readonly columns: readonly [Code, Code, Code, Code];
}

/**
 * Declare the variables that transpose 4 x 4 values.
 *
 * @param builder Declares variables.
 * @returns The matrix.
 */
export function quad({ local }: Builder): Quad {
  const four = (): [Variable, Variable, Variable, Variable] => [
    local("v128"),
    local("v128"),
    local("v128"),
    local("v128"),
  ];
  const lines = four();
  const [a, b, c, d] = lines;
  const [low, high, lowNext, highNext] = four();
  return {
    lines,
    turn: [
      ...low.set(shuffle(a.get, b.get, [0, 4, 1, 5])),
      ...high.set(shuffle(a.get, b.get, [2, 6, 3, 7])),
      ...lowNext.set(shuffle(c.get, d.get, [0, 4, 1, 5])),
      ...highNext.set(shuffle(c.get, d.get, [2, 6, 3, 7])),
    ],
    columns: [
      shuffle(low.get, lowNext.get, [0, 1, 4, 5]),
      shuffle(low.get, lowNext.get, [2, 3, 6, 7]),
      shuffle(high.get, highNext.get, [0, 1, 4, 5]),
      shuffle(high.get, highNext.get, [2, 3, 6, 7]),
    ],
  };
}
