import { entries, type HostArray, rng, type Tensor, tidy, toHost } from "../../../core/mod.ts";
import { disposeTree, leaves, unflatten } from "../../../core/tree.ts";
import { toStateDict } from "../../../plugins/nicheflow/state_dict.ts";
import { effectiveWidth, nicheTransformer } from "../../../plugins/nicheflow/transformer.ts";
import { assert, assertEquals } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { LINES, TINY_SIZES, vectors } from "./tiny.ts";

Deno.test("effectiveWidth() reproduces embed_dim_rounding", () => {
  for (const { requested, heads, actual, slot, head_dim } of vectors.embed_dim_rounding) {
    const width = effectiveWidth(requested, heads);
    assertEquals([width, width / 3, width / heads], [actual, slot, head_dim]);
  }
});

/** Paths of the leaves in the order in which records were written down, which `entries` does not keep. */
function declared(tree: unknown, path = ""): string[] {
  if (typeof tree !== "object" || tree === null || "dataId" in tree) return [path];
  return Object.entries(tree).flatMap(([key, child]) => declared(child, path === "" ? key : `${path}.${key}`));
}

forEachBackend("nicheTransformer() starts with the parameters of transformer_tiny in their order", async () => {
  await assertNoLeak(async () => {
    const params = tidy(() => nicheTransformer(TINY_SIZES).init(rng(1)));
    const host = unflatten<Tensor, HostArray>(params, await Promise.all(leaves<Tensor>(params).map(toHost)));
    const dict = toStateDict(host);
    assertEquals(declared(params), LINES.transformer.map(([name]) => name));
    for (const [name, shape] of LINES.transformer) assertEquals(dict[name]!.shape, shape, name);
    assertEquals(
      Object.values(dict).reduce((sum, { data }) => sum + data.length, 0),
      vectors.transformer_tiny.n_parameters,
    );
    disposeTree(params);
  });
});

/** Bound of the uniform start of a parameter in PyTorch, or the constant it starts with. */
function startOf(name: string, width: number): { readonly bound: number } | { readonly constant: number } {
  const [layer, kind] = [name.split(".").at(-2)!, name.split(".").at(-1)!];
  if (layer.startsWith("ln_")) return { constant: kind === "weight" ? 1 : 0 };
  if (kind === "in_proj_weight") return { bound: Math.sqrt(6 / (width + 3 * width)) };
  if (kind === "in_proj_bias" || (layer === "out_proj" && kind === "bias")) return { constant: 0 };
  const fanIn = LINES.transformer.find(([other]) => other === name.replace(/bias$/, "weight"))![1][1]!;
  return { bound: 1 / Math.sqrt(fanIn) };
}

forEachBackend("nicheTransformer().init() starts as PyTorch does", async () => {
  const params = tidy(() => nicheTransformer(TINY_SIZES).init(rng(5)));
  for (const [path, leaf] of entries<Tensor>(params)) {
    const name = path.replaceAll("/", ".");
    const values = (await toHost(leaf)).data;
    const start = startOf(name, TINY_SIZES.embed);
    if ("constant" in start) {
      assert(values.every((value) => value === start.constant), name);
      continue;
    }
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    assert(largest <= start.bound, `${name} reaches ${largest}, beyond ${start.bound}`);
    if (values.length < 40) continue;
    // Of n uniform draws the largest is above 0.8 of the bound but for 0.8^n; the mean square is a third of its square.
    assert(largest > 0.8 * start.bound, `${name} reaches only ${largest} of ${start.bound}`);
    const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    assert(Math.abs(square / start.bound ** 2 - 1 / 3) < 0.15, `${name} has mean square ${square}`);
  }
  disposeTree(params);
});
