import { assert, assertEquals } from "../assert.ts";
import { type Import, IMPORTS } from "./imports.ts";
import { SOURCES, withoutComments } from "./sources.ts";

/** Folders of core that may use packages. */
const PACKAGES_IN = ["core/config/", "core/tensor/", "core/backend/", "core/io/", "core/spatial/", "core/report/"];
/** Folders that may touch tensorflow.js; everyone else imports tensors from `core/tensor`. */
const TENSORFLOW_IN = ["core/tensor/", "core/backend/"];

function show({ from, to, typeOnly }: Import): string {
  return `${from} imports ${typeOnly ? "types of " : ""}${to}`;
}

/** Fail with one line per import that a rule forbids. */
function assertAll(imports: readonly Import[], allowed: (one: Import) => boolean): void {
  assert(imports.length > 0, "there is nothing to check");
  assertEquals(imports.filter((one) => !allowed(one)).map(show), []);
}

function within(folder: string): Import[] {
  return IMPORTS.filter(({ from }) => from.startsWith(folder));
}

/** `plugins/<name>/` of a path. */
function pluginFolder(path: string): string | undefined {
  return /^plugins\/[^/]+\//.exec(path)?.[0];
}

Deno.test("imports all resolve to files of the checkout, packages or built-ins", () => {
  const files = new Set(SOURCES.map(({ path }) => path));
  assertAll(IMPORTS, ({ to }) => files.has(to) || to.startsWith("npm:") || to.startsWith("node:"));
});

Deno.test("core imports core, node's built-ins, and packages in six folders only", () => {
  assertAll(within("core/"), ({ from, to }) => {
    if (to.startsWith("npm:")) return PACKAGES_IN.some((folder) => from.startsWith(folder));
    return to.startsWith("core/") || to.startsWith("node:");
  });
});

Deno.test("only core/tensor and core/backend import tensorflow.js", () => {
  assertAll(
    IMPORTS.filter(({ to }) => to.startsWith("npm:@tensorflow/")),
    ({ from }) => TENSORFLOW_IN.some((folder) => from.startsWith(folder)),
  );
});

Deno.test("only core/backend and core/parallel open native libraries", () => {
  const users = SOURCES.filter(({ text }) => withoutComments(text).includes("Deno.dlopen")).map(({ path }) => path);
  assert(users.length > 0, "the native backend opens one");
  assertEquals(users.filter((path) => !/^core\/(backend|parallel)\//.test(path)), []);
});

Deno.test("plugins import core/mod.ts and their own folder, never packages or each other", () => {
  assertAll(within("plugins/").filter(({ from }) => pluginFolder(from) !== undefined), ({ from, to }) => {
    return to === "core/mod.ts" || to.startsWith(pluginFolder(from)!);
  });
});

Deno.test("the registry of plugins imports each plugin when it is asked for", () => {
  assertAll(IMPORTS.filter(({ from }) => from === "plugins/registry.ts"), ({ to, typeOnly, lazy }) => {
    return to === "core/mod.ts" || (/^plugins\/[^/]+\/mod\.ts$/.test(to) && (lazy || typeOnly));
  });
});

Deno.test("data sets import core, their own folder and packages", () => {
  assertAll(within("datasets/"), ({ to }) => {
    return to.startsWith("core/") || to.startsWith("datasets/") || to.startsWith("npm:") || to.startsWith("node:");
  });
});

Deno.test("experiments import core, the registries, and of plugins only the types of configurations", () => {
  assertAll(within("experiments/"), ({ to, typeOnly }) => {
    if (pluginFolder(to) !== undefined) return typeOnly;
    if (to.startsWith("datasets/")) return typeOnly || to === "datasets/registry.ts" || to === "datasets/mod.ts";
    return to.startsWith("core/") || to === "plugins/registry.ts" || to.startsWith("experiments/") ||
      to.startsWith("node:") || to.includes("std/cli") || to.includes("deno-std");
  });
});

Deno.test("mod.ts imports core/mod.ts and nothing else", () => {
  assertEquals(IMPORTS.filter(({ from }) => from === "mod.ts").map(({ to }) => to), ["core/mod.ts"]);
});

Deno.test("nothing in core waits for itself: imports at run time have no cycle", () => {
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly, lazy } of IMPORTS) {
    if (!from.startsWith("core/") || !to.startsWith("core/") || typeOnly || lazy) continue;
    next.set(from, [...next.get(from) ?? [], to]);
  }
  assert(next.size > 0);
  const done = new Set<string>();
  const cycles: string[] = [];
  function visit(file: string, trail: readonly string[]): void {
    if (trail.includes(file)) {
      cycles.push([...trail.slice(trail.indexOf(file)), file].join(" -> "));
      return;
    }
    if (done.has(file)) return;
    for (const other of next.get(file) ?? []) visit(other, [...trail, file]);
    done.add(file);
  }
  for (const file of next.keys()) visit(file, []);
  assertEquals(cycles, []);
});
