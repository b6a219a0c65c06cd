import { adjustedRandIndex, chooseBackend, type HostArray, readPart, rng } from "../../../core/mod.ts";
import { osmfish } from "../../../datasets/mouse_cortex_osmfish.ts";
import { SEDR_DEFAULTS } from "../../../plugins/sedr/config.ts";
import { findDomains } from "../../../plugins/sedr/domains.ts";
import { sedrEmbedding } from "../../../plugins/sedr/embed.ts";
import { assert } from "../../assert.ts";
import { BACKENDS } from "../../core/backends.ts";
import { listening } from "../../datasets/helpers.ts";

Deno.test("domains of a mouse cortex agree better with its regions in SEDR than in components", async () => {
  await chooseBackend(BACKENDS.includes("native") ? "native" : "wasm");
  const data = await osmfish.load({ ...osmfish.defaults, normalize: "none", scale: "none" }, listening());
  const section = data.sections.find(({ split }) => split === "train")!;
  const [x, positions] = [await readPart(section, "x"), await readPart(section, "pos")];
  const [made] = await sedrEmbedding([{ name: section.name, x, positions }], rng(1), {
    config: SEDR_DEFAULTS,
    epochs: 80,
  });
  const regions = section.labels["region"]!;
  const ari = async (points: HostArray): Promise<number> => {
    let sum = 0;
    for (const seed of [1, 2]) {
      const domains = await findDomains(points, data.spec.labels["region"]!.length, 3, rng(seed));
      sum += adjustedRandIndex(regions, domains) / 2;
    }
    return sum;
  };
  const [sedr, components] = [await ari(made!.z), await ari(made!.components)];
  assert(sedr > components + 0.02, `SEDR ${sedr}, components ${components}`);
});
