import {
  type AnnData,
  type Categorical,
  type Citation,
  concatRows,
  type Data,
  type HostArray,
  hostArray,
  type Rng,
  rng,
} from "../core/mod.ts";
import { checkWhole } from "../core/config/check.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { checkExpression, scaledExpression, type ScaledExpressionConfig } from "./scaled_expression.ts";
import { drawCounts, expressionPrograms } from "./synthetic_counts.ts";
import { divisionProbability, type GrownSection, type GrowthConfig, growTissue } from "./synthetic_growth.ts";
import { tissueOf, toSections } from "./tissue.ts";

/** Configuration of the synthetic tissue. */
export interface SyntheticTissueConfig extends GrowthConfig, ScaledExpressionConfig {
  /** Tissues that grow independently by the same rules; from two on, the last one is held out. */
  readonly replicates: number;
  /** Genes; gene g is a marker of type g mod the number of types. */
  readonly genes: number;
  /** Mean number of molecules per cell. */
  readonly molecules: number;
}

/** What must stand wherever results on these data show. */
const SYNTHETIC = "Synthetic tissue, not measurements: cells that move, divide and change type by known rules";

const DEFAULTS: SyntheticTissueConfig = Object.freeze({
  cells: 2000,
  times: 4,
  replicates: 3,
  dims: 2,
  types: 6,
  genes: 60,
  molecules: 500,
  growth: 0.2,
  turn: 0.15,
  diffusion: 10,
  switching: 0.05,
  normalize: "log1p-median",
  highlyVariable: 0,
  components: 10,
  scale: "training",
});

const CITATION: Citation = Object.freeze({
  title: "Synthetic tissue",
  authors: "The Morphogen authors",
  year: 2026,
  url: "https://jsr.io/@morphogen/morphogen",
  licence: "MIT",
});

const replicateName = (replicate: number): string => `tissue ${replicate + 1}`;
const sectionName = (replicate: number, time: number): string => `${replicateName(replicate)} at ${time}`;

interface Grown {
  readonly name: string;
  readonly time: number;
  readonly section: GrownSection;
  /** Row of the table where the section of the time before begins. */
  readonly before: number;
}

/** Sections of all replicates in the order of the table. */
function grow(config: SyntheticTissueConfig, stream: Rng): readonly Grown[] {
  const found: Grown[] = [];
  let rows = 0;
  for (let replicate = 0; replicate < config.replicates; replicate++) {
    const sections = growTissue(config, stream.fold("layout"), stream.fold("tissue").fold(replicate));
    let before = -1;
    sections.forEach((section, time) => {
      found.push({ name: sectionName(replicate, time), time, section, before });
      before = rows;
      rows += section.type.length;
    });
  }
  return found;
}

function repeated(grown: readonly Grown[], rows: number): Categorical {
  const codes = new Int32Array(rows);
  let at = 0;
  grown.forEach(({ section: { type } }, code) => codes.fill(code, at, at += type.length));
  return { kind: "categorical", codes, categories: grown.map(({ name }) => name), ordered: false };
}

/**
 * Make a synthetic tissue as a table: `X` counts, `obs` `section`, `time`, `cell_type` and `parent` (row of the cell at the
 * time before that a cell is, or is a daughter of; -1 at the first time), `obsm/spatial` in µm, and in `uns/truth` the
 * programs and the probabilities of division.
 *
 * @param config What to make.
 * @param seed Seed of all draws; the same seed gives the same bits.
 * @returns The table; its title says that it is synthetic.
 */
