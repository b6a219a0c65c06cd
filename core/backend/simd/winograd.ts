import { alongRow, type Builder, define, INT, type Variable } from "./builder.ts";
import type { Code, Func } from "./encode.ts";
import { type Lanes, SCALAR, VECTOR } from "./lanes.ts";

// F(4x4, 3x3) of Lavin and Gray (2016), made by Cook-Toom from the points 0, +-a, +-b and infinity. With a = 1/sqrt(2)
// and b = sqrt(2) the rounding is about 2.5 times that of the plain sum; the usual 0, +-1, +-2 lose twice as much.
const A = Math.SQRT1_2;
const B = Math.SQRT2;

/** A linear map of a few values; its inputs and temporaries are variables, its outputs expressions. */
interface Pass {
  readonly inputs: number;
  readonly outputs: number;
  readonly temporaries: number;
  /** Statements that fill the temporaries, and the outputs. */
  map(lanes: Lanes, x: readonly Code[], temporaries: readonly Variable[]): { first: Code; outputs: readonly Code[] };
}

const scaled = (lanes: Lanes, factor: number, x: Code): Code => lanes.mul(lanes.constant(factor), x);

/** Patch to planes: rows are the coefficients of the product of `x - point` over all other points. */
const INPUT: Pass = {
  inputs: 6,
  outputs: 6,
  temporaries: 4,
  map: (lanes, [d0, d1, d2, d3, d4, d5], [p, q, r, s]) => ({
    first: [
      ...p!.set(lanes.sub(d4!, scaled(lanes, B * B, d2!))),
      ...q!.set(scaled(lanes, A, lanes.sub(d3!, scaled(lanes, B * B, d1!)))),
      ...r!.set(lanes.sub(d4!, scaled(lanes, A * A, d2!))),
      ...s!.set(scaled(lanes, B, lanes.sub(d3!, scaled(lanes, A * A, d1!)))),
    ],
    outputs: [
      lanes.sub(lanes.add(d0!, d4!), scaled(lanes, A * A + B * B, d2!)),
      lanes.add(p!.get, q!.get),
      lanes.sub(p!.get, q!.get),
      lanes.add(r!.get, s!.get),
      lanes.sub(r!.get, s!.get),
      lanes.sub(lanes.add(d1!, d5!), scaled(lanes, A * A + B * B, d3!)),
    ],
  }),
};

/** Planes to tile: powers of the points. */
const OUTPUT: Pass = {
  inputs: 6,
  outputs: 4,
  temporaries: 4,
  map: (lanes, [m0, m1, m2, m3, m4, m5], [sumA, sumB, oddA, oddB]) => ({
    first: [
      ...sumA!.set(lanes.add(m1!, m2!)),
      ...sumB!.set(lanes.add(m3!, m4!)),
      ...oddA!.set(scaled(lanes, A, lanes.sub(m1!, m2!))),
      ...oddB!.set(scaled(lanes, B, lanes.sub(m3!, m4!))),
    ],
    outputs: [
      lanes.add(m0!, lanes.add(sumA!.get, sumB!.get)),
      lanes.add(oddA!.get, oddB!.get),
      lanes.add(scaled(lanes, A * A, sumA!.get), scaled(lanes, B * B, sumB!.get)),
      lanes.add(m5!, lanes.add(scaled(lanes, A * A, oddA!.get), scaled(lanes, B * B, oddB!.get))),
    ],
  }),
};

/** Transpose of {@linkcode OUTPUT}. */
const OUTPUT_GRAD: Pass = {
  inputs: 4,
  outputs: 6,
  temporaries: 4,
  map: (lanes, [y0, y1, y2, y3], [evenA, evenB, oddA, oddB]) => ({
    first: [
      ...evenA!.set(lanes.add(y0!, scaled(lanes, A * A, y2!))),
      ...evenB!.set(lanes.add(y0!, scaled(lanes, B * B, y2!))),
      ...oddA!.set(scaled(lanes, A, lanes.add(y1!, scaled(lanes, A * A, y3!)))),
      ...oddB!.set(scaled(lanes, B, lanes.add(y1!, scaled(lanes, B * B, y3!)))),
    ],
    outputs: [
      y0!,
      lanes.add(evenA!.get, oddA!.get),
      lanes.sub(evenA!.get, oddA!.get),
      lanes.add(evenB!.get, oddB!.get),
      lanes.sub(evenB!.get, oddB!.get),
      y3!,
    ],
  }),
};

// Product of the differences between a point and the others, by which its row of the filter's transform is divided.
const AT_A = 2 * A * A * (A * A - B * B);
const AT_B = 2 * B * B * (B * B - A * A);

/** Filter to planes: powers of the points, divided. */
const FILTER: Pass = {
  inputs: 3,
  outputs: 6,
  temporaries: 4,
  map: (lanes, [g0, g1, g2], [evenA, evenB, oddA, oddB]) => ({
    first: [
      ...evenA!.set(lanes.add(scaled(lanes, 1 / AT_A, g0!), scaled(lanes, A * A / AT_A, g2!))),
      ...evenB!.set(lanes.add(scaled(lanes, 1 / AT_B, g0!), scaled(lanes, B * B / AT_B, g2!))),
      ...oddA!.set(scaled(lanes, A / AT_A, g1!)),
      ...oddB!.set(scaled(lanes, B / AT_B, g1!)),
    ],
    outputs: [
      g0!,
      lanes.add(evenA!.get, oddA!.get),
      lanes.sub(evenA!.get, oddA!.get),
      lanes.add(evenB!.get, oddB!.get),
      lanes.sub(evenB!.get, oddB!.get),
      g2!,
    ],
  }),
};

