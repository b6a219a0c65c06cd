import {
  type Data,
  type DataSpec,
  hostArray,
  inMemory,
  mergeConfig,
  type Model,
  rng,
  type Section,
  type Trained,
} from "../../../core/mod.ts";
import { STFLOW_DEFAULTS, type StFlowConfig } from "../../../plugins/stflow/config.ts";
import { plugin } from "../../../plugins/stflow/mod.ts";

/** Genes and image features of the made-up slides. */
export const [GENES, FEATURES] = [3, 4];

/** What of a slide a test may change. */
export interface SlideChange {
  readonly split?: "train" | "test";
  readonly spots?: number;
  readonly parts?: Section["parts"];
  /** Changes the places. */
  readonly move?: (x: number, y: number) => readonly [number, number];
}

/** A slide on which genes follow image features that vary smoothly over the tissue. */
export function madeSlide(name: string, { split = "train", spots = 60, parts = {}, move }: SlideChange = {}): Section {
  const stream = rng(7).fold(name);
  const raw = stream.host.uniform(2 * spots).map((value) => 20 * value);
  const pos = new Float32Array(2 * spots);
  const features = new Float32Array(FEATURES * spots);
  const x = new Float32Array(GENES * spots);
  const noise = stream.fold("noise").host.normal(FEATURES * spots);
  const rates = new Float32Array(GENES * spots);
  for (let i = 0; i < spots; i++) {
    const [a, b] = [raw[2 * i]!, raw[2 * i + 1]!];
    pos.set(move === undefined ? [a, b] : move(a, b), 2 * i);
    const smooth = [Math.sin(a / 4), Math.cos(b / 5), Math.sin((a + b) / 6)];
    for (let f = 0; f < FEATURES; f++) features[FEATURES * i + f] = (smooth[f] ?? 0) + 0.4 * noise[FEATURES * i + f]!;
    for (let g = 0; g < GENES; g++) rates[GENES * i + g] = Math.exp(1.2 + smooth[g]!);
  }
  stream.fold("counts").host.poisson(GENES * spots, rates).forEach((count, at) => x[at] = Math.log1p(count));
  return {
    name,
    time: -1,
    split,
    rows: spots,
    parts: {
      x: inMemory(hostArray(x, [spots, GENES])),
      pos: inMemory(hostArray(pos, [spots, 2])),
      features: inMemory(hostArray(features, [spots, FEATURES])),
      ...parts,
    },
    labels: {},
  };
}

/** Description of the made-up slides. */
export const SPEC: DataSpec = {
  name: "slides",
  parts: {
    x: { shape: [GENES], unit: "ln(1 + counts)", names: ["CALB1", "MBP", "GAD1"] },
    pos: { shape: [2], unit: "px" },
    features: { shape: [FEATURES], unit: "au" },
  },
  times: [],
  labels: {},
};

/** Slides as data. */
export function dataOf(sections: readonly Section[], spec: DataSpec = SPEC): Data {
  return { spec, sections, citation: { title: "slides", authors: "", url: "" }, source: "test", notes: [] };
}

/** Two slides to train on and one that is held out. */
export const DATA: Data = dataOf([
  madeSlide("one"),
  madeSlide("two", { spots: 80 }),
  madeSlide("three", { split: "test", spots: 70 }),
]);

/** A network of a few thousand parameters. */
export const SMALL: StFlowConfig = mergeConfig(STFLOW_DEFAULTS, {
  images: ["features"],
  network: { width: 16, pairWidth: 8, heads: 2, layers: 2, neighbours: 4, dropout: 0 },
  sampling: { steps: 2, draws: 2 },
  baselines: [],
}, "test");

/** The model of a configuration on some data. */
export async function modelOf(config: StFlowConfig, data: Data = DATA): Promise<Model> {
  return plugin.build(config, data.spec, await plugin.prepare!(config, data, rng(0), () => {}));
}

/** Trained parameters on data, with the notes that are made. */
export function trainedOn(data: Data, params: Trained["params"], notes: string[] = []): Trained {
  return { params, data, rng: rng(5), progress: () => {}, note: (message) => void notes.push(message) };
}
