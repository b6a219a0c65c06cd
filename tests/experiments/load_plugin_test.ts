import { ConfigError } from "../../core/mod.ts";
import { loadPlugin } from "../../experiments/load_plugin.ts";
import { assertEquals, assertRejects } from "../assert.ts";

/** A module of some text, as a specifier. */
function moduleOf(text: string): string {
  return `data:text/javascript,${encodeURIComponent(text)}`;
}

/** A module that exports a plugin with some members changed. */
function pluginModule(change: string, rest = ""): string {
  const whole = `{ name: "mine", contract: 1, paper: { title: "t", authors: "a", url: "u" }, defaults: {}, ` +
    "check: () => [], build: () => { throw new Error(); } }";
  return moduleOf(`export const plugin = { ...${whole}, ...${change} };${rest}`);
}

const experiment = (change: string): string =>
  `export const experiments = [{ name: "mine-toy", description: "d", plugin: "mine", dataset: "toy-2d", settings: {}, ` +
  `...${change} }];`;

Deno.test("loadPlugin() takes a plugin, with its experiments if it has some", async () => {
  const alone = await loadPlugin(pluginModule("{}"));
  assertEquals([alone.plugin.name, alone.experiments], ["mine", []]);
  const { experiments } = await loadPlugin(pluginModule("{}", experiment("{}")));
  assertEquals(experiments.map(({ name }) => name), ["mine-toy"]);
});

const REFUSED: readonly (readonly [what: string, specifier: string, message: string])[] = [
  ["a file that is not there", "./nowhere/mod.ts", 'Cannot load plugin "./nowhere/mod.ts": Module not found'],
  ["a module that fails", moduleOf("throw new Error('no luck')"), "no luck"],
  ["a module without exports", moduleOf(""), 'expected an export named "plugin", found nothing'],
  [
    "a module with other exports",
    moduleOf("export const method = 1"),
    "found method; export the plugin under this name",
  ],
  ["a package of npm without one", "npm:fast-png@8.0.0", 'expected an export named "plugin", found '],
  [
    "a newer contract",
    pluginModule("{ contract: 2 }"),
    "written for contract 2, this version of Morphogen has contract 1; use a newer",
  ],
  [
    "no contract",
    pluginModule("{ contract: undefined }"),
    "contract undefined, this version of Morphogen has contract 1; adapt",
  ],
  [
    "a name of another form",
    pluginModule('{ name: "My Method" }'),
    'plugin.name is "My Method", expected a kebab-case',
  ],
  [
    "a name that is taken",
    pluginModule('{ name: "cfm" }'),
    'the name "cfm" is taken by another method of Morphogen; set plugin.name',
  ],
  ["no citation", pluginModule("{ paper: undefined }"), 'plugin "mine" lacks paper'],
  ["no defaults", pluginModule("{ defaults: undefined }"), 'plugin "mine" lacks defaults'],
  ["no check", pluginModule("{ check: undefined }"), 'plugin "mine" lacks check(config)'],
  ["no build", pluginModule("{ build: 1 }"), 'plugin "mine" lacks build(config, spec)'],
  [
    "experiments that are no list",
    pluginModule("{}", "export const experiments = {};"),
    'the export "experiments" is no list',
  ],
  ["an experiment that is none", pluginModule("{}", "export const experiments = [1];"), '"experiments" holds 1'],
  [
    "an experiment without a name",
    pluginModule("{}", experiment("{ name: undefined }")),
    "an experiment is called undefined",
  ],
  ["an experiment of a taken name", pluginModule("{}", experiment('{ name: "cfm-toy" }')), 'name "cfm-toy" is taken'],
  [
    "an experiment of another plugin",
    pluginModule("{}", experiment('{ plugin: "cfm" }')),
    'is of plugin "cfm", expected "mine"',
  ],
  ["an experiment without data", pluginModule("{}", experiment("{ dataset: undefined }")), "lacks dataset; add it"],
  [
    "an experiment without settings",
    pluginModule("{}", experiment("{ settings: undefined }")),
    "lacks settings; add it",
  ],
];

for (const [what, specifier, message] of REFUSED) {
  Deno.test(`loadPlugin() refuses ${what}, and says what to change`, async () => {
    await assertRejects(() => loadPlugin(specifier), ConfigError, message);
  });
}
