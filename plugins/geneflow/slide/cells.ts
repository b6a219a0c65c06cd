import {
  type Data,
  DataError,
  type HostArray,
  hostArray,
  nearestName,
  readPart,
  type Section,
} from "../../../core/mod.ts";
import type { GeneFlowConfig } from "../config.ts";
import { conditionShape } from "../rows.ts";
import type { CellPlaces } from "./layout.ts";

/** Cells of a section, each once. */
export interface SlideCells extends CellPlaces {
  /**
   * Read expression.
   *
   * @param cells Numbers of cells.
   * @returns Values `[n, G]`.
   */
  read(cells: readonly number[]): Promise<HostArray>;
}

/**
 * Find a section.
 *
 * @param data The data set.
 * @param name Its name.
 * @returns The section.
 * @throws {DataError} If there is none of that name.
 */
export function sectionNamed({ sections, spec }: Data, name: string): Section {
  const found = sections.find((section) => section.name === name);
  if (found !== undefined) return found;
  const names = sections.map((section) => section.name);
  const guess = nearestName(name, names);
  const help = guess === undefined ? `it has ${names.join(", ")}` : `did you mean "${guess}"?`;
  throw new DataError(`Cannot find section "${name}" in "${spec.name}", ${help}`);
}

/** Numbers of the cells among all places, each place once: images that overlap share cells. */
function distinct({ data, shape }: HostArray): readonly number[] {
  const dims = shape.at(-1)!;
  const seen = new Set<string>();
  const cells: number[] = [];
  for (let at = 0; at < data.length / dims; at++) {
    const [x, y] = [data[at * dims]!, data[at * dims + 1]!];
    // Images with fewer cells than others are padded with places that are no numbers.
    if (!Number.isFinite(x) || !Number.isFinite(y) || seen.has(`${x} ${y}`)) continue;
    seen.add(`${x} ${y}`);
    cells.push(at);
  }
  return cells;
}

/**
 * Take the cells of a section out of its rows, which are cells or spots, or images of several cells.
 *
 * @param data The data set, with `pos` `[2]` or `[C, 2]` beside `x` `[G]` or `[C, G]`.
 * @param config What an image is drawn for.
 * @param section The section.
 * @param scale Pixels per unit of the coordinates.
 * @returns Places in pixels, and expression.
 * @throws {DataError} If images are not drawn for expression, or the data do not say where their cells are.
 */
export async function slideCells(
  { spec }: Data,
  config: GeneFlowConfig,
  section: Section,
  scale: number,
): Promise<SlideCells> {
  const problem = `Cannot draw section "${section.name}" of "${spec.name}" as a slide`;
  if (config.condition !== "expression") {
    throw new DataError(`${problem}: images are drawn for "${config.condition}", expected a model of expression`);
  }
  const [count, genes] = conditionShape(config, spec);
  const shape = spec.parts["pos"]?.shape;
  if (shape === undefined || shape.length !== (count === 1 ? 1 : 2) || shape.at(-1)! < 2) {
    const expected = count === 1 ? "[2]" : `[${count}, 2], a place for each cell`;
    throw new DataError(
      `${problem}: the part "pos" has shape ${
        shape === undefined ? "none" : `[${shape}]`
      } per row, expected ${expected}`,
    );
  }
  const places = await readPart(section, "pos");
  const cells = distinct(places);
  if (cells.length === 0) throw new DataError(`${problem}: none of its ${section.rows} rows has a place`);
  const dims = shape.at(-1)!;
  const along = (axis: number): Float64Array =>
    Float64Array.from(cells, (at) => places.data[at * dims + axis]! * scale);
  return Object.freeze({
    x: along(0),
    y: along(1),
    async read(wanted: readonly number[]): Promise<HostArray> {
      const addresses = wanted.map((cell) => cells[cell]!);
      const rows = [...new Set(addresses.map((at) => Math.floor(at / count)))];
      const placeOf = new Map(rows.map((row, i) => [row, i]));
      const { data } = await readPart(section, "x", Int32Array.from(rows));
      const out = new Float32Array(wanted.length * genes);
      addresses.forEach((at, i) => {
        const from = placeOf.get(Math.floor(at / count))! * count + at % count;
        out.set(data.subarray(from * genes, (from + 1) * genes), i * genes);
      });
      return hostArray(out, [wanted.length, genes]);
    },
  });
}
