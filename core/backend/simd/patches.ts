import { alongRow, type Builder, countTo, define, INT, type Variable } from "./builder.ts";
import type { Code, Func } from "./encode.ts";
import type { Lanes } from "./lanes.ts";

type Geometry =
  | "image"
  | "patches"
  | "height"
  | "width"
  | "channels"
  | "top"
  | "left"
  | "step"
  | "patchHeight"
  | "patchWidth"
  | "count";

const PARAMETERS: Readonly<Record<Geometry, "i32">> = {
  image: "i32",
  patches: "i32",
  height: "i32",
  width: "i32",
  channels: "i32",
  top: "i32",
  left: "i32",
  step: "i32",
  patchHeight: "i32",
  patchWidth: "i32",
  count: "i32",
};

const lessThan = (a: Code, b: Code): Code => [...a, ...b, 0x48];
const when = (condition: Code, ...body: readonly Code[]): Code => [...condition, 0x04, 0x40, ...body.flat(), 0x0b];
const smaller = (a: Code, b: Code): Code => [...a, ...b, ...lessThan(a, b), 0x1b];
const larger = (a: Code, b: Code): Code => [...b, ...a, ...lessThan(a, b), 0x1b];

/**
 * Walk over `count` patches of an image `[height, width, channels]` whose left edges are `step` places apart.
 *
 * The patches lie one after the other as `[patchHeight, patchWidth, channels]`. The first begins at row `top` and column
 * `left`, which may be negative: what lies outside of the image is visited apart.
 */
function eachRun(
  { image, patches, height, width, channels, top, left, step, patchHeight, patchWidth, count }: Readonly<
    Record<Geometry, Variable>
  >,
  { local }: Builder,
  outside: (run: Variable, bytes: Code) => Code,
  inside: (lanes: Lanes, image: Code, patches: Code) => Code,
): readonly Code[] {
  const [patch, row, from, until, pixel] = [local("i32"), local("i32"), local("i32"), local("i32"), local("i32")];
  const [run, source, target, size] = [local("i32"), local("i32"), local("i32"), local("i32")];
  const zero = INT.constant(0);
  const y = INT.add(top.get, row.get);
  const isInside: Code = [...lessThan(INT.sub(zero, INT.constant(1)), y), ...lessThan(y, height.get), 0x71];
  return [
    pixel.set(INT.bytes(channels.get)),
    run.set(patches.get),
    countTo(
      patch,
      count.get,
      INT.constant(1),
      from.set(larger(zero, INT.sub(zero, left.get))),
      until.set(larger(from.get, smaller(patchWidth.get, INT.sub(width.get, left.get)))),
      row.set(zero),
      countTo(
        row,
        patchHeight.get,
        INT.constant(1),
        size.set([...INT.sub(until.get, from.get), ...zero, ...isInside, 0x1b]),
        when(lessThan(size.get, patchWidth.get), outside(run, INT.mul(patchWidth.get, pixel.get))),
        when(
          size.get,
          source.set(
            INT.add(
              image.get,
              INT.mul(pixel.get, INT.add(INT.mul(y, width.get), INT.add(left.get, from.get))),
            ),
          ),
          target.set(INT.add(run.get, INT.mul(from.get, pixel.get))),
          size.set(INT.mul(size.get, channels.get)),
          alongRow(local("i32"), size.get, (lanes, at) => [inside(lanes, at(source), at(target))]),
        ),
        run.set(INT.add(run.get, INT.mul(patchWidth.get, pixel.get))),
      ),
      left.set(INT.add(left.get, step.get)),
    ),
  ];
}

/** Copy patches out of an image, zeros where they lie outside of it. */
export const gatherPatches: Func = define("gatherPatches", PARAMETERS, (geometry, builder) =>
  eachRun(
    geometry,
    builder,
    (run, bytes) => [...run.get, ...INT.constant(0), ...bytes, 0xfc, 0x0b, 0x00],
    (lanes, image, patches) => lanes.store(patches, lanes.load(image)),
  ));

/** Add patches to an image, the transpose of {@linkcode gatherPatches}. */
export const scatterPatches: Func = define("scatterPatches", PARAMETERS, (geometry, builder) =>
  eachRun(
    geometry,
    builder,
    () => [],
    (lanes, image, patches) => lanes.store(image, lanes.add(lanes.load(image), lanes.load(patches))),
  ));
