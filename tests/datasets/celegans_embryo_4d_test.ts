import { assert, assertEquals, assertGreater, assertLess, assertRejects } from "../assert.ts";
import { readPart } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import type { Categorical } from "../../core/io/anndata.ts";
import { readAnnData } from "../../core/io/anndata_reader.ts";
import { celegans } from "../../datasets/celegans_embryo_4d.ts";
import { founderOf, frameOfCount, motherOf, trueCoupling } from "../../datasets/celegans_lineage.ts";
import { listening } from "./helpers.ts";

const STORE = new URL("../../datasets/embedded/celegans-embryo-4d.zarr", import.meta.url);

/** Names and places of every frame of every embryo. */
async function frames(): Promise<ReadonlyMap<string, readonly { readonly name: string; readonly row: number }[]>> {
  const { obs: { columns } } = await readAnnData(STORE);
  const [embryo, cell] = [columns["embryo"] as Categorical, columns["cell"] as Categorical];
  const found = new Map<string, { name: string; row: number }[]>();
  (columns["frame"] as Int32Array).forEach((frame, row) => {
    const key = `${embryo.categories[embryo.codes[row]!]}/${frame}`;
    if (!found.has(key)) found.set(key, []);
    found.get(key)!.push({ name: cell.categories[cell.codes[row]!]!, row });
  });
  return found;
}

Deno.test("celegans.load() gives stages by number of nuclei and holds out the last day", async () => {
  const heard = listening();
  const data = await celegans.load(celegans.defaults, heard);
  assertEquals(data.spec.times.map(({ value }) => value), [51, 102, 200, 330]);
  assertEquals(data.sections.length, 28);
  for (const { rows, time, donor, name, split, labels } of data.sections) {
    const count = data.spec.times[time]!.value;
    assert(rows >= count && rows <= count + 6, `${name} has ${rows}`);
    assertEquals(split === "test", donor!.startsWith("20241108"));
    assertEquals(new Set(labels["cell"]).size, rows);
    labels["cell"]!.forEach((code, i) => {
      const [cell, founder] = [data.spec.labels["cell"]![code]!, data.spec.labels["founder"]![labels["founder"]![i]!]!];
      assertEquals(founderOf(cell), founder);
    });
  }
  assertEquals(heard.notes, []);
  const late = listening();
  const more = await celegans.load({ counts: [200, 395], holdOut: [] }, late);
  assertEquals(more.sections.length, 8);
  assertEquals(late.notes.length, 6);
  await assertRejects(() => celegans.load({ counts: [500, 600], holdOut: [] }, listening()), DataError, "500, 600");
  assertEquals(celegans.check({ counts: [51], holdOut: [] }), ["counts is [51], expected at least 2 rising numbers"]);
  assertEquals(celegans.check({ counts: [9, 9], holdOut: [] }).length, 1);
});

Deno.test("celegans embryos lie in one frame of the body: the same cell is at the same place", async () => {
  const data = await celegans.load(celegans.defaults, listening());
  for (let time = 0; time < 4; time++) {
    const sections = data.sections.filter((section) => section.time === time);
    const places = await Promise.all(sections.map(async (section) => {
      const { data: pos } = await readPart(section, "pos");
      return new Map(Array.from(section.labels["cell"]!, (cell, i) => [cell, pos.subarray(3 * i, 3 * i + 3)]));
    }));
    const off: number[] = [];
    for (const other of places.slice(1)) {
      for (const [cell, a] of places[0]!) {
        const b = other.get(cell);
        if (b !== undefined) off.push(Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!));
      }
    }
    assertGreater(off.length, 250);
    assertLess(off.sort((a, b) => a - b)[off.length >> 1]!, 60);
    for (const [section, at] of sections.map((section, i) => [section, places[i]!] as const)) {
      const mean = (axis: number, founders: string): number => {
        const cells = [...at].filter(([cell]) =>
          founders.split(" ").includes(founderOf(data.spec.labels["cell"]![cell]!))
        );
        return cells.reduce((sum, [, p]) => sum + p[axis]!, 0) / cells.length;
      };
      assertGreater(mean(0, "C D P"), mean(0, "ABal ABar") + 100, section.name);
      assertGreater(mean(1, "C"), mean(1, "E MS"), section.name);
    }
  }
});

Deno.test("trueCoupling() finds the mother or the cell itself in the frame before, close by", async () => {
  const found = await frames();
  const { obsm } = await readAnnData(STORE);
  const { data: pos } = obsm["spatial"]!;
  let [pairs, orphans, divisions] = [0, 0, 0];
  const moves: number[] = [];
  for (const [key, cells] of found) {
    const [embryo, frame] = key.split("/");
    const before = found.get(`${embryo}/${Number(frame) - 1}`);
    if (before === undefined) continue;
    const coupling = trueCoupling(before.map(({ name }) => name), cells.map(({ name }) => name));
    const children = new Map<number, number>();
    coupling.forEach((parent, i) => {
      pairs++;
      if (parent < 0) {
        orphans++;
        return;
      }
      children.set(parent, (children.get(parent) ?? 0) + 1);
      const [a, b] = [3 * before[parent]!.row, 3 * cells[i]!.row];
      moves.push(Math.hypot(pos[a]! - pos[b]!, pos[a + 1]! - pos[b + 1]!, pos[a + 2]! - pos[b + 2]!));
      const name = cells[i]!.name;
      assert(before[parent]!.name === name || motherOf(name) === before[parent]!.name, `${key} ${name}`);
    });
    for (const [parent, count] of children) {
      if (count > 1) divisions++;
      assert(count <= 2, `${key} ${before[parent]!.name} has ${count} daughters`);
    }
  }
  assertEquals(pairs, 146_224 - [...found].filter(([key]) => key.endsWith("/1")).reduce((s, [, c]) => s + c.length, 0));
  assertLess(orphans / pairs, 0.01);
  assertGreater(divisions, 7 * 300);
  assertLess(moves.sort((a, b) => a - b)[moves.length >> 1]!, 15);
});

Deno.test("motherOf() and founderOf() follow the invariant lineage", () => {
  assertEquals(["AB", "P1", "EMS", "MS", "E", "C", "D", "P4", "Z2", "ABal", "MSap", "Ea", "P0"].map(motherOf), [
    ...["P0", "P0", "P1", "EMS", "EMS", "P2", "P3", "P3", "P4", "ABa", "MSa", "E"],
    undefined,
  ]);
  assertEquals(["AB", "ABa", "ABalpp", "ABpr", "EMS", "Eal", "MSp", "Cap", "Dp", "P2", "P4", "Z3"].map(founderOf), [
    ...["AB", "ABa", "ABal", "ABpr", "EMS", "E", "MS", "C", "D", "P2", "P", "P"],
  ]);
  assertEquals([...trueCoupling(["ABa", "EMS", "P2"], ["ABalp", "Ea", "MS", "P3", "ABpl"])], [0, 1, 1, 2, -1]);
  assertEquals(frameOfCount([1, 1, 2, 2, 2, 3, 3, 3], 3), 2);
  assertEquals(frameOfCount([1, 1], 3), undefined);
});
