import { type Builder, countTo, define, INT, type Variable } from "../backend/simd/builder.ts";
import type { Code, Func } from "../backend/simd/encode.ts";
import { BITS, DOUBLES, VECTOR_BYTES } from "../rng/lanes.ts";

/** Rows scaled together: their sums do not wait for each other, and the column masses are read and written once. */
const ROWS = 4;

const divide = (a: Code, b: Code): Code => [...a, ...b, 0xa3];
const multiply = (a: Code, b: Code): Code => [...a, ...b, 0xa2];
const sum = (a: Code, b: Code): Code => [...a, ...b, 0xa0];
const constant = (value: number): Code => [0x44, ...new Uint8Array(Float64Array.of(value).buffer)];
const store = (address: Code, offset: number, value: Code): Code => [...address, ...value, 0x39, 3, offset];

/** Scale `count` rows from `kernel` on to mass 1 / `total`, and add them to the masses of the columns. */
function scaleGroup(
  count: number,
  { kernel, columns, masses, scalings, total, bytes }: Readonly<
    Record<"kernel" | "columns" | "masses" | "scalings" | "total" | "bytes", Variable>
  >,
  { local }: Builder,
): Code {
  const at = local("i32");
  const factor = local("v128");
  const rows = Array.from({ length: count }, () => ({ begin: local("i32"), sums: local("v128"), scale: local("f64") }));
  const here = (base: Variable): Code => INT.add(base.get, at.get);
  const load = (base: Variable): Code => DOUBLES.load(here(base), 0);
  const splats = rows.map(() => local("v128"));
  return [
    ...rows.flatMap(({ begin, sums }, i) => [
      ...begin.set(i === 0 ? kernel.get : INT.add(rows[i - 1]!.begin.get, bytes.get)),
      ...sums.set(DOUBLES.constant(0)),
    ]),
    ...at.set(INT.constant(0)),
    ...countTo(
      at,
      bytes.get,
      INT.constant(VECTOR_BYTES),
      factor.set(load(columns)),
      ...rows.map(({ begin, sums }) => sums.set(DOUBLES.add(sums.get, DOUBLES.mul(load(begin), factor.get)))),
    ),
    ...rows.flatMap(({ sums, scale }, i) => [
      ...scale.set(
        divide(constant(1), multiply(total.get, sum(DOUBLES.lane(sums.get, 0), DOUBLES.lane(sums.get, 1)))),
      ),
      ...store(scalings.get, 8 * i, scale.get),
      ...splats[i]!.set(DOUBLES.splat(scale.get)),
    ]),
    ...at.set(INT.constant(0)),
    ...countTo(
      at,
      bytes.get,
      INT.constant(VECTOR_BYTES),
      BITS.store(
        here(masses),
        0,
        rows.reduce<Code>(
          (mass, { begin }, i) => DOUBLES.add(mass, DOUBLES.mul(splats[i]!.get, load(begin))),
          load(masses),
        ),
      ),
    ),
    ...kernel.set(INT.add(rows[count - 1]!.begin.get, bytes.get)),
    ...scalings.set(INT.add(scalings.get, INT.constant(8 * count))),
  ];
}

/**
 * Scale each row of a kernel so that, with the columns scaled too, it holds mass 1 / `total`, and add up the columns.
 *
 * `kernel` holds `rows` rows of `bytes` bytes each, `columns` the scalings of the columns; `scalings` receives those of
 * the rows, and `masses` grows by the sums over the rows of scaling times kernel.
 */
export const scaleRows: Func = define(
  "scaleRows",
  {
    kernel: "i32",
    columns: "i32",
    masses: "i32",
    scalings: "i32",
    total: "f64",
    rows: "i32",
    bytes: "i32",
  },
  (parameters, builder) => {
    const row = builder.local("i32");
    return [
      countTo(row, INT.floor4(parameters.rows.get), INT.constant(ROWS), scaleGroup(ROWS, parameters, builder)),
      countTo(row, parameters.rows.get, INT.constant(1), scaleGroup(1, parameters, builder)),
    ];
  },
);
