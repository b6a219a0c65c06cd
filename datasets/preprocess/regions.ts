import { checkText, checkWhole, DataError, kMeans, type Rng, takeRows } from "../../core/mod.ts";
import { finiteCoordinates, sectionsOf } from "./sections.ts";
import { type Applied, type Params, type StepKind, stepKind } from "./step.ts";
import { keepCells, type StreamTable, withColumns } from "./stream_table.ts";

/** How sections are cut into regions. */
export interface RegionsParams extends Params {
  /** Regions of a section. */
  readonly k: number;
  /** Column of `obs` with the section; empty if all cells are one section. */
  readonly section: string;
  /** Entry of `obsm` with the coordinates. */
  readonly key: string;
  /** Column of `obs` that receives the region. */
  readonly out: string;
}

function regionOfEach(table: StreamTable, params: RegionsParams, rng: Rng): Applied {
  const points = finiteCoordinates(table, params.key);
  const region = new Int32Array(table.obs.index.length);
  for (const { name, rows } of sectionsOf(table, params.section)) {
    if (rows.length < params.k) {
      const where = name === "" ? "the table" : `section "${name}"`;
      throw new DataError(`Cannot cut ${where} into ${params.k} regions: it has ${rows.length} cells, lower k`);
    }
    const { assignment } = kMeans(takeRows(points, rows), params.k, rng.fold(name).host);
    rows.forEach((row, i) => region[row] = assignment[i]!);
  }
  return { table: { ...table, obs: withColumns(table.obs, { [params.out]: region }) } };
}

/** k-means of the coordinates of each section. */
export const regions: StepKind<RegionsParams> = stepKind(
  {
    name: "regions",
    description: "cut each section into k regions by k-means of the coordinates: a column of obs",
    defaults: { k: 64, section: "", key: "spatial", out: "region" } as RegionsParams,
  },
  ({ k, key, out }) => [...checkWhole("k", k, 1), ...checkText("key", key), ...checkText("out", out)],
  { apply: (table, params, _, rng) => regionOfEach(table, params, rng) },
);

/** How many cells of each region stay. */
export interface SampleParams extends Params {
  /** Cells to keep of each region of each section; all of a region that has fewer. */
  readonly n: number;
  /** Column of `obs` with the region. */
  readonly region: string;
  /** Column of `obs` with the section; empty if all cells are one section. */
  readonly section: string;
}

function sampled(table: StreamTable, params: SampleParams, rng: Rng): Applied {
  const kept = new Uint8Array(table.obs.index.length);
  const regionOf = new Map<number, string>();
  for (const { name, rows } of sectionsOf(table, params.region)) for (const row of rows) regionOf.set(row, name);
  for (const section of sectionsOf(table, params.section)) {
    const groups = Map.groupBy(section.rows, (row) => regionOf.get(row)!);
    for (const [region, rows] of groups) {
      const stream = rng.fold(section.name).fold(region).host;
      for (const at of stream.choice(rows.length, Math.min(params.n, rows.length))) kept[rows[at]!] = 1;
    }
  }
  const gone = kept.length - kept.reduce((sum, one) => sum + one, 0);
  return { table: keepCells(table, kept), counts: { cells_not_drawn: gone } };
}

/** The same number of cells of each region, so that dense regions do not outweigh sparse ones. */
export const sample: StepKind<SampleParams> = stepKind(
  {
    name: "sample",
    description: "keep at most n cells of each region of each section, drawn without repeats",
    defaults: { n: 100, region: "region", section: "" } as SampleParams,
  },
  ({ n, region }) => [...checkWhole("n", n, 1), ...checkText("region", region)],
  { apply: (table, params, _, rng) => sampled(table, params, rng) },
);
