import { printable } from "../../core/printable.ts";
import { type Verb, verb } from "../verb.ts";
import { JSON_FLAG, SOURCE_FLAGS, sourceOptionsOf } from "./arguments.ts";
import { progressLine } from "./progress.ts";
import { openSource } from "./recognise.ts";
import { validateSource } from "./validate.ts";

/** `validate PATH`. */
export const validateVerb: Verb = verb({
  usage: "validate PATH",
  about: "check a store, file or folder, every value of it, and name the first thing wrong",
  flags: {
    ...SOURCE_FLAGS,
    "spatial": { kind: "switch", help: "missing coordinates are an error" },
    ...JSON_FLAG,
  },
}, async ([path], flags) => {
  using line = progressLine("checking", "rows");
  using source = await openSource(path!, { ...sourceOptionsOf(flags), say: line.say });
  const notes: string[] = [];
  await validateSource(source, {
    spatial: flags.spatial,
    progress: line.report,
    note: (sentence) => {
      notes.push(sentence);
      line.say(sentence);
    },
  });
  const { location, obs, var: { index } } = source;
  const result = { path: location, valid: true, cells: obs.index.length, features: index.length, notes };
  console.log(
    flags.json
      ? JSON.stringify(result)
      : printable(`${location} is valid: ${result.cells} cells x ${result.features} features`),
  );
});
