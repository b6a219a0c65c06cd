import { alongRow, define, type Spread, type Variable } from "./builder.ts";
import type { Code, Func } from "./encode.ts";

/**
 * One step of Adam: new moments, and the move of the parameter. Every operation is rounded as in the composition of
 * `core/tensor/parameter_updates.ts`, so that both agree bit for bit.
 */
export const adam: Func = define(
  "adam",
  {
    gradient: "i32",
    first: "i32",
    second: "i32",
    value: "i32",
    move: "i32",
    mean: "i32",
    spread: "i32",
    size: "i32",
    beta1: "f32",
    rest1: "f32",
    beta2: "f32",
    rest2: "f32",
    rootFactor: "f32",
    epsilon: "f32",
    moveFactor: "f32",
    decayFactor: "f32",
  },
  ({ gradient, first, second, value, move, mean, spread, size, ...constants }, { constant, local, pair }) => {
    const { beta1, rest1, beta2, rest2, rootFactor, epsilon, moveFactor, decayFactor } = Object.fromEntries(
      Object.entries(constants).map(([name, { get }]) => [name, constant(get)]),
    ) as Record<keyof typeof constants, Spread>;
    const [slope, m, v] = [pair(), pair(), pair()];
    return [
      alongRow(local("i32"), size.get, (lanes, at) => {
        const g = slope(lanes);
        const decayed = (moment: Variable, beta: Spread): Code => lanes.mul(lanes.load(at(moment)), beta(lanes));
        const root = lanes.add(lanes.mul(lanes.sqrt(v(lanes).get), rootFactor(lanes)), epsilon(lanes));
        return [
          g.set(lanes.load(at(gradient))),
          m(lanes).set(lanes.add(decayed(first, beta1), lanes.mul(g.get, rest1(lanes)))),
          lanes.store(at(mean), m(lanes).get),
          g.set(lanes.mul(g.get, g.get)),
          v(lanes).set(lanes.add(decayed(second, beta2), lanes.mul(g.get, rest2(lanes)))),
          lanes.store(at(spread), v(lanes).get),
          g.set(lanes.mul(lanes.div(m(lanes).get, root), moveFactor(lanes))),
          lanes.store(at(move), lanes.add(g.get, lanes.mul(lanes.load(at(value)), decayFactor(lanes)))),
        ];
      }),
    ];
  },
);

/** `out = from + share (to - from)`. */
export const blend: Func = define(
  "blend",
  { from: "i32", to: "i32", out: "i32", size: "i32", share: "f32" },
  ({ from, to, out, size, share }, { constant, local, pair }) => {
    const shares = constant(share.get);
    const start = pair();
    return [
      alongRow(local("i32"), size.get, (lanes, at) => {
        const way = lanes.sub(lanes.load(at(to)), start(lanes).get);
        return [
          start(lanes).set(lanes.load(at(from))),
          lanes.store(at(out), lanes.add(start(lanes).get, lanes.mul(way, shares(lanes)))),
        ];
      }),
    ];
  },
);
