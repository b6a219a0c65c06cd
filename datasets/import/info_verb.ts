import { type Verb, verb } from "../verb.ts";
import { JSON_FLAG, SOURCE_FLAGS, sourceOptionsOf } from "./arguments.ts";
import { describeSource, formatInfo } from "./info.ts";
import { openSource } from "./recognise.ts";

/** `info PATH`. */
export const infoVerb: Verb = verb({
  usage: "info PATH",
  about: "print what a store, file or folder holds, without reading its matrices",
  flags: { ...SOURCE_FLAGS, ...JSON_FLAG },
}, async ([path], flags) => {
  using source = await openSource(path!, { ...sourceOptionsOf(flags), say: console.error });
  const info = describeSource(source);
  console.log(flags.json ? JSON.stringify(info) : formatInfo(info));
});
