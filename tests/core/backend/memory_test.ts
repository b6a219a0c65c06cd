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
import { plugin as stflow } from "../../../plugins/stflow/mod.ts";
import { assertEquals } from "../../assert.ts";
import { PICTURES, TINY_CONFIG } from "../../plugins/geneflow/pictures.ts";
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

/** Makes a model; the folder, which is empty, may hold its data. */
type Make = (folder: string) => Promise<Small>;

/** Every plugin at its smallest, with its variants; a new one adds a line. */
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
};

Deno.test("every plugin is trained for its memory", () => {
  assertEquals(Object.keys(SMALL).sort(), Object.keys(PLUGINS).sort());
});

/** What tfjs counts, and what the backend itself holds, scratch of its kernels included. */
function held(): MemoryUse & { readonly entries: number } {
  return { ...memory(), entries: (tf.backend() as unknown as { numDataIds(): number }).numDataIds() };
}

for (const backend of ["cpu", ...COMPARED_BACKENDS] as const) {
  // Variants share most kernels, and an emulated graphics card is slow.
  const count = backend === "webgpu" ? 1 : Infinity;
  for (const [name, make] of Object.values(SMALL).flatMap((models) => Object.entries(models).slice(0, count))) {
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
