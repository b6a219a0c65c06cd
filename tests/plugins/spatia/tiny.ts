import { type Data, type DataSpec, hostArray, inMemory, rng, type Section } from "../../../core/mod.ts";

/** Side of a crop, cells per section, genes, entries of the embedding. */
export const [SIDE, ROWS, GENES, EMBEDDING] = [16, 90, 4, 3] as const;

/** States and niches of the tiny cells. */
export const STATES: readonly string[] = ["small", "large", "odd"];

/** Sizes of the tiny cells. */
export const SPEC: DataSpec = {
  name: "tiny cells",
  parts: {
    x: { shape: [GENES], unit: "ln(1 + counts)", names: ["a", "b", "c", "d"] },
    img: { shape: [SIDE, SIDE, 1], unit: "grey values, 0 to 255" },
    X_spatia: { shape: [EMBEDDING], unit: "embedding" },
  },
  times: [
    { name: "0 nM", value: 0, unit: "nM" },
    { name: "1 nM", value: 1, unit: "nM" },
    { name: "2 nM", value: 2, unit: "nM" },
    { name: "4 nM", value: 4, unit: "nM" },
  ],
  labels: { cell_states: STATES, niche: ["left", "right"] },
};

/** Mean radius of each state. */
const RADII = [3, 4.5, 2] as const;

/** Discs whose radius and brightness follow their state, with a gene that says how large they are for their state. */
export function section(name: string, split: "train" | "test", seed: number, time = -1): Section {
  const stream = rng(seed);
  const [size, noise] = [stream.fold("size").host.normal(ROWS), stream.fold("noise").host.uniform(ROWS * SIDE * SIDE)];
  const genes = stream.fold("genes").host.normal(ROWS * GENES);
  const state = Int32Array.from({ length: ROWS }, (_, row) => row % 10 === 9 ? 2 : row % 2);
  const radius = size.map((value, row) => RADII[state[row]!]! * (1 + 0.06 * value));
  const images = Uint8Array.from({ length: ROWS * SIDE * SIDE }, (_, at) => {
    const [row, place] = [Math.floor(at / SIDE / SIDE), at % (SIDE * SIDE)];
    const distance = Math.hypot(Math.floor(place / SIDE) - SIDE / 2 + 0.5, place % SIDE - SIDE / 2 + 0.5);
    const inside = 1 / (1 + Math.exp(3 * (distance - radius[row]!)));
    return Math.floor(20 + 8 * noise[at]! + inside * (state[row] === 1 ? 190 : 150));
  });
  const expression = genes.map((value, at) => {
    const row = Math.floor(at / GENES);
    if (at % GENES === 0) return 3 * state[row]! + 0.3 * value;
    return at % GENES === 1 ? size[row]! + 0.1 * value : 0.1 * value;
  });
  return {
    name,
    time,
    split,
    rows: ROWS,
    parts: {
      x: inMemory(hostArray(expression, [ROWS, GENES])),
      img: inMemory(hostArray(images, [ROWS, SIDE, SIDE, 1])),
      X_spatia: inMemory(hostArray(stream.fold("embedding").host.normal(ROWS * EMBEDDING), [ROWS, EMBEDDING])),
    },
    labels: { cell_states: state, niche: state.map((_, row) => Math.floor(row / 2) % 2) },
  };
}

/** A data set of tiny cells in three states. */
export const CELLS: Data = {
  spec: SPEC,
  sections: [section("a", "train", 1), section("b", "train", 2), section("c", "test", 3)],
  citation: { title: "tiny cells", authors: "none", url: "https://example.org" },
  source: "memory",
  notes: [],
};

/** The plugin at its smallest. */
export const TINY_CONFIG = {
  transitions: { table: ["small -> large", "small -> odd"] },
  pairing: { least: 3 },
  network: { latent: { components: 12, hidden: 32, layers: 2 } },
  conditioner: { width: 16, dropout: 0 },
  alignment: { weight: 0, directions: 8, leastRows: 4, filters: [4, 8, 8], features: 16, epochs: 2, batch: 16 },
  batch: 32,
  sampling: { steps: 4, cells: 24, batch: 16 },
} as const;
