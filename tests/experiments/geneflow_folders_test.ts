import { openImage } from "../../datasets/images/open_image.ts";
import { assert, assertEquals } from "../assert.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { TINY } from "./geneflow_tiny.ts";
import { run } from "./process.ts";

Deno.test({
  name: "geneflow-merfish draws cells of the strip that is held out, and the strip as one image",
  ignore: !hasShared,
  fn: () =>
    inTempFolder(async (folder) => {
      const data = sharedPath("data/mouse-brain-merfish-dapi").pathname;
      const args = ["geneflow-merfish", `--data=${data}`, "--steps=2", `--out=${folder}`, "--json", "--backend=wasm"];
      const trained = await run("exp", [...args, ...TINY]);
      assertEquals(trained.code, 0, trained.err.join("\n"));
      const result = JSON.parse(trained.out);
      assert(result.notes.some((note: string) => note.startsWith("One field of 500 by 450 µm of one mouse")));
      const report = await Deno.readTextFile(`${result.run}/report.html`);
      assert(report.includes("Green: DAPI, blue: poly-T."), "the report does not say which colour is which channel");
      const region = ["--slide=strip", "--scale=3.07", "--region=19840,14960,96,64"];
      const drawn = await run("sample", [result.run, "--json", "--backend=wasm", ...region]);
      assertEquals(drawn.code, 0, drawn.err.join("\n"));
      const image = await openImage(JSON.parse(drawn.out).slide);
      assertEquals([image.shape, image.channels], [[64, 96, 2], ["DAPI", "poly-T"]]);
    }),
});

Deno.test({
  name: "geneflow-tumour draws patches of the section that is held out from all genes",
  ignore: !hasShared,
  fn: () =>
    inTempFolder(async (folder) => {
      const data = sharedPath("data/her2-breast-cancer-st-he").pathname;
      const args = ["geneflow-tumour", `--data=${data}`, "--steps=1", `--out=${folder}`, "--json", "--backend=wasm"];
      const { code, out, err } = await run("exp", [...args, ...TINY]);
      assertEquals(code, 0, err.join("\n"));
      assert(err.some((line) => line.includes("Training and test sections are of one patient")), err.join("\n"));
      const { detail } = JSON.parse(out);
      const distance = detail.find(({ name }: { name: string }) => name === "fd-handcrafted");
      assert(
        Number.isFinite(distance.value) && Number.isFinite(distance.anchors["identity"]),
        JSON.stringify(distance),
      );
    }),
});