/** Transpose of {@linkcode FILTER}. */
const FILTER_GRAD: Pass = {
  inputs: 6,
  outputs: 3,
  temporaries: 4,
  map: (lanes, [u0, u1, u2, u3, u4, u5], [sumA, sumB, oddA, oddB]) => ({
    first: [
      ...sumA!.set(scaled(lanes, 1 / AT_A, lanes.add(u1!, u2!))),
      ...sumB!.set(scaled(lanes, 1 / AT_B, lanes.add(u3!, u4!))),
      ...oddA!.set(scaled(lanes, A / AT_A, lanes.sub(u1!, u2!))),
      ...oddB!.set(scaled(lanes, B / AT_B, lanes.sub(u3!, u4!))),
    ],
    outputs: [
      lanes.add(u0!, lanes.add(sumA!.get, sumB!.get)),
      lanes.add(oddA!.get, oddB!.get),
      lanes.add(u5!, lanes.add(scaled(lanes, A * A, sumA!.get), scaled(lanes, B * B, sumB!.get))),
    ],
  }),
};

type Strides = "from" | "fromLine" | "fromEntry" | "to" | "toLine" | "toEntry" | "size";

const PARAMETERS: Readonly<Record<Strides, "i32">> = {
  from: "i32",
  fromLine: "i32",
  fromEntry: "i32",
  to: "i32",
  toLine: "i32",
  toEntry: "i32",
  size: "i32",
};

/**
 * `P X P^T` for `size` matrices X whose entries lie side by side.
 *
 * A matrix is read line by line and written with lines and entries swapped: the planes are stored transposed, and
 * swapped back on the way out. Strides are in bytes.
 */
function transform(
  { inputs, outputs, temporaries, map }: Pass,
  { from, fromLine, fromEntry, to, toLine, toEntry, size }: Readonly<Record<Strides, Variable>>,
  { local }: Builder,
  bias?: Variable,
): readonly Code[] {
  const variables = (type: "f32" | "v128", count: number): readonly Variable[] =>
    Array.from({ length: count }, () => local(type));
  const scratch = new Map([VECTOR, SCALAR].map((lanes) => [lanes, {
    line: variables(lanes.type, inputs),
    cells: Array.from({ length: inputs }, () => variables(lanes.type, outputs)),
    temporary: variables(lanes.type, temporaries),
  }]));
  const start = local("i32");
  const entry = local("i32");
  const advance = (pointer: Variable, by: Variable): Code => pointer.set(INT.add(pointer.get, by.get));
  return [
    alongRow(local("i32"), size.get, (lanes, at) => {
      const { line, cells, temporary } = scratch.get(lanes)!;
      const readLine = (row: readonly Variable[]): Code => {
        const { first, outputs: values } = map(lanes, line.map((x) => x.get), temporary);
        return [
          ...entry.set(start.get),
          ...line.flatMap((x) => [...x.set(lanes.load(entry.get)), ...advance(entry, fromEntry)]),
          ...first,
          ...row.flatMap((cell, i) => cell.set(values[i]!)),
          ...advance(start, fromLine),
        ];
      };
      const writeLine = (column: number): Code => {
        const { first, outputs: values } = map(lanes, cells.map((row) => row[column]!.get), temporary);
        const shifted = (value: Code): Code => bias === undefined ? value : lanes.add(value, lanes.load(at(bias)));
        return [
          ...entry.set(start.get),
          ...first,
          ...values.flatMap((value) => [...lanes.store(entry.get, shifted(value)), ...advance(entry, toEntry)]),
          ...advance(start, toLine),
        ];
      };
      return [
        start.set(at(from)),
        ...cells.map(readLine),
        start.set(at(to)),
        ...Array.from({ length: outputs }, (_, column) => writeLine(column)),
      ];
    }),
  ];
}

/** Patches of 6 x 6 places to 36 planes. */
export const winogradInput: Func = define("winogradInput", PARAMETERS, (p, builder) => transform(INPUT, p, builder));

/** 36 planes to tiles of 4 x 4 places, plus a bias. */
export const winogradOutput: Func = define(
  "winogradOutput",
  { ...PARAMETERS, bias: "i32" },
  (p, builder) => transform(OUTPUT, p, builder, p.bias),
);

/** Transpose of the map from planes to tiles. */
export const winogradOutputGrad: Func = define(
  "winogradOutputGrad",
  PARAMETERS,
  (p, builder) => transform(OUTPUT_GRAD, p, builder),
);

/** Filters of 3 x 3 places to 36 planes. */
export const winogradFilter: Func = define("winogradFilter", PARAMETERS, (p, builder) => transform(FILTER, p, builder));

/** Transpose of the map from filters to planes. */
export const winogradFilterGrad: Func = define(
  "winogradFilterGrad",
  PARAMETERS,
  (p, builder) => transform(FILTER_GRAD, p, builder),
);
