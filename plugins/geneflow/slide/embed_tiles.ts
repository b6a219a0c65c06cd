import { dispose, fromHost, type HostArray, hostArray, type Params, rng, tidy, toHost } from "../../../core/mod.ts";
import type { PictureNetwork } from "../network.ts";
import { EMBEDDING } from "../picture.ts";
import type { SlideCells } from "./cells.ts";
import type { Tile } from "./layout.ts";

/** What tiles are encoded with. */
export interface EmbedTilesOptions {
  /** The network. */
  readonly backbone: PictureNetwork;
  /** Its parameters. */
  readonly params: Params;
  /** The cells. */
  readonly cells: SlideCells;
  /** Tiles at a time, at most. */
  readonly batch: number;
}

/** Expression of the cells of some tiles, `[B, C, G]`, and which of these are cells, `[B, C]`. */
async function conditionOf(
  tiles: readonly Tile[],
  { cells }: EmbedTilesOptions,
): Promise<readonly [expression: HostArray, cells: HostArray]> {
  const chosen = tiles.map((tile) => tile.cells);
  const most = Math.max(...chosen.map(({ length }) => length));
  const { data, shape } = await cells.read(chosen.flat());
  const genes = shape[1]!;
  const expression = new Float32Array(tiles.length * most * genes);
  const real = new Float32Array(tiles.length * most);
  let row = 0;
  chosen.forEach(({ length }, i) => {
    expression.set(data.subarray(row * genes, (row + length) * genes), i * most * genes);
    real.fill(1, i * most, i * most + length);
    row += length;
  });
  return [hostArray(expression, [tiles.length, most, genes]), hostArray(real, [tiles.length, most])];
}

/**
 * Encode the expression of each tile's cells, once for all steps.
 *
 * @param tiles The tiles.
 * @param options Network, cells and how many tiles at a time.
 * @returns Encodings, `[T, E]`.
 */
export async function embedTiles(tiles: readonly Tile[], options: EmbedTilesOptions): Promise<HostArray> {
  const { backbone, params, batch } = options;
  const found: HostArray[] = [];
  for (let first = 0; first < tiles.length; first += batch) {
    const [expression, cells] = await conditionOf(tiles.slice(first, first + batch), options);
    const encoded = tidy(() => {
      const cond = { expression: fromHost(expression), cells: fromHost(cells) };
      return backbone.encode(params, cond, { train: false, rng: rng(0) })[EMBEDDING]!;
    });
    found.push(await toHost(encoded));
    dispose([encoded]);
  }
  const width = found[0]!.shape[1]!;
  const out = new Float32Array(tiles.length * width);
  found.forEach(({ data }, i) => out.set(data, i * batch * width));
  return hostArray(out, [tiles.length, width]);
}
