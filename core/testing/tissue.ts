import { type Data, inMemory, type Section } from "../data.ts";
import { hostArray } from "../host_array.ts";
import { rng } from "../rng/stream.ts";

const [CELLS, GENES, SIDE, CHANNELS, TIMES] = [48, 6, 8, 3, 3];

function section(name: string, time: number, split: Section["split"]): Section {
  const stream = rng(11).fold(name).host;
  const pos = stream.uniform(2 * CELLS).map((value) => 20 * value);
  const kind = Int32Array.from(
    { length: CELLS },
    (_, i) => Math.hypot(pos[2 * i]! - 10, pos[2 * i + 1]! - 10) < 8 ? 0 : 1,
  );
  const rates = Float64Array.from({ length: CELLS * GENES }, (_, at) => {
    const [cell, gene] = [Math.floor(at / GENES), at % GENES];
    return 4 + 6 * Number(gene % 2 === kind[cell]) + 2 * time * Number(gene === 0) + 0.2 * pos[2 * cell + gene % 2]!;
  });
  const x = rng(11).fold(name).fold("counts").host.poisson(CELLS * GENES, rates);
  // A disc in the colour of the cell's first genes, on a bright ground.
  const img = Uint8Array.from({ length: CELLS * SIDE * SIDE * CHANNELS }, (_, at) => {
    const [channel, place] = [at % CHANNELS, Math.floor(at / CHANNELS) % (SIDE * SIDE)];
    const cell = Math.floor(at / CHANNELS / SIDE / SIDE);
    const inside = Math.hypot(Math.floor(place / SIDE) - 3.5, place % SIDE - 3.5) < 2.5;
    return inside ? Math.min(200, 6 * x[cell * GENES + channel]!) : 230;
  });
  return Object.freeze({
    name,
    time,
    split,
    rows: CELLS,
    parts: {
      x: inMemory(hostArray(x, [CELLS, GENES])),
      pos: inMemory(hostArray(pos, [CELLS, 2])),
      img: inMemory(hostArray(img, [CELLS, SIDE, SIDE, CHANNELS])),
    },
    labels: { kind },
  });
}

/**
 * A small made-up tissue that most methods can be tried on: 48 cells a section with counts of 6 genes (`x`), coordinates
 * in µm (`pos`), an image patch of 8 x 8 pixels (`img`), two kinds of cells (`kind`) and three days. Four sections train;
 * one of the second and one of the last day are held out.
 *
 * @returns The same data at every call.
 */
export function tinyTissue(): Data {
  return Object.freeze({
    spec: {
      name: "tiny tissue",
      parts: {
        x: { shape: [GENES], unit: "counts", names: Array.from({ length: GENES }, (_, i) => `gene ${i + 1}`) },
        pos: { shape: [2], unit: "µm" },
        img: { shape: [SIDE, SIDE, CHANNELS], unit: "grey values, 0 to 255" },
      },
      times: Array.from({ length: TIMES }, (_, i) => ({ name: `day ${i + 1}`, value: i + 1, unit: "days" })),
      labels: { kind: ["inner", "outer"] },
    },
    sections: [
      section("a", 0, "train"),
      section("b", 0, "train"),
      section("c", 1, "train"),
      section("d", 1, "test"),
      section("e", 2, "train"),
      section("f", 2, "test"),
    ],
    citation: {
      title: "Tiny tissue",
      authors: "The Morphogen authors",
      year: 2026,
      url: "https://jsr.io/@morphogen/morphogen",
    },
    source: "made up",
    notes: ["Made-up cells, not measurements"],
  });
}
