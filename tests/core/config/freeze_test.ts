import { freezeDeep } from "../../../core/config/mod.ts";
import { assert, assertThrows } from "../../assert.ts";

Deno.test("freezeDeep() freezes every level and leaves typed arrays alone", () => {
  const config = freezeDeep({ train: { lr: 1, list: [{ a: 1 }] }, values: new Float32Array(2) });
  assertThrows(() => Object.assign(config.train, { lr: 2 }), TypeError);
  assert(Object.isFrozen(config.train.list[0]));
  config.values[0] = 3;
  assert(config.values[0] === 3);
});
