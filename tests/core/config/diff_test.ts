import { diffConfig } from "../../../core/config/mod.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("diffConfig() lists the paths that differ", () => {
  const a = { train: { lr: 1, steps: 2 }, dims: [1, 2], only: 1 };
  const b = { dims: [1, 3], train: { steps: 2, lr: 3 }, other: null };
  assertEquals(diffConfig(a, b), [
    { path: "dims", a: [1, 2], b: [1, 3] },
    { path: "only", a: 1, b: undefined },
    { path: "other", a: undefined, b: null },
    { path: "train.lr", a: 1, b: 3 },
  ]);
});

Deno.test("diffConfig() of equal configurations is empty", () => {
  assertEquals(diffConfig({ a: { b: [1], c: null } }, { a: { c: null, b: [1] } }), []);
  assertEquals(diffConfig({ a: { b: 1 } }, { a: 1 }), [{ path: "a", a: { b: 1 }, b: 1 }]);
});
