import type { Study, StudyRun } from "./experiment.ts";

const SEEDS = [1, 2, 3, 4, 5] as const;

const FORMS = ["plain", "skip", "wide"] as const;

/** The network of each form, as `gmflow-embedded` has it for GMFlow. */
const NETWORK: Readonly<Record<(typeof FORMS)[number], readonly string[]>> = {
  plain: ["plugin.config.network.hidden=16"],
  skip: ["plugin.config.network.hidden=16", "plugin.config.network.skip=true"],
  wide: ["plugin.config.network.hidden=128"],
};

/** Flow matching with GMFlow's trunk, batch and conditioning; 16 network calls, and 256 beside. */
const FLOW_MATCHING = (conditioning: string): readonly string[] => [
  "plugin.name=cfm",
  "plugin.config.condition=time",
  `plugin.config.stageConditioning=${conditioning}`,
  "plugin.config.batch=1024",
  "plugin.config.network.layers=2",
  "plugin.config.sampling.solver=euler",
  "plugin.config.sampling.points=17",
  "plugin.config.sampling.controls=[257]",
  "plugin.config.sampling.cells=5000",
];

/** Models that take about equally long. */
const MODELS = (matching: readonly string[]): readonly Omit<StudyRun, "seed">[] => [
  ...FORMS.flatMap((form) => [
    { name: `gmflow ${form}`, set: [`preset=${form}`] },
    { name: `cfm ${form}`, set: [`preset=${form}`, ...matching, ...NETWORK[form]] },
  ]),
  { name: "gmflow skip, one component", set: ["preset=skip", "plugin.config.components=1"] },
];

/**
 * Every model with each seed in turn, so that an interrupted study compares equals; transport takes longest.
 *
 * @param conditioning How stages condition both networks.
 * @returns The runs.
 */
export function formRuns(conditioning: string): readonly StudyRun[] {
  const matching = FLOW_MATCHING(conditioning);
  const transport = {
    name: "cfm skip, transport pairing",
    set: ["preset=skip", ...matching, ...NETWORK.skip, "plugin.config.coupling=exact"],
  };
  return [
    ...SEEDS.flatMap((seed) => MODELS(matching).map((model) => ({ ...model, seed }))),
    ...SEEDS.map((seed) => ({ ...transport, seed })),
  ];
}

/** GMFlow and flow matching in three forms of network over five seeds, with what tells steps and components apart. */
export const gmflowForms: Study = {
  name: "gmflow-forms",
  description: "GMFlow beside flow matching, three networks, five seeds: 40 resumable runs and a table",
  experiment: "gmflow-embedded",
  runs: formRuns("continuous"),
};
