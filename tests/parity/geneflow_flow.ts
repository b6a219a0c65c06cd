import {
  clip,
  elementMean,
  expandLike,
  type Field,
  linearPath,
  mapParts,
  mul,
  perturbedPath,
  type Rng,
  rng,
  sin,
  sinusoidalPath,
  squared,
  type State,
  sub,
  type Tensor,
} from "../../core/mod.ts";
import { dataOf, dispose } from "../../core/tensor/mod.ts";
import { releasedNoiseLevel } from "../../plugins/geneflow/noise_schedule.ts";
import { integrateReleased } from "../../plugins/geneflow/released_solver.ts";
import type { Check } from "./compare.ts";
import { floats, setting } from "./fixture.ts";
import { read, upload } from "./tensors.ts";

/** A stream whose normal draws are those of a fixture. */
export function givenNormal(make: () => Tensor): Rng {
  const stream: Rng = { ...rng(0), fold: () => stream, normal: make };
  return stream;
}

/** Path, velocity target, loss and the end estimate of the program, which is that of a straight line. */
export const checkPath: Check = async (fixture) => {
  const input = (name: string): Tensor => upload(floats(fixture, name));
  const made = await read(() => {
    const path = perturbedPath(sinusoidalPath(), { width: setting(fixture, "stochastic_noise"), velocity: "omit" });
    const [x0, x1, t] = [{ img: input("in/noise") }, { img: input("in/x1") }, input("in/t")];
    const { xt, dxt } = path.at(x0, x1, t, givenNormal(() => input("rng/z")));
    const output = { img: input("in/model_output") };
    const end = linearPath().toTarget("velocity", output, xt, t)["img"]!;
    return {
      "out/x_t": xt["img"]!,
      "out/velocity": dxt["img"]!,
      "out/loss": elementMean(squared(sub(output.img, dxt["img"]!))).value,
      "out/endpoint_estimate": clip(end, 0, 1),
    };
  });
  return { ...made, "out/sigma_t": Array.from(floats(fixture, "in/t").data, releasedNoiseLevel) };
};

/** A state of one part. */
type Values = State & { readonly x: Tensor };

/** dx/dt = -4 x + 2 sin(6 t). */
const forced: Field<Values> = (x, t) =>
  mapParts(([part]) => sub(mul(sin(mul(expandLike(t, part), 6)), 2), mul(part, 4)), x);

/** The released adaptive solver on a plain function. */
export const checkSolver: Check = async (fixture) => {
  const [times, sizes, errors, states]: [number[], number[], number[], number[]] = [[], [], [], []];
  const x0: Values = { x: upload(floats(fixture, "rng/noise")) };
  const { x } = await integrateReleased({
    field: forced,
    x0,
    async onChoice({ t, dt, error, x: now }): Promise<void> {
      times.push(t);
      sizes.push(dt);
      errors.push(error);
      states.push(...await dataOf(now.x));
    },
  }, {
    firstStep: setting(fixture, "initial_dt"),
    maxSteps: setting(fixture, "max_steps"),
    relative: setting(fixture, "rtol"),
    absolute: setting(fixture, "atol"),
  });
  const [low, high] = fixture.config["clamp"] as [number, number];
  const { end } = await read(() => ({ end: clip(x.x, low, high) }));
  dispose([x0.x, x.x]);
  return {
    "out/t": times,
    "out/dt": sizes,
    "out/error_norm": errors,
    "out/states": states,
    "out/result": end,
  };
};
