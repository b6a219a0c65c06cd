import type { AnyPlugin } from "../core/mod.ts";

/** All plugins by name; a new one is its folder and one line here. */
export const PLUGINS: Readonly<Record<string, () => Promise<AnyPlugin>>> = Object.freeze({
  "cfm": async () => (await import("./cfm/mod.ts")).plugin,
  "geneflow": async () => (await import("./geneflow/mod.ts")).plugin,
  "gmflow": async () => (await import("./gmflow/mod.ts")).plugin,
  "nicheflow": async () => (await import("./nicheflow/mod.ts")).plugin,
  "sedr": async () => (await import("./sedr/mod.ts")).plugin,
  "spatia": async () => (await import("./spatia/mod.ts")).plugin,
  "spatia-encoder": async () => (await import("./spatia-encoder/mod.ts")).plugin,
  "stflow": async () => (await import("./stflow/mod.ts")).plugin,
});
