import { type Data, type HostArray, hostArray, inMemory, mergeConfig, rng, type Section } from "../../../core/mod.ts";
import { SEDR_DEFAULTS, type SedrConfig } from "../../../plugins/sedr/config.ts";
import vectorsFile from "../../vectors/gmflow.json" with { type: "json" };

/** Check values of the specification; see `tests/vectors/README.md`. */
export const vectors = vectorsFile;

/** Genes of {@linkcode tissueSection}. */
export const GENES = 24;

/** Cells of a tissue of three layers. */
export interface Layered {
  /** Counts, `[N, 24]`. */
  readonly counts: HostArray;
  /** Positions on a jittered lattice, in µm, `[N, 2]`. */
  readonly positions: HostArray;
  /** Layer of each cell. */
  readonly layer: Int32Array;
}

/** A tissue of three layers; each raises some genes a little, so that single cells say little and neighbourhoods much. */
export function layeredTissue(side: number, seed: number): Layered {
  const stream = rng(seed).fold("layers");
  const cells = side * side;
  const jitter = stream.fold("places").host.uniform(2 * cells);
  const positions = Float32Array.from(
    { length: 2 * cells },
    (_, at) => 10 * ((at % 2 === 0 ? Math.floor(at / 2 / side) : Math.floor(at / 2) % side) + 0.4 * jitter[at]!),
  );
  const layer = Int32Array.from({ length: cells }, (_, i) => Math.min(2, Math.floor(3 * Math.floor(i / side) / side)));
  const rate = Float64Array.from({ length: cells * GENES }, (_, at) => {
    const [cell, gene] = [Math.floor(at / GENES), at % GENES];
    return 3 * (1 + gene / GENES) * (gene % 4 === layer[cell]! ? 1.4 : 1);
  });
  const counts = stream.fold("counts").host.poisson(rate.length, rate);
  return { counts: hostArray(counts, [cells, GENES]), positions: hostArray(positions, [cells, 2]), layer };
}

/** Three sections of two times; the last one is held out. */
export function layeredData(side = 12): Data {
  const make = (name: string, time: number, split: Section["split"], seed: number): Section => {
    const { counts, positions, layer } = layeredTissue(side, seed);
    const parts = { x: inMemory(counts), pos: inMemory(positions) };
    return { name, time, split, rows: layer.length, parts, labels: { layer } };
  };
  return {
    spec: {
      name: "layers",
      parts: { x: { shape: [GENES], unit: "counts" }, pos: { shape: [2], unit: "µm" } },
      times: [9.5, 10.5].map((value) => ({ name: `E${value}`, value, unit: "days" })),
      labels: { layer: ["upper", "middle", "lower"] },
    },
    sections: [make("a", 0, "train", 1), make("b", 0, "train", 2), make("c", 1, "test", 3)],
    citation: { title: "layers", authors: "nobody", url: "https://example.org", year: 2026 },
    source: "test",
    notes: ["made up"],
  };
}

/** A configuration for it. */
export function smallConfig(patch: Record<string, unknown> = {}): SedrConfig {
  const small = { expression: { minCells: 3, minCounts: 3, components: 12 }, domains: { starts: 4, seeds: 2 } };
  return mergeConfig(mergeConfig(SEDR_DEFAULTS, small, "test"), patch, "test", SEDR_DEFAULTS);
}
