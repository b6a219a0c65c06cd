import { chooseBackend } from "../../../core/backend/mod.ts";
import { mergeConfig } from "../../../core/config/mod.ts";
import {
  adamW,
  chain,
  clipByGlobalNorm,
  constantSchedule,
  createTrainer,
  type Data,
  memory,
  type MemoryUse,
  type Model,
  rng,
} from "../../../core/mod.ts";
import { tf } from "../../../core/tensor/tf.ts";
import { tinyTissue } from "../../../core/testing/mod.ts";
import { anndata } from "../../../datasets/anndata.ts";
import { emtTgfb1Latent } from "../../../datasets/emt_tgfb1_latent.ts";
import { olfactoryBulb } from "../../../datasets/mouse_olfactory_bulb.ts";
import { toy2d } from "../../../datasets/toy_2d.ts";
import { plugin as cfm } from "../../../plugins/cfm/mod.ts";
import { plugin as geneflow } from "../../../plugins/geneflow/mod.ts";
import { plugin as gmflow } from "../../../plugins/gmflow/mod.ts";
import { plugin as nicheflow } from "../../../plugins/nicheflow/mod.ts";
import { plugin as sedr } from "../../../plugins/sedr/mod.ts";
import { PLUGINS } from "../../../plugins/registry.ts";
import { plugin as spatia } from "../../../plugins/spatia/mod.ts";
import { plugin as spatiaEncoder } from "../../../plugins/spatia-encoder/mod.ts";
import { plugin as stflow } from "../../../plugins/stflow/mod.ts";
import { assertEquals } from "../../assert.ts";
import { SMALL_PLUGINS } from "../../contract/small_plugins.ts";
import { PICTURES, TINY_CONFIG } from "../../plugins/geneflow/pictures.ts";
import { CELLS, TINY_CONFIG as TINY_CELLS } from "../../plugins/spatia/tiny.ts";
import { tissueTable, writeTissue } from "../../experiments/tissue_store.ts";
import { assertNoLeak } from "../backends.ts";
import { inTempFolder } from "../run/helpers.ts";
import { COMPARED_BACKENDS } from "./parity/backends.ts";

const STEPS = 50;

const SILENT = { seed: 1, note: (): void => {}, warn: (): void => {} };

/** A model of a few thousand parameters with data to train on. */
interface Small {
  readonly model: Model;
  readonly data: Data;
}

async function smallCfm(): Promise<Small> {
  const data = await toy2d.load({ ...toy2d.defaults, size: 200 }, SILENT);
  const config = mergeConfig(cfm.defaults, { batch: 32, network: { hidden: 16, layers: 2, timeDim: 4 } }, "test");
  return { model: cfm.build(config, data.spec, {}), data };
}

async function smallGmflow(kind: "velocity" | "transition"): Promise<Small> {
  const data = await emtTgfb1Latent.load(emtTgfb1Latent.defaults, SILENT);
  const config = mergeConfig(gmflow.defaults, { batch: 64, loss: { kind } }, "test");
  return { model: gmflow.build(config, data.spec, {}), data };
}

function smallGeneflow(model: "flow" | "diffusion" | "regression"): Promise<Small> {
  // Each parameter costs time on the slow backends, however small it is.
  const encoder = { hidden: [4], multiHead: false, featureGating: false, residualBlocks: false };
  const smallest = { model, batch: 2, encoder, network: { base: 2, multipliers: [1], headChannels: 2 } };
  const config = mergeConfig(mergeConfig(geneflow.defaults, TINY_CONFIG, "test"), smallest, "test");
  return Promise.resolve({ model: geneflow.build(config, PICTURES.spec, {}), data: PICTURES });
}

async function smallNicheflow(model: "nicheflow" | "rpcflow" | "spflow", folder: string): Promise<Small> {
  const config = mergeConfig(nicheflow.defaults, {
    model,
    niche: { radius: 0.5, dx: 0.8, dy: 0.8 },
    regions: { count: 2, niches: 4, pairs: 2, cells: 8 },
    network: { embed: 12, feedForward: 8, encoders: 1, decoders: 1, hidden: 8, timeDim: 4 },
    classifier: { epochs: 1 },
  }, "test");
  const location = await writeTissue(folder, "cells", tissueTable());
  const columns = { time: "timepoint", label: "annotation", components: 4 };
  const data = await anndata.load({ ...anndata.defaults, ...columns }, { location, ...SILENT });
  const prepared = await nicheflow.prepare!(config, data, rng(1), () => {});
  return { model: nicheflow.build(config, data.spec, prepared), data };
}

async function smallSedr(folder: string): Promise<Small> {
  const config = mergeConfig(sedr.defaults, {
    expression: { normalize: "none", components: 4 },
    network: { encoder: 8, features: 4, hidden: 8, spatial: 4 },
  }, "test");
  const location = await writeTissue(folder, "cells", tissueTable());
  const columns = { time: "timepoint", label: "annotation", components: 0 };
  const data = await anndata.load({ ...anndata.defaults, ...columns }, { location, ...SILENT });
  return { model: sedr.build(config, data.spec, await sedr.prepare!(config, data, rng(1), () => {})), data };
}

