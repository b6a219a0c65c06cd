import { chooseBackend } from "../../../core/backend/mod.ts";
import {
  classifierFree,
  emaStep,
  entries,
  eulerSampler,
  type Field,
  fill,
  heunSampler,
  integrate,
  mapParts,
  mul,
  type Params,
  type Rng,
  rng,
  rungeKuttaSampler,
  type Sampler,
  sin,
  type State,
  sub,
  type Tensor,
  tensor,
  timeFeatures,
  timeGrid,
  warmedDecay,
  zeros,
} from "../../../core/mod.ts";
import { midpointSampler } from "../../../core/sampler/midpoint.ts";
import { dataOf, dispose, tidy } from "../../../core/tensor/mod.ts";
import { disposeTree } from "../../../core/tree.ts";
import { conditioner } from "../../../plugins/spatia/conditioner.ts";
import { SPATIA_DEFAULTS, type SpatiaConfig } from "../../../plugins/spatia/config.ts";
import { convolutionFeatures } from "../../../plugins/spatia/features/network.ts";
import { velocityOf } from "../../../plugins/spatia/networks.ts";
import { edmGrid, skewedTimes } from "../../../plugins/spatia/times.ts";
import { assert, assertEquals } from "../../assert.ts";
import { read, tensorOf } from "../../parity/tensors.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { EXACT, SINGLE, vectors } from "./setup.ts";

/** Zeros in place of draws, for counting. */
const ZEROS: Rng = { ...rng(0), fold: () => ZEROS, uniform: zeros, normal: zeros };

function countOf(make: () => Params): number {
  const params = tidy(make);
  const count = entries<Tensor>(params).reduce((sum, [, { size }]) => sum + size, 0);
  disposeTree(params);
  return count;
}

function velocitySize(name: SpatiaConfig["network"]["name"], channels: number, width: number): number {
  const network = { ...SPATIA_DEFAULTS.network, name, injection: "add" } as const;
  const config = { ...SPATIA_DEFAULTS, network, conditioner: { width, dropout: 0 } };
  return countOf(() => velocityOf(config, channels).init(ZEROS));
}

Deno.test("networks have as many parameters as the specification says", async () => {
  await chooseBackend("cpu");
  const millions = (count: number, digits: number): string => (count / 1e6).toFixed(digits);
  assertEquals(millions(velocitySize("xenium-small", 3, 512), 2), "6.12");
  assertEquals(millions(velocitySize("small64", 1, 512), 2), "1.57");
  assertEquals(millions(velocitySize("tiny32", 1, 512), 2), "0.28");
  assertEquals(millions(velocitySize("latent", 1, 512), 1), "0.2");
  const released = { transitions: 10, width: 512, expression: 313, morphology: 10, control: 512, dropout: 0.1 };
  assertEquals(millions(countOf(() => conditioner(released).init(ZEROS)), 2), "3.85");
  const features = { channels: 3, filters: [32, 64, 128, 256], pools: 3, features: 256, morphology: 10 };
  assertEquals(millions(countOf(() => convolutionFeatures(features).init(ZEROS)), 2), "1.44");
});

Deno.test("without signatures or control the conditioner does not have their parts", async () => {
  await chooseBackend("cpu");
  const sizes = { transitions: 2, width: 4, expression: 0, morphology: 0, control: 0, dropout: 0 };
  const network = conditioner(sizes);
  const params = tidy(() => network.init(rng(1)));
  assertEquals(Object.keys(params).sort(), ["mlp_cond", "mlp_pert", "trans_embed"]);
  const made = await read(() => {
    const { condition } = network.apply(params, { transition: tensorOf([[1, 0], [0, 1], [0.5, 0.5]]) }, {
      train: false,
      rng: rng(0),
    });
    return { condition };
  });
  assertEquals(made.condition.length, 12);
  assert(made.condition.some((value) => value !== 0));
  disposeTree(params);
});

