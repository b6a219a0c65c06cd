import { heapUseOf } from "../../../core/backend/heap_use.ts";
import { chooseBackend } from "../../../core/backend/mod.ts";
import { type Data, disposeTree, hostArray, inMemory, mergeConfig, rng, tidy } from "../../../core/mod.ts";
import { differentiate } from "../../../core/train_gradient.ts";
import { plugin } from "../../../plugins/geneflow/mod.ts";
import { assert } from "../../assert.ts";
import { assertNoLeak, BACKENDS } from "../../core/backends.ts";

const [SIDE, CHANNELS, GENES] = [128, 4, 20];
/** Pixels of the paper's images per pixel here. */
const LARGER = (256 / SIDE) ** 2;
const GIBIBYTE = 2 ** 30;

/** One image and what it is drawn for. */
function oneImage(): Data {
  const parts = {
    x: { shape: [GENES], unit: "ln(1 + counts)" },
    img: { shape: [SIDE, SIDE, CHANNELS], unit: "share of white" },
  };
  const [x, img] = [rng(1).host.uniform(GENES), rng(2).host.uniform(SIDE * SIDE * CHANNELS)];
  return {
    spec: { name: "one image", parts, times: [], labels: {} },
    sections: [{
      name: "a",
      time: -1,
      split: "train",
      rows: 1,
      labels: {},
      parts: { x: inMemory(hostArray(x, [1, GENES])), img: inMemory(hostArray(img, [1, SIDE, SIDE, CHANNELS])) },
    }],
    citation: { title: "one image", authors: "none", url: "https://example.org" },
    source: "memory",
    notes: [],
  };
}

if (!BACKENDS.includes("native")) console.warn("SKIP: the paper's network is too slow without the backend native");

Deno.test({
  name: "a step of the paper's network on one image of 256 px fits in 3.5 GiB, since blocks are computed again",
  ignore: !BACKENDS.includes("native"),
  fn: async () => {
    await chooseBackend("native");
    await assertNoLeak(async () => {
      const data = oneImage();
      const config = mergeConfig(plugin.defaults, { batch: 1, genes: { images: 0 } }, "test");
      const { trainable, batches } = plugin.build(config, data.spec);
      const params = tidy(() => trainable.init(rng(3)));
      using batch = await (await batches(data, rng(4))).at(0);
      const use = heapUseOf(() => differentiate({ trainable, params, step: 0 }, batch, rng(5), false))!;
      disposeTree(params);
      // Parameters and their gradient stay as they are, AdamW keeps two numbers of each, activations grow with the image.
      const activations = use.peak - 2 * use.before;
      const whole = 4 * use.before + LARGER * activations;
      assert(activations > 0.1 * GIBIBYTE, `${activations} bytes: not what a step holds`);
      assert(whole < 2.5 * GIBIBYTE, `${(whole / GIBIBYTE).toFixed(2)} GiB of tensors, without gaps between them`);
    });
  },
});
