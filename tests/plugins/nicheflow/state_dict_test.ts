import { entries, type HostArray } from "../../../core/mod.ts";
import { fromStateDict, toStateDict } from "../../../plugins/nicheflow/state_dict.ts";
import { assertEquals, assertStringIncludes } from "../../assert.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { formulaStateDict, LINES, vectors } from "./tiny.ts";

Deno.test("formulaStateDict() follows weight_formula", () => {
  assertStringIncludes(vectors.weight_formula.definition, "s = sin(0.7*(k+1) + 1.3*(i+1))");
  assertStringIncludes(vectors.weight_formula.definition, "w -> 0.3*s, gamma -> 1+0.1*s, beta -> 0.1*s");
  const dict = formulaStateDict([["a", [2, 2], "w"], ["b", [1], "gamma"], ["c", [2], "beta"]]);
  // i = 0, k = 3: 0.7 * 4 + 1.3; i = 1, k = 0: 0.7 + 2.6; i = 2, k = 1: 1.4 + 3.9.
  const got = [dict["a"]!.data[3]!, dict["b"]!.data[0]!, dict["c"]!.data[1]!];
  assertClose(got, [0.3 * Math.sin(4.1), 1 + 0.1 * Math.sin(3.3), 0.1 * Math.sin(5.3)], 1e-7);
});

Deno.test("fromStateDict() and toStateDict() keep names, shapes and bits of transformer_tiny", () => {
  const given = formulaStateDict(LINES.transformer);
  const params = fromStateDict(given);
  const names = Object.keys(given);
  assertEquals(entries<HostArray>(params).map(([path]) => path.replaceAll("/", ".")).sort(), names.toSorted());
  const back = toStateDict(params);
  assertEquals(Object.keys(back).sort(), names.toSorted());
  for (const [name, shape] of LINES.transformer) {
    assertEquals(back[name]!.shape, shape, name);
    assertEquals(back[name]!.data, given[name]!.data, name);
  }
});

Deno.test("fromStateDict() stores matrices as [in, out]", () => {
  const dict = formulaStateDict([["a.weight", [2, 3], "w"]]);
  const { data, shape } = (fromStateDict(dict) as { a: { weight: HostArray } }).a.weight;
  const [a, b, c, d, e, f] = dict["a.weight"]!.data;
  assertEquals(shape, [3, 2]);
  assertEquals([...data], [a, d, b, e, c, f]);
});
