import { parquetWriteBuffer } from "hyparquet-writer";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { hasPython, runPython } from "../python.ts";
import { assertClose } from "../vectors/arrays.ts";
import { readPart } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import { inverse, mapPoint, readAlignment } from "../../datasets/images/alignment.ts";
import { checkPlaces } from "../../datasets/images/check_places.ts";
import { windowAround, windowStarts } from "../../datasets/images/windows.ts";
import { outlineOf } from "../../datasets/xenium_polygons.ts";
import { xeniumSkin, type XeniumSkinConfig } from "../../datasets/xenium_skin.ts";
import { listening } from "./helpers.ts";

const vectors = JSON.parse(Deno.readTextFileSync(new URL("../vectors/geneflow.json", import.meta.url)));

Deno.test("windowStarts() lays windows as GeneFlow and as HEST do", () => {
  for (const { length, size, overlap, starts } of vectors.sliding_windows) {
    assertEquals(windowStarts(length, { size, stride: size - overlap, last: true }), starts);
  }
  const { length, size, stride, starts } = vectors.hest_windows;
  assertEquals(windowStarts(length, { size, stride, last: false }), starts);
  assertEquals(windowStarts(255, { size: 256, stride: 156, last: true }), []);
});

Deno.test("windowAround() gives the program's windows but at the border, where those lack a pixel", () => {
  for (const { centroid, size, x_min, x_max, y_min, y_max } of vectors.crop) {
    for (const [place, from, to] of [[centroid[0], x_min, x_max], [centroid[1], y_min, y_max]]) {
      const cut = to - from < size;
      assertEquals(windowAround(place, size), cut ? from - 1 : from);
      if (!cut) assertEquals(windowAround(place, size) + size, to);
    }
  }
});

Deno.test("places in µm become pixels of the stain by the inverse of the alignment", async () => {
  const { alignment_matrix, point_um, pixel_size_um, point_morphology_px, point_he_px } = vectors.coordinate_transform;
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  await Deno.writeTextFile(path, alignment_matrix.map((row: readonly number[]) => row.join(",")).join("\n"));
  const alignment = await readAlignment(path);
  const morphology = point_um.map((value: number) => value / pixel_size_um);
  assertClose(Float64Array.from(morphology), Float64Array.from(point_morphology_px), 1e-9);
  const stain = mapPoint(inverse(alignment), morphology[0], morphology[1]);
  assertClose(Float64Array.from(stain), Float64Array.from(point_he_px), 1e-6);
  assertClose(Float64Array.from(mapPoint(alignment, ...stain)), Float64Array.from(point_morphology_px), 1e-8);
  for (const text of ["1,0,0\n0,1,0", "1,2,0\n2,4,0\n0,0,1", "1,0,0\n0,1,0\n0,0.1,1", "a,0,0\n0,1,0\n0,0,1"]) {
    await Deno.writeTextFile(path, text);
    await assertRejects(() => readAlignment(path), DataError, "expected three lines of three numbers");
  }
  await Deno.remove(path);
  await assertRejects(() => readAlignment(path), DataError, "Cannot read the alignment");
});

Deno.test("outlineOf() finds the centre of gravity, also far from the origin, and of polygons without area", () => {
  // A unit square with a triangle on its right side: centre at (7/9 + ...) by adding areas.
  const [square, triangle] = [[0.5, 0.5, 1], [1 + 1 / 3, 0.5, 0.5]] as const;
  const x = (square[0] * square[2] + triangle[0] * triangle[2]) / (square[2] + triangle[2]);
  for (const shift of [0, 1e6]) {
    const points = [0, 0, 1, 0, 2, 0.5, 1, 1, 0, 1, 0, 0].map((value) => value + shift);
    const { centre, low, high } = outlineOf(points);
    assertAlmostEquals(centre[0], x + shift, 1e-8);
    assertAlmostEquals(centre[1], 0.5 + shift, 1e-8);
    assertEquals([low, high], [[shift, shift], [2 + shift, 1 + shift]]);
  }
  assertEquals(outlineOf([1, 1, 3, 1, 5, 1]).centre, [3, 1]);
});

