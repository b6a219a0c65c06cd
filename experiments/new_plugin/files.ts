import type { PluginNames } from "./names.ts";

/** Sizes at which the contract tests try the template: a second a backend. */
export const SMALL = "{ batch: 8, network: { hidden: 8, blocks: 1, timeDim: 4 }, sampling: { points: 3, cells: 9 } }";

/** Permissions that training needs; without `--allow-run` a plugin cannot start other programs. */
const TRAIN = "--allow-read --allow-write --allow-ffi --allow-env --allow-sys --allow-net";

/** Checks of the network, indented by `indent`. */
function networkChecks({ camel, constant }: PluginNames, indent: string): string {
  return [
    "backboneChecks({",
    `  name: "${camel}Network",`,
    `  backbone: ${camel}Network({ ...${constant}_DEFAULTS.network, hidden: 8 }, 3) as Backbone,`,
    "  prior: gaussianPrior(),",
    "  batch: () => Promise.resolve(ownBatch({ target: { x: zeros([4, 3]) }, cond: {} })),",
    "  single: () => Promise.resolve(ownBatch({ target: { x: zeros([1, 3]) }, cond: {} })),",
    "})",
  ].join(`\n${indent}`);
}

/** Tests of a standalone package. */
export function packageTest(names: PluginNames): string {
  return `import { type Backbone, gaussianPrior, ownBatch, zeros } from "@morphogen/morphogen";
import { backboneChecks, onEveryBackend, pluginChecks, usableBackends } from "@morphogen/morphogen/testing";
import { ${names.constant}_DEFAULTS } from "./config.ts";
import { plugin } from "./mod.ts";
import { ${names.camel}Network } from "./network.ts";

const config = ${SMALL};
const checks = [
  ...pluginChecks(plugin, { config }),
  ...${networkChecks(names, "  ")},
];
for (const { name, run } of onEveryBackend(checks, await usableBackends())) Deno.test(name, run);
`;
}

/** Tests of a plugin of the repository; the plugin itself is tested with the others. */
export function repositoryTest(names: PluginNames): string {
  return `import { type Backbone, gaussianPrior, ownBatch, zeros } from "../../../core/mod.ts";
import { backboneChecks } from "../../../core/testing/mod.ts";
import { ${names.constant}_DEFAULTS } from "../../../plugins/${names.kebab}/config.ts";
import { ${names.camel}Network } from "../../../plugins/${names.kebab}/network.ts";
import { contractTests } from "../../contract/register.ts";

contractTests(${networkChecks(names, "")});
`;
}

/** The experiment of a plugin of the repository, on data that ship with it. */
export function repositoryExperiment({ kebab, camel }: PluginNames): string {
  return `import type { Experiment } from "./experiment.ts";

/** A first run on the cells of a culture at four times, in 10 latent features that ship with the project. */
export const ${camel}Emt: Experiment = {
  name: "${kebab}-emt",
  description: "${kebab}: cells of a culture, in 10 latent features that ship with the project",
  plugin: "${kebab}",
  dataset: "emt-tgfb1-latent",
  settings: { train: { steps: 1000, lr: 2e-3, schedule: "cosine", warmup: 50, ema: 0.99, checkpointEvery: 500 } },
};
`;
}

/** The experiments of a standalone package. */
export function packageExperiments({ kebab }: PluginNames): string {
  return `import type { Experiment } from "@morphogen/morphogen/experiments";

/** What \`deno task exp --list\` shows of this package: a first run on points in the plane. */
export const experiments: readonly Experiment[] = Object.freeze([{
  name: "${kebab}-toy",
  description: "${kebab}: synthetic points in the plane",
  plugin: "${kebab}",
  dataset: "toy-2d",
  settings: { train: { steps: 1000, lr: 2e-3, schedule: "cosine", warmup: 50, ema: 0.99, checkpointEvery: 500 } },
}]);
`;
}

/** How a standalone package finds Morphogen, and what its tasks may do. */
export function packageConfig({ kebab }: PluginNames, version: string, link: string | undefined): string {
  const config = {
    name: `@your-scope/${kebab}`,
    version: "0.1.0",
    license: "MIT",
    exports: "./mod.ts",
    ...(link === undefined ? {} : { links: [link] }),
    imports: { "@morphogen/morphogen": `jsr:@morphogen/morphogen@^${version}` },
    compilerOptions: { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    fmt: { lineWidth: 120 },
    tasks: {
      exp: `deno run --quiet ${TRAIN} @morphogen/morphogen/exp --plugin ./mod.ts`,
      test: "deno test --allow-read --allow-ffi --allow-env --allow-sys",
    },
    publish: { exclude: ["mod_test.ts", "runs/"] },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** What a standalone package adds to the template's README. */
export function packageReadme({ kebab }: PluginNames): string {
  return `
## Use it

\`\`\`sh
deno task test                   # the contract tests of Morphogen on this plugin
deno task exp --list             # this package's experiments, then Morphogen's
deno task exp ${kebab}-toy
deno publish --dry-run           # put your scope into deno.json first
\`\`\`

To work against a checkout of Morphogen instead of the published package, name its folder in \`deno.json\`:
\`"links": ["../morphogen"]\`. From the checkout, \`--plugin PATH/mod.ts\` brings this package into \`deno task exp\`.
`;
}

/** What a plugin of the repository adds to the template's README. */
export function repositoryReadme({ kebab }: PluginNames): string {
  return `
\`\`\`sh
deno task exp ${kebab}-emt
\`\`\`
`;
}
