import { intTensor, type Params, rng, type SparseMatrix, tensor } from "../../../core/mod.ts";
import { convolutionMatrix } from "../../../core/spatial/adjacency.ts";
import type { SedrBatch } from "../../../plugins/sedr/batch.ts";
import type { SedrConfig } from "../../../plugins/sedr/config.ts";
import { sedrLoss } from "../../../plugins/sedr/loss.ts";
import { sedrNetwork, type SedrOutput } from "../../../plugins/sedr/network.ts";
import { assertAlmostEquals } from "../../assert.ts";
import { forEachBackend } from "../../core/backends.ts";
import { read, tensorOf } from "../../parity/tensors.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { smallConfig, vectors } from "./setup.ts";

const known = vectors.sedr_forward;
const FLOAT32 = 1e-5;

/** The graph of the specification's four cells. */
function graphOf(): SparseMatrix {
  const { edges, n } = vectors.gcn_normalised_adjacency;
  const both = [...edges, ...edges.map(([a, b]) => [b!, a!])].sort(([a, b], [c, d]) => a! - c! || b! - d!);
  return convolutionMatrix({
    kind: "csr",
    shape: [n, n],
    indptr: Int32Array.from({ length: n + 1 }, (_, row) => both.filter(([a]) => a! < row).length),
    indices: Int32Array.from(both, ([, column]) => column!),
    data: new Float32Array(both.length).fill(1),
  });
}

function batchOf(): Omit<SedrBatch, "host" | typeof Symbol.dispose> {
  const { indptr, indices, data } = graphOf();
  const row = new Int32Array(data.length);
  for (let i = 0; i < 4; i++) row.fill(i, indptr[i]!, indptr[i + 1]!);
  const own = intTensor([0, 1, 2, 3]);
  const pairs = known.mask_add_reference.negatives;
  return {
    x: tensorOf(known.x),
    links: { row: intTensor(row), column: intTensor(indices) },
    weight: tensor(data),
    negatives: { row: intTensor(pairs.map(([a]) => a!)), column: intTensor(pairs.map(([, b]) => b!)) },
    diagonal: { row: own, column: own },
    balance: vectors.gcn_normalised_adjacency.norm_value,
  };
}

function weights(): { readonly params: Params; readonly state: Params } {
  const norm = (width: number): Record<string, Params> => ({
    gamma: tensor(new Float32Array(width).fill(1)),
    beta: tensor(new Float32Array(width)),
  });
  const running = (width: number): Params => ({
    mean: tensor(new Float32Array(width)),
    variance: tensor(new Float32Array(width).fill(1)),
  });
  return {
    params: {
      encoder: [
        { weight: tensorOf(known.enc_w1), bias: tensor(known.enc_b1), ...norm(3) },
        { weight: tensorOf(known.enc_w2), bias: tensor(known.enc_b2), ...norm(2) },
      ],
      convolution: {
        hidden: tensorOf(known.gc1),
        mean: tensorOf(known.gc2_mu),
        logStd: tensorOf(known.gc3_logstd),
      },
      decoder: tensorOf(known.decoder_gcn),
      token: tensor(known.mask_token),
    },
    state: { encoder: [running(3), running(2)] },
  };
}

function configOf(mode: SedrConfig["masking"]["mode"]): SedrConfig {
  return smallConfig({
    network: { encoder: 3, features: 2, hidden: 3, spatial: 2, dropout: 0 },
    masking: { mode },
  });
}

interface KnownPass {
  readonly z_f: readonly (readonly number[])[];
  readonly mu: readonly (readonly number[])[];
  readonly logstd: readonly (readonly number[])[];
  readonly z: readonly (readonly number[])[];
  readonly reconstruction: readonly (readonly number[])[];
}

function assertPass(made: Readonly<Record<string, Float32Array>>, expected: KnownPass): void {
  assertClose(made["features"]!, expected.z_f.flat(), FLOAT32);
  assertClose(made["mean"]!, expected.mu.flat(), FLOAT32);
  assertClose(made["logStd"]!, expected.logstd.flat(), FLOAT32);
  assertClose(made["z"]!, expected.z.flat(), FLOAT32);
  assertClose(made["reconstruction"]!, expected.reconstruction.flat(), FLOAT32);
}

