import {
  entries,
  fill,
  type HostArray,
  type LayerContext,
  layerNorm,
  leaves,
  mul,
  type Params,
  rng,
  type Tensor,
  tidy,
  transpose,
} from "../../../core/mod.ts";
import { dataOf, dispose, fromHost, memory, tensor, valueAndGrads } from "../../../core/tensor/mod.ts";
import { disposeTree } from "../../../core/tree.ts";
import { weighCells, weighHeads } from "../../../plugins/geneflow/encoder/aggregation.ts";
import { cellMask } from "../../../plugins/geneflow/encoder/cell_mask.ts";
import { residualLayer } from "../../../plugins/geneflow/encoder/cell_stack.ts";
import { geneAttention, geneWeights } from "../../../plugins/geneflow/encoder/gene_attention.ts";
import { lowRankProduct } from "../../../plugins/geneflow/encoder/gene_relations.ts";
import {
  type CellExpression,
  type EncoderSizes,
  featureGate,
  rnaEncoder,
} from "../../../plugins/geneflow/encoder/rna_encoder.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { chooseBackend } from "../../../core/backend/mod.ts";
import { sum } from "../../../core/tensor/mod.ts";
import { assertClose, flat } from "../../vectors/arrays.ts";
import { read } from "../../parity/tensors.ts";
import { host, permute, TOLERANCE, upload, vectors } from "./setup.ts";

const PLAIN: LayerContext = { train: false, rng: rng(0) };

const FULL: EncoderSizes = {
  cells: "multi",
  genes: 300,
  hidden: [512, 256],
  output: 512,
  rank: 50,
  heads: 4,
  geneScale: "softmax",
  concatMask: false,
  dropout: 0.1,
  geneRelations: true,
  geneAttention: true,
  multiHead: true,
  featureGating: true,
  residualBlocks: true,
  layerNorm: true,
};

const PLAIN_PARTS = {
  geneRelations: false,
  geneAttention: false,
  multiHead: false,
  featureGating: false,
  residualBlocks: false,
  layerNorm: false,
};

const SMALL: EncoderSizes = { ...FULL, genes: 7, hidden: [6, 5], output: 4, rank: 2, heads: 2 };

function affine(weight: readonly unknown[], bias: readonly number[]): Params {
  return { weight: transpose(upload(weight)), bias: upload(bias) };
}

function countOf(sizes: EncoderSizes): number {
  const params = tidy(() => rnaEncoder(sizes).init(rng(1)));
  const count = leaves<Tensor>(params).reduce((total, { size }) => total + size, 0);
  disposeTree(params);
  return count;
}

Deno.test("encoders have as many parameters as the vectors say", async () => {
  await chooseBackend("cpu");
  const { encoder, ablations_G300, encoder_parts_G300 } = vectors.parameter_counts;
  for (const genes of [126, 300]) {
    assertEquals(countOf({ ...FULL, genes }), encoder[genes]);
    assertEquals(countOf({ ...FULL, genes, cells: "single" }), encoder[genes]);
  }
  const without = (parts: Partial<EncoderSizes>): number => countOf({ ...FULL, ...parts });
  assertEquals(without({ geneAttention: false }), ablations_G300.no_gene_attention);
  const neither = { geneAttention: false, geneRelations: false };
  assertEquals(without(neither), ablations_G300.no_gene_attention_no_relations);
  assertEquals(
    without({ ...neither, multiHead: false, cells: "single" }),
    ablations_G300.no_attention_no_relations_no_multihead_single,
  );
  assertEquals(without({ ...PLAIN_PARTS, cells: "single" }), ablations_G300.simple_single);
  // The program also allocates projections that nothing uses; ours does not.
  assertEquals(without(PLAIN_PARTS), ablations_G300.simple_single);
  const params = tidy(() => rnaEncoder(FULL).init(rng(1)));
  const sizeOf = (name: string): number =>
    entries<Tensor>(params).filter(([path]) => path.startsWith(name)).reduce((total, [, { size }]) => total + size, 0);
  const named = {
    gene_attention: "gene_attention",
    relation_base: "gene_relation_net_base",
    relation_head: "gene_relation_factors_head",
    cell_encoder: "cell_encoder",
    attention_logits: "cell_aggregation_attention",
    head_projections: "aggregation_head_projections",
    final_encoder: "final_encoder",
    feature_gate: "feature_gate",
  };
  assertEquals(
    Object.fromEntries(Object.entries(named).map(([key, name]) => [key, sizeOf(name)])),
    encoder_parts_G300,
  );
  disposeTree(params);
});

