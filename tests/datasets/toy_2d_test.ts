import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "../assert.ts";
import { readPart } from "../../core/data.ts";
import { toy2d } from "../../datasets/toy_2d.ts";
import { listening } from "./helpers.ts";

Deno.test("toy2d.load() draws the same points for the same seed, and others for test", async () => {
  for (const kind of ["eight-gaussians", "two-moons", "checkerboard", "spirals"]) {
    const draw = async (seed: number, section: number): Promise<Float32Array> => {
      const data = await toy2d.load({ kind, size: 500 }, listening(undefined, seed));
      return (await readPart(data.sections[section]!, "x")).data;
    };
    assertEquals(await draw(3, 0), await draw(3, 0));
    assertNotEquals(await draw(3, 0), await draw(4, 0));
    assertNotEquals(await draw(3, 0), await draw(3, 1));
    assert((await draw(3, 0)).every((value) => Math.abs(value) < 3));
  }
});

Deno.test("toy2d.load() draws eight Gaussians of deviation 0.15 on a circle of radius 2", async () => {
  const { sections: [train], notes } = await toy2d.load({ kind: "eight-gaussians", size: 20_000 }, listening());
  const { data } = await readPart(train!, "x");
  const mode = train!.labels["mode"]!;
  for (let m = 0; m < 8; m++) {
    const rows = [...mode.keys()].filter((row) => mode[row] === m);
    assert(Math.abs(rows.length - 2500) < 250);
    const mean = [0, 1].map((d) => rows.reduce((sum, row) => sum + data[2 * row + d]!, 0) / rows.length);
    assertAlmostEquals(mean[0]!, 2 * Math.cos(m * Math.PI / 4), 0.02);
    assertAlmostEquals(mean[1]!, 2 * Math.sin(m * Math.PI / 4), 0.02);
    const square = rows.reduce((sum, row) => sum + (data[2 * row]! - mean[0]!) ** 2, 0) / rows.length;
    assertAlmostEquals(Math.sqrt(square), 0.15, 0.01);
  }
  assertEquals(notes, ["Synthetic points, not measurements"]);
});

Deno.test("toy2d.load() fills every second square of the board", async () => {
  const { sections: [train] } = await toy2d.load({ kind: "checkerboard", size: 4000 }, listening());
  const { data } = await readPart(train!, "x");
  const squares = new Set<string>();
  for (let i = 0; i < 4000; i++) {
    const [x, y] = [Math.floor(data[2 * i]!), Math.floor(data[2 * i + 1]!)];
    squares.add(`${x},${y}`);
    assertEquals((x + y) & 1, 0);
  }
  assertEquals(squares.size, 8);
});

Deno.test("toy2d.check() names an unknown kind", () => {
  assertEquals(toy2d.check({ kind: "moon", size: 0 }), [
    'kind is "moon", expected "eight-gaussians" or "two-moons" or "checkerboard" or "spirals"',
    "size is 0, expected a whole number from 1 to 10000000",
  ]);
});
