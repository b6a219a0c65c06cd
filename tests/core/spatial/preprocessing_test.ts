import { type HostArray, hostArray, type NumericArray, takeRows } from "../../../core/host_array.ts";
import { gridCentres } from "../../../core/spatial/grid_centres.ts";
import { niches } from "../../../core/spatial/niches.ts";
import { countWithin } from "../../../core/spatial/radius.ts";
import { columnStats, standardize } from "../../../core/spatial/standardize.ts";
import { assertEquals } from "../../assert.ts";
import { hasShared } from "../../shared.ts";
import { openFixture } from "../../vectors/fixture.ts";

Deno.test({
  name: "standardize(), niches() and gridCentres() reproduce the fixture preprocessing",
  ignore: !hasShared,
  fn: () => {
    const fixture = openFixture("nicheflow/preprocessing");
    const { radius, dx, dy } = fixture.config as Record<"radius" | "dx" | "dy", number>;
    const x = fixture.get("in/x_pca");
    fixture.check("out/x_pca_standardised", standardize(x, columnStats(x)).data);
    const slides = fixture.get("in/slide_index").data;
    const coords = fixture.get("in/coords");
    let most = 0;
    const all = new Float32Array(coords.data.length);
    for (const slide of [0, 1]) {
      const rows = Int32Array.from(slides.keys()).filter((row) => slides[row] === slide);
      fixture.check(`out/t${slide}/cell_index`, rows);
      const raw: HostArray<NumericArray> = takeRows(coords, rows);
      const points = standardize(raw, columnStats(raw));
      rows.forEach((row, i) => all.set(points.data.subarray(2 * i, 2 * i + 2), 2 * row));
      fixture.check(`out/t${slide}/neighbour_count`, countWithin(points, radius));
      const { size, members } = niches(points, radius);
      assertEquals(size, fixture.scalar(`out/t${slide}/niche_size`));
      fixture.check(`out/t${slide}/niche_members`, members);
      const centres = gridCentres(points, dx, dy);
      fixture.check(`out/t${slide}/grid_centres`, centres);
      most = Math.max(most, centres.length);
    }
    fixture.check("out/coords_standardised", hostArray(all, coords.shape).data);
    assertEquals(most, fixture.scalar("out/test_niches"));
  },
});
