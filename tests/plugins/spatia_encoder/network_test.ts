import {
  add,
  chooseBackend,
  dispose,
  type HostArray,
  hostArray,
  mapTree,
  mul,
  type Params,
  rng,
  type Tensor,
  tensor,
  tensorAt,
  tidy,
  toHost,
  valueAndGrads,
} from "../../../core/mod.ts";
import { disposeTree, entries } from "../../../core/tree.ts";
import { embedSection, type SpatiaEmbedder } from "../../../plugins/spatia-encoder/embed.ts";
import { spatiaBatch } from "../../../plugins/spatia-encoder/batch.ts";
import type { SpatiaSection } from "../../../plugins/spatia-encoder/sections.ts";
import { spatiaTrainable } from "../../../plugins/spatia-encoder/trainable.ts";
import { attendingLayer, layerParams } from "../../../plugins/spatia-encoder/transformer.ts";
import { assert, assertAlmostEquals, assertEquals } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { assertGradient } from "../../core/tensor/finite_differences.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { sectionsOfData, SMALL, smallConfig, TISSUE } from "./setup.ts";

/** Every parameter moved a little, so that what starts at zero counts too. */
function stirred(params: Params): Params {
  const stream = rng(8);
  return tidy(() => {
    const made = mapTree<Tensor, Tensor>(
      (leaf, path) => add(leaf, mul(stream.fold(path).normal(leaf.shape), 0.2)),
      params,
    );
    disposeTree(params);
    return made;
  });
}

async function withEmbedder(
  patch: Record<string, unknown>,
  work: (embedder: SpatiaEmbedder, sections: readonly SpatiaSection[]) => Promise<void>,
): Promise<void> {
  await chooseBackend("wasm");
  const config = smallConfig(patch);
  const { sections, network, layout } = await sectionsOfData(TISSUE, config);
  await assertNoLeak(async () => {
    const params = stirred(tidy(() => network.init(rng(2))));
    await work({ network, params, config, ...(layout === undefined ? {} : { layout }) }, sections);
    disposeTree(params);
  });
}

function differ(a: HostArray, b: HostArray): number {
  return a.data.reduce((most, value, at) => Math.max(most, Math.abs(value - b.data[at]!)), 0);
}

function row({ data, shape }: HostArray, at: number): Float32Array {
  return data.slice(at * shape[1]!, (at + 1) * shape[1]!);
}

Deno.test("a side that is absent is neither looked at nor read, whichever side queries", async () => {
  for (const fusion of ["both", "image-queries", "gene-queries"]) {
    await withEmbedder({ network: { fusion } }, async (embedder, [first]) => {
      const section = first!;
      const other = {
        ...section,
        counts: hostArray(section.counts.data.map((count) => 3 * count + 1), section.counts.shape),
      };
      const images = section.images!;
      const repainted = {
        ...section,
        images: { ...images, values: hostArray(images.values.data.map((v) => -v), images.values.shape) },
      };
      const [genes, image] = [{ image: false, genes: true }, { image: true, genes: false }];
      const z = async (of: SpatiaSection, view?: typeof genes) => (await embedSection(embedder, of, view)).z;
      assert(differ(await z(section), await z(other)) > 1e-2);
      assert(differ(await z(section), await z(repainted)) > 1e-2);
      assertEquals(differ(await z(section, image), await z(other, image)), 0);
      assertEquals(differ(await z(section, genes), await z(repainted, genes)), 0);
      assert(differ(await z(section, genes), await z(section, image)) > 1e-2);
      // Images that are missing are as good as not seen.
      const missing = { ...section, images: { ...images, present: new Float32Array(section.rows) } };
      assertEquals(differ(await z(missing), await z(section, genes)), 0);
    });
  }
});

