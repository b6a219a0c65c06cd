import {
  entries,
  fill,
  groupNorm,
  groupsOf,
  type LayerContext,
  leaves,
  modulate,
  mul,
  multiHeadAttention,
  type Params,
  type Rng,
  rng,
  silu,
  split,
  sum,
  type Tensor,
  tidy,
  timeFeatures,
  transpose,
  zeros,
} from "../../../core/mod.ts";
import { chooseBackend } from "../../../core/backend/mod.ts";
import { dataOf, dispose, fromHost, memory, tensor, valueAndGrads } from "../../../core/tensor/mod.ts";
import { disposeTree, mapTree } from "../../../core/tree.ts";
import { type UNet, unet, type UNetSizes } from "../../../plugins/geneflow/unet/unet.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { read } from "../../parity/tensors.ts";
import { assertClose, flat } from "../../vectors/arrays.ts";
import { channelsFirst, channelsLast, host, TOLERANCE, upload, vectors } from "./setup.ts";

const PLAIN: LayerContext = { train: false, rng: rng(0) };

const PAPER: UNetSizes = {
  channels: 4,
  base: 128,
  multipliers: [1, 2, 2, 2],
  blocks: 2,
  attentionAt: [],
  headChannels: 16,
  condition: 512,
  dropout: 0.1,
  timeScale: 1,
  recompute: false,
};

const SMALL: UNetSizes = { ...PAPER, channels: 2, base: 16, multipliers: [1, 2], blocks: 1, condition: 5 };

/** Zeros in place of draws, for counting. */
const ZEROS: Rng = { ...rng(0), fold: () => ZEROS, uniform: zeros };

function countBy(sizes: UNetSizes, groupOf: (path: string) => string): Readonly<Record<string, number>> {
  const params = tidy(() => unet(sizes).init(ZEROS));
  const counts: Record<string, number> = {};
  for (const [path, { size }] of entries<Tensor>(params)) counts[groupOf(path)] = (counts[groupOf(path)] ?? 0) + size;
  disposeTree(params);
  return counts;
}

Deno.test("U-Nets have as many parameters as the vectors say", async () => {
  await chooseBackend("cpu");
  const { parameter_counts, small_unet_parameter_counts } = vectors;
  const total = (sizes: UNetSizes): number => countBy(sizes, () => "all")["all"]!;
  assertEquals(total({ ...PAPER, channels: 3 }), parameter_counts.unet[3]);
  const parts = countBy(PAPER, (path) => path.split("/")[0]!);
  assertEquals(parts, parameter_counts.unet_parts);
  assertEquals(Object.values(parts).reduce((a, b) => a + b, 0), 42_064_644);
  for (const small of small_unet_parameter_counts) {
    const sizes = {
      ...PAPER,
      channels: small.img_channels,
      base: small.model_channels,
      multipliers: small.channel_mult,
      blocks: small.num_res_blocks,
      condition: small.rna_embed_dim,
    };
    assertEquals(total(sizes), small.params);
  }
});

forEachBackend(
  "time features, group norm with scale and shift, and attention are those of the vectors",
  () =>
    assertNoLeak(async () => {
      const { time_embedding, group_norm_film: film, qkv_attention } = vectors;
      for (const { t, dim, embedding } of time_embedding) {
        const { out } = await read(() => ({ out: timeFeatures(fill([1], t), dim) }));
        assertClose(out, embedding, TOLERANCE);
      }
      const made = await read(() => {
        const x = fromHost(channelsLast(host(film.x_BCHW)));
        const normed = groupNorm(x, film.groups, upload(film.gain), upload(film.bias), film.eps);
        const modulated = modulate(normed, upload([[...film.scale, ...film.shift]]));
        const [q, k, v] = split(transpose(upload(qkv_attention.qkv_B_3C_T), [0, 2, 1]), 3, 2) as [
          Tensor,
          Tensor,
          Tensor,
        ];
        return {
          normed,
          modulated,
          active: silu(modulated),
          attended: transpose(multiHeadAttention(q, k, v, qkv_attention.heads), [0, 2, 1]),
        };
      });
      const [height, width] = [film.x_BCHW[0][0].length, film.x_BCHW[0][0][0].length];
      const first = (values: Float32Array): Float32Array =>
        channelsFirst({ data: values, shape: [1, height, width, film.gain.length] }).data;
      assertClose(first(made.normed), flat(film.group_norm), TOLERANCE);
      assertClose(first(made.modulated), flat(film.film), TOLERANCE);
      assertClose(first(made.active), flat(film.film_silu), TOLERANCE);
      assertClose(made.attended, flat(qkv_attention.output_B_C_T), TOLERANCE);
    }),
);

