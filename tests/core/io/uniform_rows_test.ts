import {
  DataError,
  denseFeatures,
  hostArray,
  openAnnData,
  rng,
  storedGaussian,
  uniformRows,
  writeAnnData,
} from "../../../core/mod.ts";
import { gaussianOf } from "../../../core/metrics/frechet.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { inTempFolder } from "../run/helpers.ts";

/** More than one block of 8 MiB, in several chunks. */
const [ROWS, WIDTH] = [300_000, 8];

const progress = (): void => {};

async function withStore(
  values: Float32Array,
  work: (X: NonNullable<Awaited<ReturnType<typeof openAnnData>>["X"]>) => Promise<void>,
): Promise<void> {
  await inTempFolder(async (folder) => {
    const path = `${folder}/a.zarr`;
    const rows = values.length / WIDTH;
    await writeAnnData(path, {
      obs: { index: Array<string>(rows).fill("c"), columns: {} },
      var: { index: Array.from({ length: WIDTH }, (_, i) => `g${i}`), columns: {} },
      X: hostArray(values, [rows, WIDTH]),
      layers: {},
      obsm: {},
      varm: {},
      obsp: {},
      uns: {},
    });
    await work((await openAnnData(path)).X!);
  });
}

Deno.test("uniformRows draws each row of a group as often as any other, and the same ones again", () =>
  withStore(Float32Array.from({ length: ROWS * WIDTH }, (_, at) => Math.floor(at / WIDTH)), async (X) => {
    const groups = (from: number, to: number) =>
      Promise.resolve(
        Int8Array.from({ length: to - from }, (_, i) => (from + i) % 10 === 0 ? 1 : (from + i) % 10 === 1 ? -1 : 0),
      );
    const [most, bins] = [5000, 10];
    const draw = (seed: number) => uniformRows(X, { most, rng: rng(seed), groups, progress });
    const drawn = await draw(1);
    assertEquals([...drawn.keys()].sort(), [0, 1]);
    assertEquals([drawn.get(0)!.count, drawn.get(1)!.count], [0.8 * ROWS, 0.1 * ROWS]);
    for (const [group, { rows }] of drawn) {
      const numbers = Array.from({ length: most }, (_, i) => rows.data[i * WIDTH]!);
      assertEquals(new Set(numbers).size, most);
      assert(numbers.every((row) => group === 1 ? row % 10 === 0 : row % 10 > 1));
      // Chi-squared of 10 bins of equal expectation, 9 degrees of freedom: 0.1 % lie above 27.9.
      const counts = Array<number>(bins).fill(0);
      for (const row of numbers) counts[Math.floor((row * bins) / ROWS)]!++;
      const chi = counts.reduce((sum, count) => sum + (count - most / bins) ** 2 / (most / bins), 0);
      assert(chi < 27.9, `${counts}`);
    }
    assertEquals((await draw(1)).get(0), drawn.get(0));
    assert(String((await draw(2)).get(0)!.rows.data) !== String(drawn.get(0)!.rows.data));
    const all = await uniformRows(X, { most: ROWS, rng: rng(1), progress });
    assertEquals([all.get(0)!.count, all.get(0)!.rows.data[5 * WIDTH]], [ROWS, 5]);
  }));

Deno.test("denseFeatures refuses a store without the features that are expected", () =>
  inTempFolder(async (folder) => {
    const empty = { layers: {}, obsm: {}, varm: {}, obsp: {}, uns: {} };
    const obs = { index: ["a", "b"], columns: {} };
    await writeAnnData(`${folder}/none.zarr`, { obs, var: { index: [], columns: {} }, ...empty });
    const X = hostArray(new Float32Array(4), [2, 2]);
    await writeAnnData(`${folder}/two.zarr`, { obs, var: { index: ["g", "h"], columns: {} }, X, ...empty });
    const [none, two] = await Promise.all(["none", "two"].map((name) => openAnnData(`${folder}/${name}.zarr`)));
    assertThrows(() => denseFeatures(none!, 2), DataError, "it has no X, expected [at least 2, 2], dense");
    assertThrows(() => denseFeatures(two!, 3), DataError, "X of shape [2, 2], dense, expected [at least 2, 3]");
    assertEquals(denseFeatures(two!, 2), two!.X!);
  }));

Deno.test("storedGaussian fits what a fit to all rows at once gives", async () => {
  const values = rng(4).host.normal(ROWS * WIDTH).map((value, at) => 100 + (at % WIDTH) * value + at / ROWS);
  await withStore(values, async (X) => {
    const blocks = (await Array.fromAsync(X.blocks())).length;
    assert(blocks > 1, "one block would test nothing");
    const [found, expected] = [await storedGaussian(X, progress), gaussianOf(hostArray(values, [ROWS, WIDTH]))];
    found.mean.forEach((value, i) => assertAlmostEquals(value, expected.mean[i]!, 1e-9));
    found.covariance.forEach((value, i) => assertAlmostEquals(value, expected.covariance[i]!, 1e-8));
  });
  await withStore(new Float32Array(WIDTH), async (X) => {
    await assertRejects(() => storedGaussian(X, progress), RangeError, "it has 1 rows, expected at least 2");
  });
});
