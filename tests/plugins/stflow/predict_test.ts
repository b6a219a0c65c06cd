import { dispose, hostArray, leaves, mergeConfig, type Params, rng, type Tensor, tidy } from "../../../core/mod.ts";
import type { HostArray } from "../../../core/host_array.ts";
import type { StFlowConfig } from "../../../plugins/stflow/config.ts";
import type { SpotMethod } from "../../../plugins/stflow/method.ts";
import { predictSlide, type SeenSlide } from "../../../plugins/stflow/predict.ts";
import { overDraws } from "../../../plugins/stflow/samples.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { GENES, modelOf, SMALL } from "./setup.ts";

const CONFIG = mergeConfig(SMALL, {
  network: { width: 32, pairWidth: 16, layers: 3, neighbours: 8 },
  sampling: { steps: 3, draws: 2 },
}, "test");

/** The plain JavaScript backend is slow: one network call a draw. */
const BRIEF = mergeConfig(CONFIG, { sampling: { steps: 1 } }, "test");

/** Spots at generic places, in no regular grid, about one unit apart. */
function seen(spots: number, move = (x: number, y: number): readonly [number, number] => [x, y]): SeenSlide {
  const raw = rng(1).host.uniform(2 * spots).map((value) => value * Math.sqrt(spots));
  const coords = new Float32Array(2 * spots);
  for (let i = 0; i < spots; i++) coords.set(move(raw[2 * i]!, raw[2 * i + 1]!), 2 * i);
  return {
    coords: hostArray(coords, [spots, 2]),
    features: hostArray(rng(2).host.normal(4 * spots), [spots, 4]),
  };
}

async function withModel(
  config: StFlowConfig,
  work: (method: SpotMethod, params: Params) => Promise<void>,
): Promise<void> {
  const model = await modelOf(config);
  const params = tidy(() => model.trainable.init(rng(3)));
  try {
    await work(model.method as SpotMethod, params);
  } finally {
    dispose(leaves<Tensor>(params));
  }
}

async function predict(
  method: SpotMethod,
  params: Params,
  slide: SeenSlide,
  setting: StFlowConfig = CONFIG,
): Promise<readonly HostArray[]> {
  return await predictSlide(method, params, slide, { setting, genes: GENES, rng: rng(4) });
}

forEachBackend("turning, reflecting and shifting a slide changes no prediction", async (backend) => {
  const [spots, config] = backend === "cpu" ? [40, BRIEF] as const : [300, CONFIG] as const;
  await withModel(CONFIG, async (method, params) => {
    const plain = await predict(method, params, seen(spots), config);
    const spread = plain[0]!.data.reduce((sum, value) => sum + value ** 2, 0) / plain[0]!.data.length;
    assert(spread > 1e-3, "predictions differ from spot to spot");
    const [cos, sin] = [Math.cos(1.1), Math.sin(1.1)];
    const moves: readonly ((x: number, y: number) => readonly [number, number])[] = [
      (x, y) => [x + 40, y - 70],
      (x, y) => [-x, y],
      (x, y) => [cos * x - sin * y, sin * x + cos * y],
      (x, y) => [cos * x + sin * y + 9, sin * x - cos * y],
    ];
    for (const move of moves) {
      const moved = await predict(method, params, seen(spots, move), config);
      moved.forEach((draw, i) => assertClose(draw.data, plain[i]!.data, 1e-4));
    }
  });
});

forEachBackend("tiles give the numbers of the whole slide, draw by draw", async (backend) => {
  const [spots, tile, config] = backend === "cpu" ? [60, 20, BRIEF] as const : [900, 200, CONFIG] as const;
  await assertNoLeak(async () => {
    await withModel(CONFIG, async (method, params) => {
      const slide = seen(spots);
      const whole = await predict(method, params, slide, config);
      const tiled = await predict(method, params, slide, { ...config, sampling: { ...config.sampling, tile } });
      assertEquals(tiled.length, 2);
      tiled.forEach((draw, i) => assertClose(draw.data, whole[i]!.data, 1e-5));
      assert(whole[0]!.data.some((value, i) => value !== whole[1]!.data[i]), "draws differ");
    });
  });
});

Deno.test("a halo of fewer hops than blocks would not do", async () => {
  await withModel(CONFIG, async (method, params) => {
    const slide = seen(900);
    const whole = await predict(method, params, slide);
    const short = { ...CONFIG, network: { ...CONFIG.network, layers: 1 }, sampling: { ...CONFIG.sampling, tile: 200 } };
    const tiled = await predict(method, params, slide, short);
    assert(tiled[0]!.data.some((value, i) => Math.abs(value - whole[0]!.data[i]!) > 1e-4));
  });
});

Deno.test("one step is the network at t = 0, and progress counts network calls", async () => {
  await withModel(CONFIG, async (method, params) => {
    const calls: number[] = [];
    const setting = { ...CONFIG, sampling: { ...CONFIG.sampling, steps: 1, draws: 3 } };
    const options = { setting, genes: GENES, rng: rng(4), onStep: (done: number) => void calls.push(done) };
    const draws = await predictSlide(method, params, seen(50), options);
    assertEquals(draws.length, 3);
    assertEquals(calls, [0, 1, 1, 2, 2, 3]);
  });
});

Deno.test("features and places of different number are refused, and nothing is left behind", async () => {
  await withModel(CONFIG, async (method, params) => {
    await assertNoLeak(async () => {
      const slide = seen(30);
      const fewer = { ...slide, features: hostArray(new Float32Array(40), [10, 4]) };
      await assertRejects(
        () => predict(method, params, fewer),
        TypeError,
        "Cannot condition 30 spots on 10 rows of image features",
      );
    });
  });
});

Deno.test("overDraws() are mean and sample deviation over draws", () => {
  const draw = (...values: number[]): HostArray => hostArray(Float32Array.from(values), [1, 2]);
  const { mean, spread } = overDraws([draw(1, 5), draw(2, 5), draw(6, 5)]);
  assertEquals([...mean.data], [3, 5]);
  assertAlmostEquals(spread.data[0]!, Math.sqrt((4 + 1 + 9) / 2), 1e-6);
  assertEquals(spread.data[1], 0);
  assertEquals([...overDraws([draw(1, 2)]).spread.data], [0, 0]);
});
