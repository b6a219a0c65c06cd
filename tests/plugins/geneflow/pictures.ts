import { type Data, type DataSpec, hostArray, inMemory, rng, type Section } from "../../../core/mod.ts";

const [SIDE, CHANNELS, GENES, ROWS] = [8, 3, 4, 24];

/** Sizes of the tiny images. */
export const SPEC: DataSpec = {
  name: "tiny pictures",
  parts: {
    x: { shape: [GENES], unit: "ln(1 + counts)" },
    img: { shape: [SIDE, SIDE, CHANNELS], unit: "grey values, 0 to 255" },
  },
  times: [{ name: "none", value: 0, unit: "nM" }, { name: "much", value: 1, unit: "nM" }],
  labels: {},
};

/** Images whose colours are the first genes, with a dark disc at a place given by the last. */
function section(name: string, split: "train" | "test", seed: number): Section {
  const genes = rng(seed).host.uniform(ROWS * GENES);
  const images = Uint8Array.from({ length: ROWS * SIDE * SIDE * CHANNELS }, (_, at) => {
    const c = at % CHANNELS;
    const place = Math.floor(at / CHANNELS) % (SIDE * SIDE);
    const row = Math.floor(at / CHANNELS / SIDE / SIDE);
    const centre = 2 + 4 * genes[row * GENES + 3]!;
    const inside = (Math.floor(place / SIDE) - 4) ** 2 + (place % SIDE - centre) ** 2 <= 4;
    return Math.floor(255 * (inside ? 0.2 : 0.5 + 0.5 * genes[row * GENES + c]!));
  });
  return {
    name,
    time: split === "test" ? 1 : 0,
    split,
    rows: ROWS,
    parts: {
      x: inMemory(hostArray(genes.map((value) => 10 * value), [ROWS, GENES])),
      img: inMemory(hostArray(images, [ROWS, SIDE, SIDE, CHANNELS])),
    },
    labels: {},
  };
}

/** A data set of tiny images that follow from four genes. */
export const PICTURES: Data = {
  spec: SPEC,
  sections: [section("a", "train", 1), section("b", "test", 2)],
  citation: { title: "tiny pictures", authors: "none", url: "https://example.org" },
  source: "memory",
  notes: [],
};

/** The plugin at its smallest. */
export const TINY_CONFIG = {
  batch: 8,
  encoder: { hidden: [8, 8], rank: 2, heads: 2, dropout: 0 },
  network: { base: 4, multipliers: [1, 2], blocks: 1, headChannels: 4, dropout: 0, recompute: false },
  diffusion: { levels: 12 },
  spatial: { stride: 2, neighbours: 3, radius: 1, ramp: 2 },
  sampling: { solver: "heun", steps: 4, images: 10, batch: 6 },
  nuclei: { leastArea: 4, leastHole: 2 },
  genes: { images: 6 },
} as const;
