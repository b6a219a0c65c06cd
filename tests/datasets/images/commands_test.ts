import { hostArray, readAnnData } from "../../../core/mod.ts";
import { featuresCommand, patchesCommand } from "../../../datasets/images/commands.ts";
import { assertEquals } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { writeSpots } from "./store.ts";
import { writtenByPython } from "./written.ts";

Deno.test({
  name: "patchesCommand() and featuresCommand() say what they did and return 0",
  ignore: !hasPython("PIL"),
  fn: async () => {
    await using files = await writtenByPython(`
from PIL import Image
Image.fromarray(picture(60, 80)).save(path("tissue_hires_image.png"))
np.save(path("uni.npy"), np.ones((4, 3)))
`);
    const store = `${files.folder}/spots.zarr`;
    await writeSpots(store, [[100, 100], [200, 100], [10, 200], [300, 250]]);
    const lines: string[] = [];
    const say = (line: string): void => void lines.push(line);
    const image = `${files.folder}/tissue_hires_image.png`;
    // A Visium scale factor, and 2 µm for a pixel of the small image.
    const options = { size: 16, microns: 40, scale: 0.2, micronsPerPixel: 2 };
    assertEquals(await patchesCommand({ store, image, ...options }, say), 0);
    assertEquals(await featuresCommand({ store, file: `${files.folder}/uni.npy`, key: "uni" }, say), 0);
    assertEquals(lines, [
      "image: 80 x 60, red, green, blue, uint8, pixel size unknown",
      "patches: 1 of 4",
      "patches: 2 of 4",
      "patches: 3 of 4",
      "patches: 4 of 4",
      "each shows 20 x 20 pixels of level 0, read at level 0 (area)",
      "1 patches reach over the border and are filled up",
      `obsm "patches" of ${store}: 3 channels, 16 x 16`,
      "the file names no barcodes: its rows are taken in the order of the store",
      `obsm "uni" of ${store}: 4 x 3 features`,
    ]);
    const { obsm } = await readAnnData(store);
    assertEquals(obsm["uni"], hostArray(new Float32Array(12).fill(1), [4, 3]));
  },
});