/** The two halves of a factors' head `[2GK, D]` as the products need them. */
function factors(weight: HostArray, bias: readonly number[], genes: number, rank: number): Params {
  const [width, half] = [weight.shape[1]!, genes * rank];
  const right = { data: weight.data.subarray(half * width), shape: [rank, genes, width] };
  return {
    left: {
      weight: tensor(weight.data.subarray(0, half * width), [genes, rank * width]),
      bias: tensor(bias.slice(0, half), [genes, rank]),
    },
    right: {
      weight: tensor(permute(right, [0, 2, 1]).data, [rank * width, genes]),
      bias: tensor(bias.slice(half), [rank, genes]),
    },
  };
}

forEachBackend("gene relations equal those of the vectors without their matrices", () =>
  assertNoLeak(async () => {
    const { x, h, W2, b2, rank, relation } = vectors.low_rank_relation;
    const made = await read(() => ({
      relation: lowRankProduct(factors(host(W2), b2, 3, rank), upload(x), upload(h)),
    }));
    assertClose(made.relation, flat(relation), TOLERANCE);
  }));

forEachBackend("gene relations never hold 2GK numbers per cell", () =>
  assertNoLeak(() => {
    const [rows, genes, rank, width] = [4, 2000, 8, 16];
    const made = tidy(() => {
      const weight = host([[0]]);
      const head = factors(
        { ...weight, data: new Float32Array(2 * genes * rank * width), shape: [2 * genes * rank, width] },
        Array<number>(2 * genes * rank).fill(0),
        genes,
        rank,
      );
      const [x, h] = [fill([rows, genes], 1), fill([rows, width], 1)];
      const before = memory().numBytes;
      lowRankProduct(head, x, h);
      return memory().numBytes - before;
    });
    assert(made < 4 * rows * 2 * genes * rank / 4, `${made} bytes for ${rows} cells`);
  }));

forEachBackend(
  "gene weights, residual block, gate and layer norm are those of the vectors",
  () =>
    assertNoLeak(async () => {
      const { gene_attention, encoder_residual_block, feature_gate, layer_norm } = vectors;
      const block = encoder_residual_block;
      const made = await read(() => {
        const logits = { gene_attention: upload(gene_attention.logits) };
        const residual = {
          main_branch: { 0: affine(block.Wa, block.ba), 3: affine(block.Wb, block.bb) },
          skip: affine(block.Wskip, block.bskip),
        };
        return {
          weights: geneWeights(logits, "softmax"),
          weighted: geneAttention(3, "softmax").apply(logits, upload(gene_attention.x), PLAIN),
          residual: residualLayer(3, 2, 0.1).apply(residual, upload(block.x), PLAIN),
          gated: featureGate(2).apply({ 0: affine(feature_gate.Wg, feature_gate.bg) }, upload([feature_gate.z]), PLAIN),
          norm: layerNorm(upload(layer_norm.x), upload(layer_norm.gain), upload(layer_norm.bias), layer_norm.eps),
        };
      });
      assertClose(made.weights, gene_attention.weights, TOLERANCE);
      assertClose(made.weighted, gene_attention.weighted, TOLERANCE);
      assertClose(made.residual, flat(block.output), TOLERANCE);
      assertClose(made.gated, feature_gate.output, TOLERANCE);
      assertClose(made.norm, flat(layer_norm.output), TOLERANCE);
    }),
);

forEachBackend(
  "weights that sum to 1 damp a large panel as the vectors say, those that sum to G do not",
  () =>
    assertNoLeak(async () => {
      for (const { G: genes, nonzero_genes, output_std } of vectors.layer_norm_attenuation) {
        const x = new Float32Array(genes);
        for (let i = 0; i < nonzero_genes; i++) x[(7 * i) % genes] = 9 + (i % 5);
        const deviation = (values: Float32Array): number => {
          const mean = values.reduce((a, b) => a + b, 0) / genes;
          return Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / genes);
        };
        const made = await read(() => {
          const logits = { gene_attention: fill([genes], 1 / genes) };
          const normed = (scale: "softmax" | "softmaxTimesG"): Tensor =>
            layerNorm(
              geneAttention(genes, scale).apply(logits, tensor(x, [1, genes]), PLAIN),
              fill([genes], 1),
              fill([genes], 0),
              1e-5,
            );
          return { small: normed("softmax"), large: normed("softmaxTimesG") };
        });
        assertClose([deviation(made.small)], [output_std], 1e-4);
        assertClose([deviation(made.large)], [1], 1e-4);
      }
    }),
);