Deno.test("a dropped condition changes nothing, a kept one does, and fresh velocities are 0", async () => {
  await chooseBackend("cpu");
  for (const name of ["latent", "tiny32"] as const) {
    const network = velocityOf({ ...SPATIA_DEFAULTS, network: { ...SPATIA_DEFAULTS.network, name } }, 2);
    const params = tidy(() => network.init(rng(1)));
    const shape = name === "latent" ? [2, 64] : [2, 8, 8, 2];
    const made = await read(() => {
      const x = rng(2).normal(shape);
      const velocity = (condition: Tensor, kept: number, of: Params): Tensor =>
        network.apply(of, x, { t: tensor([0.3, 0.7]), condition, keep: fill([2], kept) }, {
          train: false,
          rng: rng(3),
        });
      const [one, other] = [rng(4).normal([2, 128]), rng(5).normal([2, 128])];
      // Fresh networks end in zeros: other parameters show what the condition does.
      const moved = entries<Tensor>(params).reduce<Record<string, Tensor>>((all, [path, leaf]) => ({
        ...all,
        [path]: rng(6).fold(path).normal(leaf.shape),
      }), {});
      const live = unflattened(params, moved);
      return {
        fresh: velocity(one, 1, params),
        one: velocity(one, 1, live),
        other: velocity(other, 1, live),
        dropped: velocity(one, 0, live),
        alsoDropped: velocity(other, 0, live),
      };
    });
    assert(made.fresh.every((value) => value === 0), name);
    assertClose(made.dropped, made.alsoDropped, 0);
    assert(made.one.some((value, i) => value !== made.other[i]));
    assert(made.one.some((value, i) => value !== made.dropped[i]));
    disposeTree(params);
  }
});

/** A tree of the form of another with leaves by path. */
function unflattened(like: Params, leaves: Readonly<Record<string, Tensor>>, prefix = ""): Params {
  if (prefix !== "" && prefix in leaves) return leaves[prefix]!;
  const branches = Object.entries(like as Readonly<Record<string, Params>>);
  return Object.fromEntries(
    branches.map(([name, branch]) => [name, unflattened(branch, leaves, prefix === "" ? name : `${prefix}/${name}`)]),
  );
}

/** dx/dt = -1.5 x + sin(3 t). */
const damped: Field<State> = (x, t) => mapParts(([part]) => sub(sin(mul(t, 3)), mul(part, 1.5)), x);

Deno.test("time features, guidance, samplers, grids, times and averages agree with the vectors", async () => {
  await chooseBackend("cpu");
  const { time_embedding, cfg, ode, edm_grid, skewed_t, ema } = vectors;
  const made = await read(() => {
    const given: Field<State> = () => ({ x: tensor(cfg!.in.v_cond) });
    const none: Field<State> = () => ({ x: tensor(cfg!.in.v_uncond) });
    return {
      time: timeFeatures(tensor([time_embedding!.in.t]), time_embedding!.in.dim),
      guided: classifierFree(given, none, 1 + cfg!.in.s)({ x: zeros([4]) }, zeros([4]))["x"]!,
      skewed: skewedTimes(tensor(skewed_t!.in.z)),
    };
  });
  assertClose(made.time, time_embedding!.out, SINGLE);
  assertClose(made.guided, cfg!.out, SINGLE);
  assertClose(made.skewed, skewed_t!.out, SINGLE);
  assertClose(edmGrid(edm_grid!.in.n), edm_grid!.out, EXACT);
  const cases: readonly (readonly [name: string, sampler: Sampler<State>, steps: number])[] = [
    ["euler_10", eulerSampler(), 10],
    ["midpoint_10", midpointSampler(), 10],
    ["midpoint_100", midpointSampler(), 100],
    ["heun_10", heunSampler(), 10],
    ["rk4_100", rungeKuttaSampler(), 100],
  ];
  for (const [name, sampler, steps] of cases) {
    const x0 = { x: tensor([ode!.in.x0]) };
    const { x } = await integrate({ field: damped, x0, sampler, rng: rng(0) }, timeGrid(1 + steps));
    assertClose(await dataOf(x["x"]!), [ode!.out[name]], SINGLE);
    dispose([x0.x, x["x"]!]);
  }
  // Updates count from 0 here, from 1 there.
  const law = warmedDecay(0.999);
  const decay = ema!.in.values.map((_: number, i: number) => law(i + 1));
  assertClose(decay, ema!.out.decay, EXACT);
  let shadow = tensor([ema!.in.initial]);
  for (const [i, value] of ema!.in.values.entries()) {
    const next = tidy(() => emaStep({ a: shadow }, { a: tensor([value]) }, law, i + 1)) as { readonly a: Tensor };
    shadow.dispose();
    shadow = next.a;
    assertClose(await dataOf(shadow), [ema!.out.shadow[i]], SINGLE);
  }
  shadow.dispose();
});
