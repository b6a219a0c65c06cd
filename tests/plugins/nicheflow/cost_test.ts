import { type DataSpec, entries, type Params, rng, subtree, type Tensor, tidy } from "../../../core/mod.ts";
import { disposeTree, leaves } from "../../../core/tree.ts";
import { chooseBackend } from "../../../core/backend/mod.ts";
import { classifierTrainable } from "../../../plugins/nicheflow/classifier.ts";
import { NICHEFLOW_DEFAULTS } from "../../../plugins/nicheflow/config.ts";
import {
  samplingFlops,
  singlePointMultiplyAdds,
  trainingFlops,
  transformerMultiplyAdds,
} from "../../../plugins/nicheflow/cost.ts";
import { nicheBackbone } from "../../../plugins/nicheflow/method.ts";
import { assertAlmostEquals, assertEquals } from "../../assert.ts";
import { vectors } from "./tiny.ts";

const [FEATURES, COORDINATES] = [50, 2];

function specOf(slices: number): DataSpec {
  return {
    name: "sizes",
    parts: { x: { shape: [FEATURES], unit: "sd" }, pos: { shape: [COORDINATES], unit: "sd" } },
    times: Array.from({ length: slices }, (_, i) => ({ name: `${i}`, value: i, unit: "d" })),
    labels: {},
  };
}

function sizeOf(params: Params): number {
  return leaves<Tensor>(params).reduce((sum, { size }) => sum + size, 0);
}

function counted(make: () => Params): number {
  const params = tidy(make);
  const size = sizeOf(params);
  disposeTree(params);
  return size;
}

Deno.test("nicheBackbone() and classifierTrainable() have the sizes of parameter_counts", async () => {
  await chooseBackend("cpu");
  const { breakdown_MED_transformer: _, ...datasets } = vectors.parameter_counts;
  assertEquals(Object.keys(datasets), ["MED", "ABD", "MBA"]);
  for (const { n_slices, n_classes, transformer, mlp, classifier } of Object.values(datasets)) {
    const count = (model: "nicheflow" | "rpcflow" | "spflow"): number =>
      counted(() => nicheBackbone({ ...NICHEFLOW_DEFAULTS, model }, specOf(n_slices)).init(rng(0)));
    const sizes = { features: FEATURES, hidden: NICHEFLOW_DEFAULTS.classifier.hidden, classes: n_classes };
    assertEquals(count("nicheflow"), transformer);
    assertEquals(count("rpcflow"), transformer);
    assertEquals(count("spflow"), mlp);
    assertEquals(counted(() => classifierTrainable(sizes).init(rng(0))), classifier);
  }
});

Deno.test("nicheTransformer() splits as the breakdown of parameter_counts", async () => {
  await chooseBackend("cpu");
  const { encoder_block_each, decoder_block_each, ...single } = vectors.parameter_counts.breakdown_MED_transformer;
  const params = tidy(() => nicheBackbone(NICHEFLOW_DEFAULTS, specOf(3)).init(rng(0)));
  const at = (path: string): number => sizeOf(subtree(params, path));
  for (const [name, size] of Object.entries(single)) assertEquals(at(name), size, name);
  for (const block of [0, 1]) {
    assertEquals(at(`enc_blocks/${block}`), encoder_block_each);
    assertEquals(at(`dec_blocks/${block}`), decoder_block_each);
  }
  const known = new Set([...Object.keys(single), "enc_blocks", "dec_blocks"]);
  assertEquals(new Set(entries<Tensor>(params).map(([path]) => path.split("/")[0]!)), known);
  disposeTree(params);
});

const TRANSFORMER = { features: FEATURES, coordinates: COORDINATES, times: 3, ...NICHEFLOW_DEFAULTS.network };

function totalOf(size: number): number {
  const { encode, evaluate } = transformerMultiplyAdds(TRANSFORMER, size, size);
  return encode + evaluate;
}

Deno.test("transformerMultiplyAdds() reproduces flops", () => {
  const counts = Object.entries(vectors.flops.forward_macs);
  assertEquals(counts.length, 5);
  for (const [size, macs] of counts) assertEquals(totalOf(Number(size)), macs);
});

Deno.test("trainingFlops() reproduces flops", () => {
  const want = vectors.flops.train_step_gflops;
  const of = (size: number, pairs: number): number =>
    trainingFlops(transformerMultiplyAdds(TRANSFORMER, size, size), pairs) / 1e9;
  // The vectors print three decimals.
  const rounding = 5.001e-4;
  assertAlmostEquals(of(100, 2 * 64), want.code_2x64_pairs_N100, rounding);
  assertAlmostEquals(of(100, 16 * 64), want.paper_16x64_pairs_N100, rounding);
  assertAlmostEquals(of(1024, 8), want.rpc_code_8_clouds_N1024, rounding);
  const single = trainingFlops(singlePointMultiplyAdds(TRANSFORMER, 1024), 8) / 1e9;
  assertAlmostEquals(single, want.sp_code_8x1024_points, rounding);
});

Deno.test("samplingFlops() encodes once", () => {
  const cost = transformerMultiplyAdds(TRANSFORMER, 100, 100);
  assertEquals(samplingFlops(cost, 1, 19), 2 * (cost.encode + 19 * cost.evaluate));
  // The specification estimates 35 to 40 % for the encoder of a whole pass (section 7).
  const share = cost.encode / (cost.encode + cost.evaluate);
  assertEquals(share > 0.3 && share < 0.4, true);
});
