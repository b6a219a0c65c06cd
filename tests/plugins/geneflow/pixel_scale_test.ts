import { dataOf, hostArray, mergeConfig, tensor, tidy } from "../../../core/mod.ts";
import { plugin } from "../../../plugins/geneflow/mod.ts";
import { pixelScale } from "../../../plugins/geneflow/pixel_scale.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { SPEC, TINY_CONFIG } from "./pictures.ts";

const IMAGES = hostArray(Float32Array.of(0.1, 0.5, 1, 0.3, 0.7, 0), [2, 1, 3]);

forEachBackend("pixelScale() centres each channel, and back", () =>
  assertNoLeak(async () => {
    const { toStates, toImages, cut } = pixelScale({ pixels: { mean: [0.1, 0.5, 0.2], std: [0.2, 0.1, 0.5] } });
    const states = toStates(IMAGES);
    assertClose(await dataOf(states), [0, 0, 1.6, 1, 2, -0.4], 1e-6);
    const back = tidy(() => toImages(states));
    assertClose(await dataOf(back), IMAGES.data, 1e-6);
    const beyond = tensor([-9, 9, 1, 0, 0, 0], [2, 1, 3]);
    const inside = tidy(() => cut(beyond));
    assertClose(await dataOf(inside), [-0.5, 5, 1, 0, 0, 0], 1e-6);
    for (const made of [states, back, beyond, inside]) made.dispose();
  }));

forEachBackend("pixelScale() leaves images as they are by default, bit for bit", () =>
  assertNoLeak(async () => {
    const { toStates, toImages } = pixelScale(plugin.defaults);
    const states = toStates(IMAGES);
    assertEquals(Array.from(await dataOf(states)), Array.from(IMAGES.data));
    const back = tidy(() => toImages(states));
    assertEquals(Array.from(await dataOf(back)), Array.from(IMAGES.data));
    for (const made of [states, back]) made.dispose();
  }));

Deno.test("means and deviations that do not fit the images are refused", () => {
  const config = (pixels: Record<string, readonly number[]>): typeof plugin.defaults =>
    mergeConfig(mergeConfig(plugin.defaults, TINY_CONFIG, "test"), { pixels }, "test");
  assertEquals(plugin.check(config({ mean: [], std: [0, 1] })), [
    "plugin.config.pixels.mean is empty, expected one number, or one per channel",
    "plugin.config.pixels.std is 0, expected a positive number",
  ]);
  assertThrows(
    () => plugin.build(config({ std: [1, 2] }), SPEC),
    Error,
    "images of 3 channels: plugin.config.pixels.std has 2 numbers, expected 1 or 3",
  );
});
