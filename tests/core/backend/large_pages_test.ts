import { preferLargePages } from "../../../core/backend/large_pages.ts";
import { assert, assertEquals } from "../../assert.ts";

Deno.test({
  name: "preferLargePages() marks memory for large pages",
  ignore: Deno.build.os !== "linux",
  fn: () => {
    const memory = new WebAssembly.Memory({ initial: 256, maximum: 65536 });
    const bytes = new Uint8Array(memory.buffer);
    const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
    assert(preferLargePages(address, bytes.length));
    const middle = address + BigInt(bytes.length / 2);
    const maps = Deno.readTextFileSync("/proc/self/smaps").split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/);
    const own = maps.find((map) => {
      const [from, to] = map.split(" ", 1)[0]!.split("-").map((hex) => BigInt(`0x${hex}`)) as [bigint, bigint];
      return from <= middle && middle < to;
    });
    // "hg" stands for the advice.
    assert(/^VmFlags:.* hg\b/m.test(own!), own!);
  },
});

Deno.test("preferLargePages() leaves memory without a whole large page alone", () => {
  assertEquals(preferLargePages(0n, 4096), false);
});