Deno.test("checkPlaces() finds cells outside, and refuses places in µm", () => {
  const image = { name: "he.tif", shape: [1000, 2000, 3] as const };
  const check = (places: readonly number[]) =>
    checkPlaces(image, { places: Float64Array.from(places), micronsPerPixel: 0.2, fix: "check it" });
  assertEquals(check([10, 10, 1900, 500, 300, 990]), []);
  assertEquals(check([10, 10, 2000, 500, 300, -0.1]), [1, 2]);
  assertEquals(check([10, 10, 100, 50, 30, 30]), []);
  const microns = assertThrowsData(() => check([10, 10, 390, 100, 40, 190]));
  assertEquals(
    microns,
    'Cannot place cells in "he.tif": they reach to 390.0, 190.0 in an image of 2000 x 1000 pixels, which are places in ' +
      "µm; expected pixels of this image (0.2 µm each), check it",
  );
  assert(assertThrowsData(() => check([10, 10, 9000, 4000, 5000, 4900])).includes("pixels of a finer image"));
});

function assertThrowsData(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    if (error instanceof DataError) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Size of a pixel of the morphology image in µm, and the alignment of the stain with it. */
const [PIXEL, SHIFT] = [0.25, [6, -4]] as const;
const [HEIGHT, WIDTH] = [80, 120];

/** A bundle without its outlines: counts, cells and the stain, an image whose red and green tell the place. */
const WRITE = `
import sys, os, json, gzip, h5py, numpy as np, scipy.sparse as sp, tifffile
root = sys.argv[1]; os.makedirs(root); g = np.random.default_rng(2); n = 24
names = ['A', 'LOR', 'B', 'NegControlProbe_1']; types = ['Gene Expression'] * 3 + ['Negative Control Probe']
X = sp.csc_matrix(g.poisson(3, (4, n)).astype('i4')); ids = ['aaaa%02d-1' % i for i in range(n)]
with h5py.File(root + '/cell_feature_matrix.h5', 'w') as f:
    m = f.create_group('matrix'); m['barcodes'] = np.array(ids, dtype='S'); m['data'] = X.data; m['indices'] = X.indices.astype('i8')
    m['indptr'] = X.indptr.astype('i8'); m['shape'] = np.array(X.shape, dtype='i4')
    q = m.create_group('features'); q['id'] = np.array(['ENSG%d' % i for i in range(4)], dtype='S'); q['name'] = np.array(names, dtype='S')
    q['feature_type'] = np.array(types, dtype='S'); q['genome'] = np.array(['GRCh38'] * 4, dtype='S')
with gzip.open(root + '/cells.csv.gz', 'wt') as f:
    f.write('cell_id,x_centroid,y_centroid,transcript_counts\\n' + ''.join('%s,%f,%f,%d\\n' % (c, 1, 1, 9) for c in ids))
json.dump({'pixel_size': ${PIXEL}}, open(root + '/experiment.xenium', 'w'))
y, x = np.mgrid[0:${HEIGHT}, 0:${WIDTH}]
he = np.stack([x, y, 0 * x + 7], -1).astype('u1')
tifffile.imwrite(root + '/tiny_he_image.ome.tif', he, photometric='rgb', tile=(32, 32), metadata={'axes': 'YXS'})
open(root + '/tiny_he_imagealignment.csv', 'w').write('1,0,${SHIFT[0]}\\n0,1,${SHIFT[1]}\\n0,0,1\\n')
open(root + '/cell_groups.csv', 'w').write('cell_id,group,color\\n' + ''.join('%s,%s,#fff\\n' % (c, 'ab'[i % 2]) for i, c in enumerate(ids)))
c = X.T.toarray()[:, :3].astype('f8'); t = c.sum(1)
print(json.dumps({'ids': ids, 'x': np.log1p(1e6 * c / np.maximum(1, t)[:, None]).tolist()}))`;

/** Centres of the cells in pixels of the stain: a grid of six by four. */
function centreOf(cell: number): readonly [number, number] {
  return [10.5 + 20 * (cell % 6), 10.25 + 20 * Math.floor(cell / 6)];
}

/** Squares around the cells, 6 and 3 px wide, in µm of the morphology image, as Parquet. */
async function writeOutlines(
  folder: string,
  ids: readonly string[],
  { unit = PIXEL, shift = [0, 0], without = "" }: {
    readonly unit?: number;
    readonly shift?: readonly [number, number];
    readonly without?: string;
  } = {},
): Promise<void> {
  for (const [name, half] of [["cell_boundaries", 3], ["nucleus_boundaries", 1.5]] as const) {
    const own = ids.filter((id) => name === "cell_boundaries" || id !== without);
    const corners = own.flatMap((id) =>
      [[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]].map(([dx, dy]) => {
        const [x, y] = centreOf(ids.indexOf(id));
        return [(x + shift[0] + dx! * half + SHIFT[0]) * unit, (y + shift[1] + dy! * half + SHIFT[1]) * unit];
      })
    );
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: "cell_id", data: own.flatMap((id) => Array(5).fill(id)), type: "STRING" },
        { name: "vertex_x", data: corners.map(([x]) => x!), type: "FLOAT" },
        { name: "vertex_y", data: corners.map(([, y]) => y!), type: "FLOAT" },
      ],
      codec: "SNAPPY",
    });
    await Deno.writeFile(`${folder}/${name}.parquet`, new Uint8Array(bytes));
  }
}