function named(
  { features, mean, logStd, z, reconstruction }: SedrOutput,
): Pick<SedrOutput, "features" | "mean" | "logStd" | "z" | "reconstruction"> {
  return { features, mean, logStd, z, reconstruction };
}

forEachBackend("sedrNetwork() is the forward pass of the specification", async () => {
  const made = await read(() => {
    const { params, state } = weights();
    return named(sedrNetwork(params, state, batchOf(), configOf("add"), {}));
  });
  assertPass(made, known.unmasked);
});

for (const [mode, expected] of [["add", known.mask_add_reference], ["replace", known.mask_replace_paper]] as const) {
  forEachBackend(`sedrNetwork() and sedrLoss() equal the specification, mask mode ${mode}`, async () => {
    const made = await read(() => {
      const { params, state } = weights();
      const [batch, config] = [batchOf(), configOf(mode)];
      const mask = tensor(Float32Array.from([0, 1, 2, 3], (cell) => Number(known.masked_nodes.includes(cell))), [4, 1]);
      const output = sedrNetwork(params, state, batch, config, { mask });
      const { total, parts } = sedrLoss(output, batch, config, mask);
      return { ...named(output), total, rec: parts["reconstruction"]!, graph: parts["graph"]!, self: parts["self"]! };
    });
    assertPass(made, expected);
    assertAlmostEquals(made.rec[0]!, 10 * expected.loss_rec, 10 * FLOAT32);
    assertAlmostEquals(made.graph[0]!, 0.1 * expected.loss_gcn, FLOAT32);
    assertAlmostEquals(made.self[0]!, expected.loss_sce, FLOAT32);
    assertAlmostEquals(made.total[0]!, expected.total, 5 * FLOAT32);
    assertAlmostEquals(
      expected.norm_value * expected.bce_mean + expected.kl,
      made.graph[0]! / 0.1,
      10 * FLOAT32,
    );
  });
}

const ELU = (value: number): number => value > 0 ? value : Math.expm1(value);

/** What a second layer that maps nothing makes of rows of two: batch norm, then ELU. */
function secondLayer(rows: readonly (readonly number[])[], train: boolean): number[] {
  const moments = [0, 1].map((j) => {
    const mean = rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length;
    return train
      ? [mean, rows.reduce((sum, row) => sum + (row[j]! - mean) ** 2, 0) / rows.length] as const
      : [0, 1] as const;
  });
  return rows.flatMap((row) => row.map((value, j) => ELU((value - moments[j]![0]) / Math.sqrt(moments[j]![1] + 1e-3))));
}

forEachBackend("batch norm follows the cells in training and stands still in use", async () => {
  const layer = vectors.linear_bn_elu;
  const evaluate = (train: boolean) =>
    read(() => {
      const cells = intTensor([0, 1, 2, 3]);
      const batch = { x: tensorOf(layer.x), links: { row: cells, column: cells }, weight: tensor([1, 1, 1, 1]) };
      const first = { weight: tensorOf(layer.weight_in_by_out), bias: tensor(layer.bias) };
      const second = { weight: tensorOf([[1, 0], [0, 1]]), bias: tensor([0, 0]) };
      const { convolution, decoder } = weights().params as Record<string, Params>;
      const params = {
        encoder: [
          { ...first, gamma: tensor(layer.gamma), beta: tensor(layer.beta) },
          { ...second, gamma: tensor([1, 1]), beta: tensor([0, 0]) },
        ],
        convolution: convolution!,
        decoder: decoder!,
        token: tensor([0, 0]),
      };
      const state = { encoder: [0, 1].map(() => ({ mean: tensor([0, 0]), variance: tensor([1, 1]) })) };
      const pass = train ? { train: rng(1) } : {};
      const made = sedrNetwork(params, state, batch, configOf("add"), pass);
      const { mean, variance } = (made.state as typeof state).encoder[0]!;
      return { mean, variance, features: made.features };
    });
  const trained = await evaluate(true);
  assertClose(trained.mean, layer.running_mean_after_one_step_from_zero, 1e-6);
  assertClose(trained.variance, layer.running_var_after_one_step_from_one, 1e-6);
  assertClose(trained.features, secondLayer(layer.train_output_no_dropout, true), 3e-5);
  const used = await evaluate(false);
  assertClose([...used.mean, ...used.variance], [0, 0, 1, 1], 0);
  assertClose(used.features, secondLayer(layer.eval_output_with_running_mean0_var1, false), FLOAT32);
});
