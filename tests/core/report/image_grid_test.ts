import { encodePng, hostArray, imageGrid, withColourKey } from "../../../core/mod.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";

const picture = hostArray(Uint8Array.from({ length: 5 * 7 * 3 }, (_, i) => (i * 37) % 256), [5, 7, 3]);

const PROGRAM = `
import base64, io, json, sys
from PIL import Image
image = Image.open(io.BytesIO(base64.b64decode(sys.argv[1])))
image.verify()
image = Image.open(io.BytesIO(base64.b64decode(sys.argv[1])))
print(json.dumps([image.mode, list(image.size), [c for pixel in image.getdata() for c in pixel]]))
`;

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

Deno.test({
  name: "encodePng() writes what Pillow reads",
  ignore: !hasPython("PIL"),
  fn: () => assertEquals(runPython(PROGRAM, [base64(encodePng(picture))]), ["RGB", [7, 5], [...picture.data]]),
});

Deno.test("encodePng() writes a signature and the size, and refuses other shapes", () => {
  const bytes = encodePng(picture);
  assertEquals([...bytes.subarray(1, 4)].map((code) => String.fromCharCode(code)).join(""), "PNG");
  assertEquals([bytes[19], bytes[23]], [7, 5]);
  assertThrows(() => encodePng(hostArray(new Uint8Array(8), [2, 2, 2])), TypeError, "[2,2,2]");
});

Deno.test("imageGrid() holds every image once, with its labels", () => {
  const image = (value: number, channels: number) =>
    hostArray(new Float32Array(4 * channels).fill(value), [2, 2, channels]);
  for (const channels of [1, 2, 3, 4]) {
    const svg = imageGrid({
      title: "a < b",
      rows: [
        { label: "Real", images: [image(0, channels), image(0.5, channels)] },
        { label: "Drawn", images: [image(1, channels)] },
      ],
      columns: ["one", "two"],
    });
    assertEquals(svg.match(/data:image\/png;base64,/g)?.length, 3);
    for (const text of ["Real", "Drawn", "one", "two", "a &lt; b"]) assert(svg.includes(text), text);
  }
  assertThrows(() => imageGrid({ title: "none", rows: [] }), RangeError, "no images");
});

Deno.test("withColourKey() names the colours of channels that are not red, green and blue", () => {
  const said = (...names: readonly string[]): string =>
    withColourKey("Cells.", { shape: [2, 2, names.length], unit: "", names });
  assertEquals(said("FKHR-GFP", "DNA"), "Cells. Green: FKHR-GFP, blue: DNA.");
  assertEquals(said("actin", "tubulin", "DNA"), "Cells. Red: actin, green: tubulin, blue: DNA.");
  assertEquals(said("actin", "tubulin", "DNA", "RNA"), "Cells. Red: actin, green: tubulin, blue: DNA, not shown: RNA.");
  for (const names of [["red", "green", "blue"], ["DNA"], []]) assertEquals(said(...names), "Cells.");
});
