/** A made section and an untrained network, for tests of slides. */
import { chooseBackend } from "../../../core/backend/mod.ts";
import {
  add,
  type Data,
  hostArray,
  inMemory,
  mapTree,
  mergeConfig,
  mul,
  type Params,
  rng,
  type SlideImage,
  type SlideRequest,
  type Tensor,
  tidy,
  type Trained,
} from "../../../core/mod.ts";
import { disposeTree } from "../../../core/tree.ts";
import type { GeneFlowConfig } from "../../../plugins/geneflow/config.ts";
import { pictureMethod } from "../../../plugins/geneflow/method.ts";
import { plugin } from "../../../plugins/geneflow/mod.ts";
import { drawSlide } from "../../../plugins/geneflow/slide/draw_slide.ts";
import { BACKENDS } from "../../core/backends.ts";
import { TINY_CONFIG } from "./pictures.ts";

/** Pixels on a side of a tile. */
export const SIDE = 8;
/** Channels of the images. */
export const CHANNELS = 3;
/** Genes of the cells. */
export const GENES = 4;
/** Shape of a tile. */
export const SHAPE: readonly [number, number, number] = [SIDE, SIDE, CHANNELS];

/** The defaults at the smallest size, changed. */
export function configOf(changes: Record<string, unknown>): GeneFlowConfig {
  return mergeConfig(mergeConfig(plugin.defaults, TINY_CONFIG, "test"), changes, "test");
}

/** One section of cells at given places, each with random genes; as images of one cell, or of up to two. */
export function tissue(places: readonly (readonly [number, number])[], several = false): Data {
  const count = places.length;
  const genes = rng(5).host.uniform(count * GENES).map((value) => 10 * value);
  const room = several ? [2] : [];
  // Images of several cells have an empty place here.
  const padded = (values: Float32Array, width: number, filler: number): Float32Array =>
    several
      ? Float32Array.from({ length: 2 * values.length }, (_, at) => {
        const [row, rest] = [Math.floor(at / (2 * width)), at % (2 * width)];
        return rest < width ? values[row * width + rest]! : filler;
      })
      : values;
  return {
    spec: {
      name: "tiny slide",
      parts: {
        x: { shape: [...room, GENES], unit: "ln(1 + counts)" },
        pos: { shape: [...room, 2], unit: "px" },
        img: { shape: [...SHAPE], unit: "grey values, 0 to 255", names: ["red", "green", "blue"] },
      },
      times: [],
      labels: {},
    },
    sections: [{
      name: "a",
      time: -1,
      split: "test",
      rows: count,
      parts: {
        x: inMemory(hostArray(padded(genes, GENES, 0), [count, ...room, GENES])),
        pos: inMemory(hostArray(padded(Float32Array.from(places.flat()), 2, NaN), [count, ...room, 2])),
        img: inMemory(hostArray(new Uint8Array(count * SIDE * SIDE * CHANNELS), [count, ...SHAPE])),
      },
      labels: {},
    }],
    citation: { title: "tiny slide", authors: "none", url: "https://example.org" },
    source: "memory",
    notes: [],
  };
}

/** Cells on a grid over a square. */
export function grid(side: number, step: number, several = false): Data {
  const count = Math.floor(side / step);
  const places = Array.from({ length: count * count }, (_, i) =>
    [
      (i % count + 0.5) * step,
      (Math.floor(i / count) + 0.5) * step,
    ] as const);
  return tissue(places, several);
}

/** Parameters of an untrained network, moved away from the zeros that it ends in. */
export function noisyParams(config: GeneFlowConfig, { spec }: Data, size = 0.15): Params {
  let number = 0;
  return tidy(() =>
    mapTree(
      (leaf: Tensor) => add(leaf, mul(rng(9).fold(number++).normal(leaf.shape), size)),
      pictureMethod(config, spec).backbone.init(rng(1)),
    )
  );
}

/** Draw the section with an untrained network. */
export async function drawn(
  config: GeneFlowConfig,
  data: Data,
  change: Partial<SlideRequest> = {},
  size?: number,
): Promise<SlideImage> {
  const params = noisyParams(config, data, size);
  const trained: Trained = { params, data, rng: rng(4), progress: () => {}, note: () => {} };
  try {
    const request = { section: "a", scale: 1, ...change };
    return await drawSlide(pictureMethod(config, data.spec), config, trained, request);
  } finally {
    disposeTree(params);
  }
}

/** Choose the fastest backend for small networks. */
export async function fastBackend(): Promise<void> {
  await chooseBackend(BACKENDS.includes("native") ? "native" : "wasm");
}