export function syntheticTable(config: SyntheticTissueConfig, seed: number): AnnData {
  const stream = rng(seed).fold("synthetic-tissue");
  const grown = grow(config, stream);
  const pos: HostArray = concatRows(grown.map(({ section }) => section.pos));
  const rows = pos.shape[0]!;
  const [type, parent, time] = [new Int32Array(rows), new Int32Array(rows), new Int32Array(rows)];
  let at = 0;
  for (const { section, before, time: when } of grown) {
    type.set(section.type, at);
    parent.set(section.parent.map((row) => row < 0 ? -1 : before + row), at);
    time.fill(when, at, at += section.type.length);
  }
  const programs = expressionPrograms(config.types, config.genes, stream.fold("programs"));
  const types = Array.from({ length: config.types }, (_, k) => `type ${k + 1}`);
  const division = Float64Array.from(types, (_, k) => divisionProbability(k, config));
  return {
    obs: {
      index: Array.from(type, (_, row) => `cell${row}`),
      columns: {
        section: repeated(grown, rows),
        time,
        cell_type: { kind: "categorical", codes: type, categories: types, ordered: false },
        parent,
      },
    },
    var: { index: Array.from({ length: config.genes }, (_, g) => `gene ${g + 1}`), columns: {} },
    X: drawCounts(type, programs, config.molecules, stream.fold("expression")),
    layers: {},
    obsm: { spatial: pos },
    varm: {},
    obsp: {},
    uns: { title: SYNTHETIC, truth: { programs, division: hostArray(division, [config.types]) } },
  };
}

function check(config: SyntheticTissueConfig): readonly string[] {
  const share = (name: string, value: number): readonly string[] =>
    value >= 0 && value <= 0.6 ? [] : [`${name} is ${value}, expected a share from 0 to 0.6`];
  return [
    ...checkWhole("cells", config.cells, 2, 10_000_000),
    ...checkWhole("times", config.times, 2, 1000),
    ...checkWhole("replicates", config.replicates, 1, 1000),
    ...checkWhole("dims", config.dims, 2, 3),
    ...checkWhole("types", config.types, 1, 1000),
    ...checkWhole("genes", config.genes, 1, 100_000),
    ...(config.molecules > 0 ? [] : [`molecules is ${config.molecules}, expected a number above 0`]),
    ...share("growth", config.growth),
    ...share("switching", config.switching),
    ...(Number.isFinite(config.turn) ? [] : [`turn is ${config.turn}, expected a number of radians`]),
    ...(config.diffusion >= 0 ? [] : [`diffusion is ${config.diffusion}, expected a distance of at least 0 µm`]),
    ...checkExpression(config, config.genes),
  ];
}

function load(config: SyntheticTissueConfig, options: LoadOptions): Promise<Data> {
  const table = syntheticTable(config, options.seed);
  const last = config.replicates - 1;
  const tissue = tissueOf(table, {
    time: "time",
    timeOrder: [],
    timeUnit: "steps",
    section: "section",
    label: "cell_type",
    spatial: "spatial",
    holdOut: last === 0 ? [] : Array.from({ length: config.times }, (_, time) => sectionName(last, time)),
  }, options.note);
  const { features, spec } = scaledExpression(table, tissue, config);
  return Promise.resolve({
    spec: {
      name: "synthetic-tissue",
      parts: { x: spec, pos: { shape: [config.dims], unit: "µm", names: ["x", "y", "z"].slice(0, config.dims) } },
      times: tissue.times.map((time) => ({ ...time, name: `synthetic time ${time.name}` })),
      labels: { cell_type: tissue.labels },
    },
    sections: toSections(tissue, features).map((section) =>
      Object.freeze({ ...section, donor: section.name.split(" at ")[0]! })
    ),
    citation: CITATION,
    source: "synthetic:tissue",
    notes: [SYNTHETIC],
  });
}

/** A synthetic tissue that grows, with known parents, types and programs; for tests and scaling benches. */
export const syntheticTissue: Dataset<SyntheticTissueConfig> = Object.freeze({
  name: "synthetic-tissue",
  description:
    "Synthetic tissue over time in 2-D or 3-D: cells move and divide, truth known; for tests and scaling only",
  defaults: DEFAULTS,
  check,
  load,
});
