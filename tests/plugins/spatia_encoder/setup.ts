import {
  type Data,
  type DataSpec,
  hostArray,
  inMemory,
  mergeConfig,
  type Model,
  type Params,
  rng,
  type Section,
  type Trained,
} from "../../../core/mod.ts";
import { SPATIA_ENCODER_DEFAULTS, type SpatiaEncoderConfig } from "../../../plugins/spatia-encoder/config.ts";
import { type ImageLayout, imageLayout } from "../../../plugins/spatia-encoder/image_layout.ts";
import { plugin } from "../../../plugins/spatia-encoder/mod.ts";
import { sizesOf, type SpatiaNetwork, spatiaNetwork } from "../../../plugins/spatia-encoder/network.ts";
import { choosePanel, type GenePanel } from "../../../plugins/spatia-encoder/panel.ts";
import { filledSections, readSection, type SpatiaSection } from "../../../plugins/spatia-encoder/sections.ts";
import vectorsFile from "../../vectors/spatia.json" with { type: "json" };

/** Check values of the specification; see `tests/vectors/README.md`. */
export const vectors = vectorsFile.cases;

/** Genes and side of the images of the made-up tissue. */
export const [GENES, SIDE] = [16, 4];

/** What of a made-up section a test may change. */
export interface SectionChange {
  readonly split?: "train" | "test";
  readonly parts?: Section["parts"];
}

/** A lattice of 64 cells in three layers, seen in genes and in colours, each with noise. */
export function madeSection(name: string, { split = "train", parts = {} }: SectionChange = {}): Section {
  const stream = rng(11).fold(name);
  const cells = 64;
  const layer = Int32Array.from({ length: cells }, (_, i) => Math.min(2, Math.floor(3 * (i >> 3) / 8)));
  const places = Float32Array.from({ length: 2 * cells }, (_, at) => 10 * (at % 2 === 0 ? (at >> 1) % 8 : at >> 4));
  const rate = Float64Array.from({ length: cells * GENES }, (_, at) => {
    const [i, gene] = [Math.floor(at / GENES), at % GENES];
    return gene % 3 === layer[i] ? 6 : 2;
  });
  const x = stream.fold("counts").host.poisson(rate.length, rate);
  const size = SIDE * SIDE * 3;
  const noise = stream.fold("pixels").host.normal(cells * size);
  const img = Uint8Array.from(noise, (value, at) => {
    const shade = at % 3 === layer[Math.floor(at / size)] ? 150 : 90;
    return Math.max(0, Math.min(255, shade + 25 * value));
  });
  return {
    name,
    time: -1,
    split,
    rows: cells,
    parts: {
      x: inMemory(hostArray(x, [cells, GENES])),
      pos: inMemory(hostArray(places, [cells, 2])),
      img: inMemory(hostArray(img, [cells, SIDE, SIDE, 3])),
      ...parts,
    },
    labels: { layer },
  };
}

/** Description of the made-up tissue. */
export const SPEC: DataSpec = {
  name: "tissue",
  parts: {
    x: { shape: [GENES], unit: "counts", names: Array.from({ length: GENES }, (_, i) => `gene${i}`) },
    pos: { shape: [2], unit: "px" },
    img: { shape: [SIDE, SIDE, 3], unit: "grey values, 0 to 255" },
  },
  times: [],
  labels: { layer: ["upper", "middle", "lower"] },
};

/** Sections as data. */
export function dataOfSections(sections: readonly Section[], spec: DataSpec = SPEC): Data {
  return { spec, sections, citation: { title: "tissue", authors: "nobody", url: "" }, source: "test", notes: [] };
}

/** Two sections to train on and one that is held out. */
export const TISSUE: Data = dataOfSections([madeSection("a"), madeSection("b"), madeSection("c", { split: "test" })]);

/** A network of a few thousand parameters. */
export const SMALL: SpatiaEncoderConfig = smallConfig();

/** A small configuration with changes. */
export function smallConfig(patch: Record<string, unknown> = {}): SpatiaEncoderConfig {
  const small = {
    images: { shrink: 1, patch: 2 },
    genes: { minCells: 1, variable: 0, hidden: 0.25 },
    niche: { neighbours: 4 },
    network: { width: 16, heads: 2, feedForward: 16, imageLayers: 1, geneLayers: 1, tissueLayers: 1, dropout: 0 },
    regions: { count: 2, cells: 10 },
    tasks: { candidates: 20, starts: 3 },
  };
  return mergeConfig(mergeConfig(SPATIA_ENCODER_DEFAULTS, small, "test"), patch, "test", SPATIA_ENCODER_DEFAULTS);
}

/** What the plugin makes of data before it trains. */
export interface Prepared {
  readonly sections: readonly SpatiaSection[];
  readonly panel: GenePanel;
  readonly layout?: ImageLayout;
  readonly network: SpatiaNetwork;
}

/** Sections, genes and network of a configuration. */
export async function sectionsOfData(data: Data, config: SpatiaEncoderConfig): Promise<Prepared> {
  const filled = filledSections(data);
  const training = filled.filter(({ split }) => split === "train").map(({ name, parts }) => ({ name, x: parts["x"]! }));
  const panel = await choosePanel(training, config.genes, rng(1));
  const layout = config.modalities.includes("image") ? { layout: imageLayout(config.images, data.spec) } : {};
  const sections = await Array.fromAsync(filled, (section) => readSection(section, { config, panel, ...layout }));
  const network = spatiaNetwork(sizesOf(config, panel.visible.data.length, layout.layout));
  return { sections, panel, network, ...layout };
}

/** The model of a configuration on some data. */
export async function modelOf(config: SpatiaEncoderConfig, data: Data = TISSUE): Promise<Model> {
  return plugin.build(config, data.spec, await plugin.prepare!(config, data, rng(0), () => {}));
}

/** Trained parameters on data, with the notes that are made. */
export function trainedOn(data: Data, params: Params, notes: string[] = []): Trained {
  return { params, data, rng: rng(5), progress: () => {}, note: (message) => void notes.push(message) };
}
