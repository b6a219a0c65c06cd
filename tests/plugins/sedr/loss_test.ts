import {
  adamW,
  add,
  constantSchedule,
  createTrainer,
  dataOf,
  dispose,
  intTensor,
  mul,
  rng,
  type SparsePlaces,
  sum,
  type Tensor,
  tensor,
  tensorAt,
  type Trainable,
} from "../../../core/mod.ts";
import { cosineErrors, decayPenalty, linkEntropy, sedrLoss, spatialDivergence } from "../../../plugins/sedr/loss.ts";
import { sedrNetwork } from "../../../plugins/sedr/network.ts";
import { clusterDivergence, sharpened, softClusters } from "../../../plugins/sedr/refinement.ts";
import { assertAlmostEquals } from "../../assert.ts";
import { forEachBackend } from "../../core/backends.ts";
import { assertGradient, spread } from "../../core/tensor/finite_differences.ts";
import { read, tensorOf } from "../../parity/tensors.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { smallConfig, vectors } from "./setup.ts";

const FLOAT32 = 1e-5;

function places(pairs: readonly (readonly number[])[]): SparsePlaces {
  return { row: intTensor(pairs.map(([a]) => a!)), column: intTensor(pairs.map(([, b]) => b!)) };
}

forEachBackend("the terms of the loss equal the specification", async () => {
  const { vgae_kl, sce_loss, inner_product_bce, dec } = vectors;
  const split = (label: number) => inner_product_bce.pairs.filter((_, i) => inner_product_bce.labels[i] === label);
  const made = await read(() => {
    const [q, p] = [softClusters(tensorOf(dec.z), tensorOf(dec.centres)), tensorOf(dec.p)];
    return {
      kl: spatialDivergence(tensorOf(vgae_kl.mu), tensorOf(vgae_kl.logstd)),
      cosine: cosineErrors(tensorOf(sce_loss.reconstruction), tensorOf(sce_loss.target), places([[0, 0], [1, 1]])),
      entropy: linkEntropy(tensorOf(inner_product_bce.z), places(split(1)), places(split(0))),
      q,
      p: sharpened(q),
      clusters: clusterDivergence(p, q),
    };
  });
  assertAlmostEquals(made.kl[0]!, vgae_kl.sedr_value, FLOAT32);
  assertClose(made.cosine, sce_loss.per_row, FLOAT32);
  assertAlmostEquals(made.entropy[0]!, inner_product_bce.bce_mean, FLOAT32);
  assertClose(made.q, dec.q.flat(), FLOAT32);
  assertClose(made.p, dec.p.flat(), FLOAT32);
  assertAlmostEquals(made.clusters[0]!, dec.kl_reference_elementwise_mean, FLOAT32);
});

forEachBackend("decay as a penalty is Adam's coupled decay of the specification", async () => {
  const known = vectors.adam_coupled_weight_decay;
  const trainable: Trainable<{ readonly slope: Tensor } & Disposable> = {
    init: () => ({ w: tensor([known.param0]) }),
    loss: (params, { slope }) => ({
      total: add(sum(mul(tensorAt(params, "w"), slope)), decayPenalty(params, known.weight_decay)),
      parts: {},
    }),
  };
  const at = (step: number) => {
    const slope = tensor([known.grads[step]!]);
    return Promise.resolve({ slope, [Symbol.dispose]: () => dispose([slope]) });
  };
  const optimizer = adamW({ schedule: constantSchedule(known.lr), weightDecay: 0 });
  using trainer = createTrainer({ trainable, batches: { at }, optimizer, rng: rng(0) });
  for (const expected of known.params) {
    await trainer.advance();
    const [w] = await dataOf(tensorAt(trainer.params, "w"));
    assertAlmostEquals(w!, expected, 1e-6);
  }
});

const CELLS = 5;
const LINKS = [[0, 0], [0, 1], [1, 0], [1, 1], [2, 2], [2, 3], [3, 2], [3, 3], [4, 4], [1, 4], [4, 1]];
const APART = [[0, 2], [1, 3], [2, 4], [3, 0], [4, 0], [0, 3], [1, 2], [2, 0], [3, 1], [4, 3], [0, 4]];
const SHAPES = [[3, 4], [4], [4], [4], [4, 2], [2], [2], [2], [2, 3], [3, 2], [3, 2], [4, 3], [3]] as const;

for (const mode of ["add", "replace"] as const) {
  forEachBackend(`gradients of the whole loss equal finite differences, mask mode ${mode}`, async () => {
    const config = smallConfig({
      network: { encoder: 4, features: 2, hidden: 3, spatial: 2, dropout: 0.2 },
      masking: { mode },
      loss: { klScale: 3 },
    });
    const loss = (...leaves: Tensor[]): Tensor => {
      const [w1, b1, g1, s1, w2, b2, g2, s2, hidden, mean, logStd, decoder, token] = leaves as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ];
      const params = {
        encoder: [{ weight: w1, bias: b1, gamma: g1, beta: s1 }, { weight: w2, bias: b2, gamma: g2, beta: s2 }],
        convolution: { hidden, mean, logStd },
        decoder,
        token,
      };
      const zeros = (n: number): Tensor => tensor(new Float32Array(n));
      const ones = (n: number): Tensor => tensor(new Float32Array(n).fill(1));
      const state = { encoder: [4, 2].map((width) => ({ mean: zeros(width), variance: ones(width) })) };
      const batch = {
        x: tensor(spread(3 * CELLS, 2), [CELLS, 3]),
        links: places(LINKS),
        weight: tensor(spread(LINKS.length, 1).map(Math.abs)),
        negatives: places(APART),
        diagonal: places([0, 1, 2, 3, 4].map((cell) => [cell, cell])),
        balance: 0.7,
      };
      const mask = tensor([1, 0, 1, 1, 0], [CELLS, 1]);
      const output = sedrNetwork(params, state, batch, config, { train: rng(4), mask });
      return add(sedrLoss(output, batch, config, mask).total, decayPenalty(params, 0.05));
    };
    // Batch norm of five cells bends so sharply that differences of float32 are coarse.
    await assertGradient(loss, SHAPES.map((shape) => ({ shape })), 0.03);
  });
}