Deno.test("the embedding starts as that of the cell, and each level sees as far as it says", async () => {
  await chooseBackend("wasm");
  const config = smallConfig();
  const { sections, network, layout } = await sectionsOfData(TISSUE, config);
  const params = tidy(() => network.init(rng(2)));
  const made = await embedSection({ network, params, config, layout: layout! }, sections[0]!);
  assertEquals(differ(made.z, made.cell), 0);
  assert(differ(made.niche!, made.tissue!) > 1e-3);
  disposeTree(params);
  await withEmbedder({}, async (embedder, [first]) => {
    const section = first!;
    const { index, size } = section.niches;
    const near = new Set(index.subarray(0, size));
    const far = Array.from({ length: section.rows }, (_, i) => i).find((i) => !near.has(i))!;
    const changed = (cell: number): SpatiaSection => {
      const data = section.counts.data.slice();
      const width = section.counts.shape[1]!;
      for (let at = cell * width; at < (cell + 1) * width; at++) data[at]! += 20 * (at % 2);
      return { ...section, counts: hostArray(data, section.counts.shape) };
    };
    const base = await embedSection(embedder, section);
    const [here, away] = [await embedSection(embedder, changed(index[1]!)), await embedSection(embedder, changed(far))];
    const moved = (level: "cell" | "niche" | "tissue", of: typeof base): number => {
      const [a, b] = [row(base[level]!, 0), row(of[level]!, 0)];
      return a.reduce((most, value, j) => Math.max(most, Math.abs(value - b[j]!)), 0);
    };
    assertEquals([moved("cell", here), moved("cell", away), moved("niche", away)], [0, 0, 0]);
    assert(moved("niche", here) > 1e-4 && moved("tissue", away) > 1e-5);
  });
});

Deno.test("embeddings do not depend on the order of the cells, and equal calls give equal bits", async () => {
  await withEmbedder({}, async (embedder, [first]) => {
    const section = first!;
    const base = (await embedSection(embedder, section)).z;
    assertEquals((await embedSection(embedder, section)).z.data, base.data);
    const order = rng(3).host.permutation(section.rows);
    const place = Int32Array.from(order.keys()).sort((a, b) => order[a]! - order[b]!);
    const take = ({ data, shape }: HostArray): HostArray => {
      const width = data.length / shape[0]!;
      return hostArray(
        Float32Array.from(data, (_, at) => data[order[Math.floor(at / width)]! * width + at % width]!),
        shape,
      );
    };
    const { size } = section.niches;
    const shuffled: SpatiaSection = {
      ...section,
      places: take(section.places),
      counts: take(section.counts),
      images: { values: take(section.images!.values), present: section.images!.present },
      niches: {
        size,
        index: Int32Array.from(
          section.niches.index,
          (_, at) => place[section.niches.index[order[Math.floor(at / size)]! * size + at % size]!]!,
        ),
        seen: take(hostArray(section.niches.seen, [section.rows, size])).data,
      },
    };
    assertClose((await embedSection(embedder, shuffled)).z.data, take(base).data, 2e-4);
  });
});

Deno.test("levels and single modalities can be left out", async () => {
  const cases = [
    [{ levels: ["cell"] }, ["z", "cell", "image", "genes"]],
    [{ levels: ["cell", "niche"] }, ["z", "cell", "niche", "image", "genes"]],
    [{ levels: ["cell", "tissue"] }, ["z", "cell", "tissue", "image", "genes"]],
    [{ modalities: ["genes"] }, ["z", "cell", "niche", "tissue", "genes"]],
    [{ modalities: ["image"] }, ["z", "cell", "niche", "tissue", "image"]],
  ] as const;
  for (const [patch, names] of cases) {
    await withEmbedder(patch, async (embedder, sections) => {
      const made = await embedSection(embedder, sections[2]!);
      assertEquals(Object.keys(made), [...names]);
      assert(Object.values(made).every(({ data, shape }) => shape.join() === "64,16" && data.every(Number.isFinite)));
    });
  }
});

Deno.test("niches that look at all others are as without a limit, and few of them still see the tissue", async () => {
  await withEmbedder({}, async (embedder, [first]) => {
    const base = await embedSection(embedder, first!);
    const limited = (tissueNiches: number) =>
      embedSection({ ...embedder, config: { ...embedder.config, tissueNiches } }, first!);
    // 63 of 64 take the other road, where queries and memory are apart.
    const most = await limited(63);
    const few = await limited(4);
    assert(differ(most.tissue!, base.tissue!) < 0.5 && differ(most.tissue!, base.tissue!) > 0);
    assert(differ(few.tissue!, base.tissue!) > differ(most.tissue!, base.tissue!));
  });
});