const CONFIG: XeniumSkinConfig = { ...xeniumSkin.defaults, leastCounts: 0, side: 16, stride: 12 };

Deno.test({
  name: "xeniumSkin.load() cuts images of cells and patches from a bundle, and refuses what does not fit",
  ignore: !hasPython("h5py", "scipy", "tifffile"),
  fn: async () => {
    const root = await Deno.makeTempDir();
    const folder = `${root}/C1`;
    try {
      const { ids, x } = runPython(WRITE, [folder]) as { ids: readonly string[]; x: readonly (readonly number[])[] };
      await writeOutlines(folder, ids, { without: ids[5]! });
      const heard = listening(folder);
      const data = await xeniumSkin.load(CONFIG, heard);
      assertEquals(heard.notes, ["Left out 1 of 24 cells, which lack the outline of cell or nucleus"]);
      assertEquals(data.spec.parts["x"]!.names, ["A", "LORICRIN", "B"]);
      assertEquals(data.spec.labels, { cell_type: ["a", "b"] });
      assertEquals(data.sections.map(({ rows }) => rows), [15, 7]);
      for (const section of data.sections) {
        const [pos, genes, img] = [
          await readPart(section, "pos"),
          await readPart(section, "x"),
          await readPart(section, "img"),
        ];
        for (let row = 0; row < section.rows; row++) {
          const [cx, cy] = [pos.data[2 * row]!, pos.data[2 * row + 1]!];
          const cell = Math.round((cx - 10.5) / 20) + 6 * Math.round((cy - 10.25) / 20);
          const [wantedX, wantedY] = centreOf(cell);
          assertAlmostEquals(cx, wantedX, 1e-3);
          assertAlmostEquals(cy, wantedY, 1e-3);
          x[cell]!.forEach((value, j) => assertAlmostEquals(genes.data[3 * row + j]!, value, 1e-5));
          assertEquals(section.labels["cell_type"]![row], cell % 2);
          for (let at = 0; at < 256; at++) {
            const [px, py] = [windowAround(wantedX, 16) + at % 16, windowAround(wantedY, 16) + Math.floor(at / 16)];
            const inside = px >= 0 && py >= 0 && px < WIDTH && py < HEIGHT;
            const found = [...img.data.subarray((256 * row + at) * 3, (256 * row + at) * 3 + 3)];
            assertEquals(found, inside ? [px, py, 7] : [0, 0, 0]);
          }
        }
      }
      const patches = await xeniumSkin.load({ ...CONFIG, images: "patch", side: 32 }, listening(folder));
      // Windows begin at 0, 12, ... 84 and 88 along x, at 0, ... 48 along y; a cell of 6 px must lie in them as a whole.
      const along = (length: number, stops: number): readonly number[] =>
        windowStarts(length, { size: 32, stride: 12, last: true }).filter((start) =>
          Array.from({ length: stops }, (_, i) => 10.5 + 20 * i).some((c) => start <= c - 3 && c + 3 <= start + 32)
        );
      const patchRows = patches.sections.reduce((sum, { rows }) => sum + rows, 0);
      assert(patchRows > 0 && patchRows <= along(WIDTH, 6).length * along(HEIGHT, 4).length);
      for (const section of patches.sections) {
        const [pos, img] = [await readPart(section, "pos"), await readPart(section, "img")];
        const [most] = patches.spec.parts["pos"]!.shape as [number];
        for (let row = 0; row < section.rows; row++) {
          const [left, top] = [img.data[row * 32 * 32 * 3]!, img.data[row * 32 * 32 * 3 + 1]!];
          const expected = ids.map((_, cell) => cell).filter((cell) => {
            const [cx, cy] = centreOf(cell);
            return cell !== 5 && cx - 3 >= left && cx + 3 <= left + 32 && cy - 3 >= top && cy + 3 <= top + 32;
          }).map((cell) => centreOf(cell).join());
          const found = Array.from({ length: most }, (_, slot) => {
            const at = 2 * (row * most + slot);
            return Number.isNaN(pos.data[at]!)
              ? ""
              : [pos.data[at]!, pos.data[at + 1]!].map((v) => +v.toFixed(3)).join();
          }).filter((text) => text !== "");
          assertEquals(found.sort(), expected.sort());
        }
      }
      const refused = (message: string, change: Partial<XeniumSkinConfig> = {}): Promise<DataError> =>
        assertRejects(() => xeniumSkin.load({ ...CONFIG, ...change }, listening(folder)), DataError, message);
      await refused("none of 16 x 16 pixels holds 9 whole cells; change dataset.config.side", {
        images: "patch",
        leastCells: 9,
      });
      await refused("it has 3 channels of uint8 (red, green, blue), expected 4 of uint8; set dataset.config.channels", {
        channels: 4,
      });
      await writeOutlines(folder, ids, { shift: [12, 0] });
      const outside = `cell "${
        ids[5]
      }" at 122.5, 10.3 lies outside its ${WIDTH} x ${HEIGHT} pixels, as do 3 others of 24`;
      await refused(`${outside}; check the alignment file, or set dataset.config.outside=leave-out`);
      const told = listening(folder);
      const left = await xeniumSkin.load({ ...CONFIG, outside: "leave-out" }, told);
      assertEquals(left.sections.reduce((sum, { rows }) => sum + rows, 0) <= 20, true);
      assertEquals(told.notes[0], "Left out 4 of 24 cells, which lie outside the image, the first at 122.5, 10.3");
      await writeOutlines(folder, ids, { unit: PIXEL * PIXEL });
      await refused(
        "which are places in µm; expected pixels of this image (0.25 µm each), check the alignment file and the pixel size",
      );
      await writeOutlines(folder, ids);
      const image = `${folder}/tiny_he_image.ome.tif`;
      const bytes = await Deno.readFile(image);
      await Deno.writeFile(image, bytes.slice(0, 100));
      await refused(`Cannot read image "${image}": `);
      await Deno.remove(image);
      await refused("it lacks he_image.ome.tif or he_image.ome.tiff or he_image.tif, download it beside the bundle");
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});
