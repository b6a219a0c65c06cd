import {
  type ApplyContext,
  entries,
  type HostArray,
  rng,
  slice,
  type Tensor,
  tidy,
  toHost,
} from "../../../core/mod.ts";
import { disposeTree, leaves, unflatten } from "../../../core/tree.ts";
import type { Niche } from "../../../plugins/nicheflow/niche.ts";
import { fromStateDict, toStateDict } from "../../../plugins/nicheflow/state_dict.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { read } from "../../parity/tensors.ts";
import { assertClose, flat } from "../../vectors/arrays.ts";
import { formulaStateDict, LINES, NETWORK, tinySinglePoint, vectors } from "./tiny.ts";

const VECTOR = vectors.mlp_tiny;
const PLAIN: ApplyContext<Niche> = { train: false, rng: rng(0) };

forEachBackend("singlePointNetwork() reproduces mlp_tiny", async () => {
  await assertNoLeak(async () => {
    using tiny = tinySinglePoint();
    const got = await read(() => tiny.backbone.apply(tiny.params, tiny.xt, tiny.t, tiny.cond, PLAIN));
    assertClose(got.x!, flat(VECTOR.expected_x), NETWORK);
    assertClose(got.pos!, flat(VECTOR.expected_pos), NETWORK);
  });
});

forEachBackend("singlePointNetwork().init() makes the parameters of mlp_tiny", async () => {
  using tiny = tinySinglePoint();
  const params = tidy(() => tiny.backbone.init(rng(2)));
  const host = unflatten<Tensor, HostArray>(params, await Promise.all(leaves<Tensor>(params).map(toHost)));
  disposeTree(params);
  const dict = toStateDict(host);
  assertEquals(Object.keys(dict).sort(), LINES.singlePoint.map(([name]) => name).toSorted());
  for (const [name, shape] of LINES.singlePoint) assertEquals(dict[name]!.shape, shape, name);
  assertEquals(Object.values(dict).reduce((sum, { data }) => sum + data.length, 0), VECTOR.n_parameters);
});

Deno.test("fromStateDict() gives mlp_tiny the tree of singlePointNetwork().init()", () => {
  const tree = fromStateDict(formulaStateDict(LINES.singlePoint));
  assertEquals(
    entries<HostArray>(tree).map(([path]) => path),
    LINES.singlePoint.map(([name]) => name.replaceAll(".", "/")).sort(),
  );
});

forEachBackend("singlePointNetwork() refuses sets of different size", () => {
  using tiny = tinySinglePoint();
  const shorter = tidy(() => slice(tiny.xt.x, [0, 0, 0], [2, 2, 3]));
  assertThrows(
    () => tiny.backbone.apply(tiny.params, { ...tiny.xt, x: shorter }, tiny.t, tiny.cond, PLAIN),
    TypeError,
    "3 source cells but 2 target cells",
  );
  shorter.dispose();
});
