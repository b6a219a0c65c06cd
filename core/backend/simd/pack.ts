import { type Builder, choose, countTo, define, INT, type Variable } from "./builder.ts";
import type { Code, Func } from "./encode.ts";
import { SCALAR, VECTOR } from "./lanes.ts";
import { quad } from "./quads.ts";

/** Lines that one vector holds. */
const GROUP = 4;

/** One group of a strip: up to four lines of `k` values that become `k` vectors. */
interface Group {
  /** First value of the group; may be moved. */
  readonly source: Variable;
  /** First vector of the group; may be moved. */
  readonly target: Variable;
  /** Bytes between vectors. */
  readonly step: Code;
  /** Bytes between lines, or between values of a line where lines lie side by side. */
  readonly stride: Variable;
  /** Number of the first line; may be moved. */
  readonly line: Variable;
  /** Number of lines in all. */
  readonly lines: Variable;
  /** Values of a line. */
  readonly k: Variable;
  /** Counter. */
  readonly p: Variable;
}

/** How lines lie at the source. */
interface Layout {
  /** Bytes from one line to the next. */
  readonly lineStride: (group: Group) => Code;
  /** Bytes from one value of a line to the next. */
  readonly valueStride: (group: Group) => Code;
  /** Copy a group of four lines. */
  readonly copyFull: (group: Group, builder: Builder) => Code;
}

/** The values of a line lie side by side, and lines `stride` bytes apart: blocks of 4 x 4 are turned in registers. */
const ALONG: Layout = {
  lineStride: ({ stride }) => stride.get,
  valueStride: () => INT.constant(4),
  copyFull: ({ source, target, step, stride, k, p }, builder) => {
    const [from, to] = [builder.local("i32"), builder.local("i32")];
    const block = quad(builder);
    return [
      ...p.set(INT.constant(0)),
      ...countTo(
        p,
        INT.floor4(k.get),
        INT.constant(GROUP),
        from.set(source.get),
        ...block.lines.map((values) => [...values.set(VECTOR.load(from.get)), ...moved(from, stride.get)]),
        block.turn,
        ...block.columns.map((column) => [...VECTOR.store(target.get, column), ...moved(target, step)]),
        moved(source, INT.constant(4 * GROUP)),
      ),
      ...countTo(
        p,
        k.get,
        INT.constant(1),
        from.set(source.get),
        to.set(target.get),
        ...block.lines.map(() => [
          ...SCALAR.store(to.get, SCALAR.load(from.get)),
          ...moved(from, stride.get),
          ...moved(to, INT.constant(4)),
        ]),
        moved(source, INT.constant(4)),
        moved(target, step),
      ),
    ];
  },
};

/** Lines lie side by side, and their values `stride` bytes apart: four of them are one vector. */
const ACROSS: Layout = {
  lineStride: () => INT.constant(4),
  valueStride: ({ stride }) => stride.get,
  copyFull: ({ source, target, step, stride, k, p }) => [
    ...p.set(INT.constant(0)),
    ...countTo(
      p,
      k.get,
      INT.constant(1),
      VECTOR.store(target.get, VECTOR.load(source.get)),
      moved(source, stride.get),
      moved(target, step),
    ),
  ],
};

function moved(address: Variable, bytes: Code): Code {
  return address.set(INT.add(address.get, bytes));
}

/** Copy what there is of a group, between zeros. */
function copyPartial(layout: Layout, group: Group, builder: Builder): Code {
  const { source, target, step, line, lines, k, p } = group;
  const [from, to] = [builder.local("i32"), builder.local("i32")];
  return [
    ...p.set(INT.constant(0)),
    ...to.set(target.get),
    ...countTo(p, k.get, INT.constant(1), VECTOR.store(to.get, VECTOR.constant(0)), moved(to, step)),
    ...countTo(
      line,
      lines.get,
      INT.constant(1),
      p.set(INT.constant(0)),
      from.set(source.get),
      to.set(target.get),
      countTo(
        p,
        k.get,
        INT.constant(1),
        SCALAR.store(to.get, SCALAR.load(from.get)),
        moved(from, layout.valueStride(group)),
        moved(to, step),
      ),
      moved(source, layout.lineStride(group)),
      moved(target, INT.constant(4)),
    ),
  ];
}

/** Lays lines out as strips `[k, width]`, `strip` bytes apart; what the last strip lacks is zeros. */
function packing(name: string, width: number, layout: Layout): Func {
  return define(
    name,
    { from: "i32", stride: "i32", to: "i32", strip: "i32", lines: "i32", k: "i32" },
    ({ from, stride, to, strip, lines, k }, builder) => {
      const variable = (): Variable => builder.local("i32");
      const [first, line, source, target] = [variable(), variable(), variable(), variable()];
      const group = { source, target, step: INT.constant(4 * width), stride, line, lines, k, p: variable() };
      const copy = choose(
        INT.atLeast(lines.get, INT.add(line.get, INT.constant(GROUP))),
        layout.copyFull(group, builder),
        copyPartial(layout, group, builder),
      );
      const groups = Array.from({ length: width / GROUP }, (_, index) => [
        ...line.set(INT.add(first.get, INT.constant(GROUP * index))),
        ...source.set(INT.add(from.get, INT.mul(layout.lineStride(group), line.get))),
        ...target.set(INT.add(to.get, INT.constant(4 * GROUP * index))),
        ...copy,
      ]);
      return [
        countTo(first, lines.get, INT.constant(width), ...groups, moved(to, strip.get)),
      ];
    },
  );
}

/** Strips of 4 lines whose values lie side by side. */
export const packAlong4: Func = packing("packAlong4", 4, ALONG);
/** Strips of 8 lines whose values lie side by side. */
export const packAlong8: Func = packing("packAlong8", 8, ALONG);
/** Strips of 4 lines that lie side by side. */
export const packAcross4: Func = packing("packAcross4", 4, ACROSS);
/** Strips of 8 lines that lie side by side. */
export const packAcross8: Func = packing("packAcross8", 8, ACROSS);