forEachBackend("the fusion block's gradient equals finite differences, and hidden keys do not count", async () => {
  const sizes = { width: 4, heads: 2, feedForward: 2, dropout: 0 };
  const pass = { train: false, rng: rng(0) };
  const params = tidy(() => layerParams(rng(1), sizes));
  await assertGradient(
    (tokens, memory) =>
      attendingLayer({ a: params }, "a", tokens!, memory!, sizes, pass, { keyMask: tensor([1, 1, 0], [1, 3]) }),
    [{ shape: [1, 2, 4] }, { shape: [1, 3, 4] }],
  );
  const run = async (third: number) => {
    const values = Float32Array.from({ length: 12 }, (_, at) => at < 8 ? Math.sin(at) : third);
    const out = tidy(() =>
      attendingLayer({ a: params }, "a", tensor([1, 2, 3, 4], [1, 1, 4]), tensor(values, [1, 3, 4]), sizes, pass, {
        keyMask: tensor([1, 1, 0], [1, 3]),
      })
    );
    const { data } = await toHost(out);
    dispose([out]);
    return [...data];
  };
  assertEquals(await run(0), await run(50));
  disposeTree(params);
});

Deno.test("every parameter that a configuration makes is trained", async () => {
  for (const patch of [{}, { modalities: ["genes"], loss: { counts: "zinb" } }, { modalities: ["image"] }]) {
    const config = smallConfig({ ...patch, masking: { dropImage: 0.4, dropGenes: 0.3 }, regions: { count: 5 } });
    const { sections, network, layout } = await sectionsOfData(TISSUE, config);
    const setting = { config, ...(layout === undefined ? {} : { layout }) };
    const cells = { section: sections[0]!, rows: Int32Array.from({ length: 50 }, (_, i) => i) };
    const region = Int32Array.from({ length: 50 }, (_, i) => Math.floor(i / 10));
    using batch = spatiaBatch({ ...cells, region }, setting, rng(7));
    const trainable = spatiaTrainable(network, config);
    const params = stirred(tidy(() => trainable.init(rng(2))));
    const named = entries<Tensor>(params);
    const { grads } = tidy(() =>
      valueAndGrads(
        () => ({ value: trainable.loss(params, batch, { step: 0, rng: rng(1) }).total }),
        named.map(([, leaf]) => leaf),
      )
    );
    const still: string[] = [];
    for (const [i, [path]] of named.entries()) {
      const { data } = await toHost(grads[i]!);
      assert(data.every(Number.isFinite), path);
      if (data.every((value) => value === 0)) still.push(path);
    }
    const single = config.modalities.length === 1;
    const absent = single ? [config.modalities[0] === "genes" ? "cell/noGenes" : "cell/noImage"] : [];
    // A single modality is never absent; without inflation nobody reads the logits, whose weights others share.
    assertEquals(still, absent);
    dispose(grads);
    disposeTree(params);
  }
});

Deno.test("parameters of the small network are as many as its sizes say", async () => {
  const { network, panel, layout } = await sectionsOfData(TISSUE, SMALL);
  assertEquals([panel.visible.data.length, panel.hidden.data.length, layout!.tokens], [12, 4, 4]);
  const params = tidy(() => network.init(rng(1)));
  const size = (path: string): number =>
    entries<Tensor>(params).filter(([name]) => name.startsWith(path)).reduce((sum, [, leaf]) => sum + leaf.size, 0);
  const [width, forward] = [16, 16];
  const layer = (inner: number): number =>
    4 * width + 4 * width * width + 4 * width + 2 * width * inner + inner + width;
  assertEquals(size("cell/imageFusion"), layer(width / 2));
  assertEquals(size("context/niche/layer"), layer(forward));
  assertEquals(size("cell/genes/genes"), 12 * width);
  assertEquals(tensorAt(params, "context/join/inner/weight").shape, [3 * width, width]);
  assertEquals(tensorAt(params, "cell/out/weight").shape, [2 * width, width]);
  assertAlmostEquals(size("cell/image/out"), width * layout!.width + layout!.width, 0);
  disposeTree(params);
});
