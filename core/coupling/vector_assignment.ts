import { type Builder, countTo, define, INT, type Variable } from "../backend/simd/builder.ts";
import type { Code, Func } from "../backend/simd/encode.ts";
import { BITS, DOUBLES, VECTOR_BYTES } from "../rng/lanes.ts";

/** Columns per step, as two vectors whose minima do not wait for each other. */
const COLUMNS = 4;

/** Running minimum of each lane and the column where it was found first. */
interface Minimum {
  readonly value: Variable;
  readonly column: Variable;
}

function startMinima({ local }: Builder): { readonly minima: readonly [Minimum, Minimum]; readonly code: Code } {
  const minima = [0, 1].map(() => ({ value: local("v128"), column: local("v128") })) as [Minimum, Minimum];
  return { minima, code: minima.flatMap(({ value }) => value.set(DOUBLES.constant(Infinity))) };
}

function keepSmaller({ value, column }: Minimum, next: Code, here: Code, { local }: Builder): Code {
  const smaller = local("v128");
  return [
    smaller.set(DOUBLES.lessThan(next, value.get)),
    value.set(DOUBLES.min(value.get, next)),
    column.set(BITS.select(here, column.get, smaller.get)),
  ].flat();
}

/** Write the four minima, then their columns. */
function storeMinima(minima: readonly Minimum[], out: Code): Code {
  return minima.flatMap(({ value, column }, half) => [
    ...BITS.store(out, half * VECTOR_BYTES, value.get),
    ...BITS.store(out, (2 + half) * VECTOR_BYTES, column.get),
  ]);
}

/** Numbers of the columns at hand, moved on by one step. */
function startColumns({ local }: Builder): { readonly here: readonly [Variable, Variable]; code: Code; next: Code } {
  const here = [local("v128"), local("v128")] as const;
  const pair = (first: number): Code => {
    const [low, high] = [DOUBLES.constant(first), DOUBLES.constant(first + 1)];
    return [...low.slice(0, 10), ...high.slice(10)];
  };
  return {
    here,
    code: here.flatMap((columns, half) => columns.set(pair(2 * half))),
    next: here.flatMap((columns) => columns.set(DOUBLES.add(columns.get, DOUBLES.constant(COLUMNS)))),
  };
}

/**
 * The two smallest reduced costs of a row: `cost` to `end` holds its costs, `price` the prices. Writes to `out` per lane
 * the smallest, its column and the second smallest.
 */
export const bestTwo: Func = define(
  "bestTwo",
  { cost: "i32", price: "i32", end: "i32", out: "i32" },
  ({ cost, price, end, out }, builder) => {
    const { minima, code } = startMinima(builder);
    const { here, code: startHere, next } = startColumns(builder);
    const seconds = [builder.local("v128"), builder.local("v128")];
    const reduced = builder.local("v128");
    const step = VECTOR_BYTES * 2;
    return [
      code,
      startHere,
      ...seconds.map((second) => second.set(DOUBLES.constant(Infinity))),
      countTo(
        cost,
        end.get,
        INT.constant(step),
        ...minima.flatMap((minimum, half) => [
          reduced.set(DOUBLES.sub(
            DOUBLES.load(cost.get, half * VECTOR_BYTES),
            DOUBLES.load(price.get, half * VECTOR_BYTES),
          )),
          seconds[half]!.set(DOUBLES.min(seconds[half]!.get, DOUBLES.max(minimum.value.get, reduced.get))),
          keepSmaller(minimum, reduced.get, here[half]!.get, builder),
        ]),
        next,
        price.set(INT.add(price.get, INT.constant(step))),
      ),
      storeMinima(minima, out.get),
      ...seconds.map((second, half) => BITS.store(out.get, (4 + half) * VECTOR_BYTES, second.get)),
    ];
  },
);

/**
 * Shorten the distances to columns by way of a row: `cost` to `end` holds its costs, `offset` what its reduced costs lie
 * above the path so far; `from` notes the row where it helps. Writes to `out` per lane the smallest distance and its
 * column.
 */
export const relax: Func = define(
  "relax",
  {
    cost: "i32",
    price: "i32",
    distance: "i32",
    from: "i32",
    end: "i32",
    row: "f64",
    offset: "f64",
    out: "i32",
  },
  ({ cost, price, distance, from, end, row, offset, out }, builder) => {
    const { minima, code } = startMinima(builder);
    const { here, code: startHere, next } = startColumns(builder);
    const [rows, offsets] = [builder.local("v128"), builder.local("v128")];
    const [before, after, shorter] = [builder.local("v128"), builder.local("v128"), builder.local("v128")];
    const step = VECTOR_BYTES * 2;
    const half = (index: 0 | 1): Code => {
      const at = index * VECTOR_BYTES;
      return [
        before.set(DOUBLES.load(distance.get, at)),
        after.set(DOUBLES.sub(
          DOUBLES.sub(DOUBLES.load(cost.get, at), DOUBLES.load(price.get, at)),
          offsets.get,
        )),
        shorter.set(DOUBLES.lessThan(after.get, before.get)),
        before.set(DOUBLES.min(before.get, after.get)),
        BITS.store(distance.get, at, before.get),
        BITS.store(from.get, at, BITS.select(rows.get, DOUBLES.load(from.get, at), shorter.get)),
        keepSmaller(minima[index], before.get, here[index].get, builder),
      ].flat();
    };
    return [
      code,
      startHere,
      rows.set(DOUBLES.splat(row.get)),
      offsets.set(DOUBLES.splat(offset.get)),
      countTo(
        cost,
        end.get,
        INT.constant(step),
        half(0),
        half(1),
        next,
        ...[price, distance, from].map((array) => array.set(INT.add(array.get, INT.constant(step)))),
      ),
      storeMinima(minima, out.get),
    ];
  },
);
