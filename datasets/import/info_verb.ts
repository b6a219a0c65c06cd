import { printable } from "../../core/printable.ts";
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
  const say = (sentence: string): void => console.error(printable(sentence));
  using source = await openSource(path!, { ...sourceOptionsOf(flags), say });
  const info = describeSource(source);
  console.log(flags.json ? JSON.stringify(info) : printable(formatInfo(info)));
});