Deno.test("widths below 32 are normalised in fewer groups", () => {
  assertEquals([128, 96, 48, 16, 24].map((channels) => groupsOf(channels)), [32, 32, 16, 16, 8]);
});

function apply(network: UNet, params: Params, side: number, ctx: LayerContext): Tensor {
  const images = rng(2).normal([2, side, side, 2]);
  return network.trace(params, images, tensor([0.3, 0.8]), rng(3).normal([2, 5]), ctx).output;
}

forEachBackend(
  "a fresh U-Net puts out exactly 0, a moved one does not, at base 16 and 32 px",
  () =>
    assertNoLeak(async () => {
      const network = unet({ ...SMALL, multipliers: [1, 2, 2], attentionAt: [4] });
      const params = tidy(() => network.init(rng(1)));
      const { fresh, moved } = await read(() => ({
        fresh: apply(network, params, 32, PLAIN),
        moved: apply(
          network,
          mapTree<Tensor, Tensor>((leaf) => mul(sum(leaf), fill(leaf.shape, 0.01)), params),
          32,
          PLAIN,
        ),
      }));
      disposeTree(params);
      assertEquals(fresh.length, 2 * 32 * 32 * 2);
      assert(fresh.every((value) => value === 0));
      assert(moved.every(Number.isFinite));
    }),
);

/** Gradient of a fixed scalar with dropout on, and what a step holds at most. */
async function gradientOf(recompute: boolean): Promise<{ grads: Float32Array[]; bytes: number }> {
  const network = unet({ ...SMALL, recompute });
  const fresh = tidy(() => network.init(rng(1)));
  // Some filters start at zero, behind which there is no gradient.
  const params = tidy(() =>
    mapTree<Tensor, Tensor>((leaf, path) => mul(rng(4).fold(path).normal(leaf.shape), 0.2), fresh)
  );
  disposeTree(fresh);
  let bytes = 0;
  // Parameters are held for the derivative too; tfjs counts them twice, though they share their values.
  const before = memory().numBytes + leaves<Tensor>(params).reduce((total, { size }) => total + 4 * size, 0);
  const { value, grads } = tidy(() =>
    valueAndGrads(() => {
      const out = tidy(() => apply(network, params, 4, { train: true, rng: rng(5) }));
      bytes = memory().numBytes - before;
      return { value: sum(mul(out, rng(6).normal(out.shape))) };
    }, leaves<Tensor>(params))
  );
  const values = await Promise.all(grads.map(dataOf));
  dispose([value, ...grads]);
  disposeTree(params);
  return { grads: values, bytes };
}

forEachBackend("computing again gives the same gradient in less memory", () =>
  assertNoLeak(async () => {
    const [plain, lean] = [await gradientOf(false), await gradientOf(true)];
    const largest = (values: Float32Array): number =>
      values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const top = Math.max(...plain.grads.map(largest));
    for (const [i, expected] of plain.grads.entries()) {
      // An offset before a group norm of single channels has no influence: its gradient is rounding.
      assertClose(lean.grads[i]!, expected, 1e-4 * largest(expected) + 1e-6 * top);
    }
    assert(plain.grads.filter((grad) => largest(grad) > 1e-3 * top).length > 0.5 * plain.grads.length);
    assert(lean.bytes < 0.3 * plain.bytes, `${lean.bytes} bytes, ${plain.bytes} without`);
  }));

Deno.test("images of other channels or odd sides are refused", async () => {
  await chooseBackend("cpu");
  const network = unet(SMALL);
  const params = tidy(() => network.init(rng(1)));
  for (const shape of [[1, 8, 8, 3], [1, 9, 8, 2], [8, 8, 2]]) {
    assertThrows(
      () => tidy(() => network.trace(params, zeros(shape), tensor([0.5]), zeros([1, 5]), PLAIN)),
      TypeError,
      "divisible by 2",
    );
  }
  disposeTree(params);
});