forEachBackend("attention over cells and over heads is that of the vectors", () =>
  assertNoLeak(async () => {
    const { masked_cell_attention: cells, single_cell_head_mixing: mixing } = vectors;
    const made = await read(() => ({
      cells: weighCells(
        upload(cells.logits_BCH),
        cells.projected_HBCD.map(upload),
        fromHost(cellMask(cells.num_cells, 3)),
      ),
      heads: weighHeads(upload([mixing.logits]), mixing.head_outputs.map((row: number[]) => upload([row]))),
    }));
    assertClose(made.cells, flat(cells.aggregated_BD), TOLERANCE);
    assertClose(made.heads, mixing.output, TOLERANCE);
  }));

/** Embeddings of the same two images under a change of what is given. */
async function embeddings(
  sizes: EncoderSizes,
  change: (x: Float32Array) => Float32Array,
  counts: readonly number[],
): Promise<Float32Array> {
  const x = Float32Array.from({ length: 2 * 3 * 7 }, (_, i) => 5 + 4 * Math.sin(3 * i));
  const { out } = await read(() => {
    const encoder = rnaEncoder(sizes);
    const cells: CellExpression = { x: tensor(change(x), [2, 3, 7]), real: fromHost(cellMask(counts, 3)) };
    return { out: encoder.apply(encoder.init(rng(3)), cells, PLAIN) };
  });
  return out;
}

for (const multiHead of [true, false]) {
  forEachBackend(
    `rows of padding do not count, nor does the order of cells, multiHead ${multiHead}`,
    () =>
      assertNoLeak(async () => {
        const sizes = { ...SMALL, multiHead };
        const plain = await embeddings(sizes, (x) => x, [2, 3]);
        const padding = await embeddings(sizes, (x) => x.map((v, i) => i >= 14 && i < 21 ? -100 * v : v), [2, 3]);
        assertEquals(padding, plain);
        const swapped = await embeddings(
          sizes,
          (x) => Float32Array.from([...x.slice(7, 14), ...x.slice(0, 7), ...x.slice(14)]),
          [2, 3],
        );
        assertClose(swapped, plain, 1e-5);
        const other = await embeddings(sizes, (x) => x.map((v, i) => i < 7 ? v + 3 : v), [2, 3]);
        assert(Math.abs(other[0]! - plain[0]!) > 1e-4, "a real cell must count");
        assertEquals(other.slice(4), plain.slice(4));
      }),
  );
}

forEachBackend("every parameter of every encoder gets a gradient", () =>
  assertNoLeak(async () => {
    for (const cells of ["single", "multi"] as const) {
      for (const parts of [{}, PLAIN_PARTS]) {
        const sizes: EncoderSizes = { ...SMALL, ...parts, cells };
        const encoder = rnaEncoder(sizes);
        const count = cells === "single" ? 1 : 3;
        const params = tidy(() => encoder.init(rng(5)));
        const all = leaves<Tensor>(params);
        const { value, grads } = tidy(() =>
          valueAndGrads(() => {
            const x = mul(rng(6).uniform([4, count, 7]), 10);
            const real = fromHost(cellMask(Array<number>(4).fill(count), count));
            const out = encoder.apply(params, { x, real }, { train: true, rng: rng(7) });
            return { value: sum(mul(out, rng(8).normal(out.shape))) };
          }, all)
        );
        const paths = entries<Tensor>(params).map(([path]) => path);
        for (const [i, grad] of grads.entries()) {
          const values = await dataOf(grad);
          // One cell per image is the whole softmax over cells; a bias before it moves all logits alike.
          const isShared = /aggregation_attention\/3\/bias/.test(paths[i]!);
          assert(values.every(Number.isFinite), `${paths[i]} has no finite gradient`);
          assert(isShared || values.some((v) => v !== 0), `${paths[i]} of ${cells} has no gradient`);
        }
        dispose([value, ...grads]);
        disposeTree(params);
      }
    }
  }));

Deno.test("images without cells and expression of the wrong shape are refused", async () => {
  await chooseBackend("cpu");
  assertThrows(() => cellMask([2, 0], 3), Error, "image 1 on 0 cells");
  assertThrows(() => cellMask([4], 3), Error, "4 cells");
  const encoder = rnaEncoder({ ...SMALL, concatMask: true });
  const params = tidy(() => encoder.init(rng(1)));
  assertThrows(
    () => tidy(() => encoder.apply(params, { x: fill([2, 3, 6], 1), real: fill([2, 3], 1) }, PLAIN)),
    TypeError,
    "[2,3,6]",
  );
  assertThrows(
    () => tidy(() => encoder.apply(params, { x: fill([2, 3, 7], 1), real: fill([2, 3], 1) }, PLAIN)),
    TypeError,
    "none",
  );
  disposeTree(params);
});