async function smallStflow(images: readonly string[]): Promise<Small> {
  const data = await olfactoryBulb.load({ ...olfactoryBulb.defaults, highlyVariable: 5, scale: "none" }, SILENT);
  const config = mergeConfig(stflow.defaults, {
    images,
    convolution: { pixels: 8, channels: [4] },
    regions: { most: 24 },
    network: { width: 8, pairWidth: 8, heads: 2, layers: 1, neighbours: 3 },
  }, "test");
  return { model: stflow.build(config, data.spec, await stflow.prepare!(config, data, rng(1), () => {})), data };
}

async function smallSpatia(kind: "hinge" | "delta-fm"): Promise<Small> {
  const alignment = { weight: kind === "hinge" ? 0.1 : 0, leastR2: -1e9, directions: 4, features: 8, epochs: 1 };
  const smallest = {
    contrast: { kind },
    alignment,
    batch: 8,
    conditioner: { width: 4 },
    network: { latent: { components: 4, hidden: 8, layers: 1 } },
  };
  const config = mergeConfig(mergeConfig(spatia.defaults, TINY_CELLS, "test"), smallest, "test");
  const prepared = await spatia.prepare!(config, CELLS, rng(1), () => {});
  return { model: spatia.build(config, CELLS.spec, prepared), data: CELLS };
}

async function smallSpatiaEncoder(): Promise<Small> {
  const data = await olfactoryBulb.load({ ...olfactoryBulb.defaults, normalize: "none", scale: "none" }, SILENT);
  const config = mergeConfig(spatiaEncoder.defaults, {
    images: { shrink: 4, patch: 6 },
    genes: { variable: 12 },
    niche: { neighbours: 3 },
    network: { width: 8, heads: 2, feedForward: 8, imageLayers: 1, geneLayers: 1, tissueLayers: 1 },
    regions: { count: 2, cells: 4 },
  }, "test");
  const prepared = await spatiaEncoder.prepare!(config, data, rng(1), () => {});
  return { model: spatiaEncoder.build(config, data.spec, prepared), data };
}

/** A plugin on the tissue of the contract tests. */
async function smallOnTissue(name: string): Promise<Small> {
  const [plugin, data] = [await PLUGINS[name]!(), tinyTissue()];
  const config = mergeConfig(plugin.defaults, SMALL_PLUGINS[name], "test");
  const prepared = await plugin.prepare?.(config, data, rng(1), () => {}) ?? {};
  return { model: plugin.build(config, data.spec, prepared), data };
}

/** Makes a model; the folder, which is empty, may hold its data. */
type Make = (folder: string) => Promise<Small>;

/** Plugins on data of their own, with their variants; one without a line here is trained on the tissue. */
const SMALL: Readonly<Record<string, Readonly<Record<string, Make>>>> = {
  cfm: { cfm: smallCfm },
  stflow: {
    "stflow": () => smallStflow(["thumbnail"]),
    "stflow, convolutions": () => smallStflow(["convolution"]),
  },
  geneflow: {
    "geneflow": () => smallGeneflow("flow"),
    "geneflow, diffusion": () => smallGeneflow("diffusion"),
    "geneflow, regression": () => smallGeneflow("regression"),
  },
  gmflow: {
    "gmflow": () => smallGmflow("velocity"),
    "gmflow, transitions": () => smallGmflow("transition"),
  },
  nicheflow: {
    nicheflow: (folder) => smallNicheflow("nicheflow", folder),
    rpcflow: (folder) => smallNicheflow("rpcflow", folder),
    spflow: (folder) => smallNicheflow("spflow", folder),
  },
  sedr: { sedr: smallSedr },
  spatia: {
    "spatia": () => smallSpatia("hinge"),
    "spatia, delta-fm": () => smallSpatia("delta-fm"),
  },
  "spatia-encoder": { "spatia-encoder": smallSpatiaEncoder },
};

/** Every plugin. */
const MODELS: readonly Readonly<Record<string, Make>>[] = Object.keys(PLUGINS).map((name) =>
  SMALL[name] ?? { [name]: () => smallOnTissue(name) }
);

Deno.test("what is trained for its memory is a plugin", () => {
  assertEquals(Object.keys(SMALL).filter((name) => !Object.hasOwn(PLUGINS, name)), []);
});

/** What tfjs counts, and what the backend itself holds, scratch of its kernels included. */
function held(): MemoryUse & { readonly entries: number } {
  return { ...memory(), entries: (tf.backend() as unknown as { numDataIds(): number }).numDataIds() };
}

for (const backend of ["cpu", ...COMPARED_BACKENDS] as const) {
  // Variants share most kernels, and an emulated graphics card is slow.
  const count = backend === "webgpu" ? 1 : Infinity;
  for (const [name, make] of MODELS.flatMap((models) => Object.entries(models).slice(0, count))) {
    Deno.test(`${name} on ${backend} holds as much after each of ${STEPS} steps`, async () => {
      await chooseBackend(backend);
      await inTempFolder((folder) =>
        assertNoLeak(async () => {
          const { model, data } = await make(folder);
          const root = rng(1);
          using trainer = createTrainer({
            trainable: model.trainable,
            batches: await model.batches(data, root.fold("data")),
            optimizer: chain(clipByGlobalNorm(1), adamW({ schedule: constantSchedule(1e-3), weightDecay: 1e-5 })),
            rng: root,
            ema: 0.9,
          });
          await trainer.advance();
          const first = held();
          while (trainer.step < STEPS) {
            await trainer.advance();
            assertEquals(held(), first, `after ${trainer.step} steps`);
          }
          model[Symbol.dispose]?.();
        })
      );
    });
  }
}
