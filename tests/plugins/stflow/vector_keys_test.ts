import { assert, assertEquals } from "../../assert.ts";
import { hasShared, sharedPath } from "../../shared.ts";

const TESTS = new URL("../../", import.meta.url);
const VECTORS = new URL("vectors/stflow.json", TESTS);

const PLUGIN = "plugins/stflow";
const FRAMES = "core/spatial/local_frames_test.ts";

/** Which test reads which key of the vectors. */
const CLAIMS: Readonly<Record<string, string>> = {
  "meta": FRAMES,
  "zinb": "core/prior/zinb_test.ts",
  "log1p": `${PLUGIN}/flow_test.ts`,
  "interpolation": `${PLUGIN}/flow_test.ts`,
  "euler": `${PLUGIN}/flow_test.ts`,
  "grids": `${PLUGIN}/flow_test.ts`,
  "trajectories": `${PLUGIN}/flow_test.ts`,
  "timeEmbedding": `${PLUGIN}/network_test.ts`,
  "activations": `${PLUGIN}/layers_test.ts`,
  "layerNorm": `${PLUGIN}/layers_test.ts`,
  "gatedMlp": `${PLUGIN}/network_test.ts`,
  "eig2": FRAMES,
  "frameAveraging": FRAMES,
  "knn": FRAMES,
  "regionSampler": `${PLUGIN}/regions_test.ts`,
  "maskedMse": `${PLUGIN}/flow_test.ts`,
  "metrics": `${PLUGIN}/score_test.ts`,
  "optimiser": `${PLUGIN}/flow_test.ts`,
  "parameterCounts": `${PLUGIN}/network_test.ts`,
  "cost": `${PLUGIN}/layers_test.ts`,
  "tinyModel": `${PLUGIN}/network_test.ts`,
};

/** Whether a test file takes the key from the vectors. */
function reads(source: string, key: string): boolean {
  return new RegExp(`vectors\\.${key}\\b`).test(source) ||
    new RegExp(`const \\{[^}]*\\b${key}\\b[^}]*\\} = vectors;`).test(source);
}

Deno.test("every key of the stflow vectors is read by a test", () => {
  const vectors = JSON.parse(Deno.readTextFileSync(VECTORS));
  assertEquals(vectors.meta.format, "stflow-vectors/1");
  assertEquals(Object.keys(CLAIMS).sort(), Object.keys(vectors).sort());
  const unread = Object.entries(CLAIMS).filter(([key, file]) =>
    !reads(Deno.readTextFileSync(new URL(file, TESTS)), key)
  );
  assertEquals(unread, []);
});

Deno.test({
  name: "the stflow vectors are a verbatim copy",
  ignore: !hasShared,
  fn: () => {
    const original = Deno.readFileSync(sharedPath("methods/stflow.vectors.json"));
    const copy = Deno.readFileSync(VECTORS);
    assert(original.length === copy.length && original.every((byte, i) => byte === copy[i]));
  },
});
