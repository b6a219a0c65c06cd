import { ConfigError } from "../../core/errors.ts";

/** A plugin's name in the forms that its files use. */
export interface PluginNames {
  /** Command line and folders: `my-method`. */
  readonly kebab: string;
  /** Files and test folders: `my_method`. */
  readonly snake: string;
  /** Functions and values: `myMethod`. */
  readonly camel: string;
  /** Types: `MyMethod`. */
  readonly pascal: string;
  /** Constants: `MY_METHOD`. */
  readonly constant: string;
}

/** Words that TypeScript keeps for itself and that a one-word plugin would otherwise use as a value. */
const RESERVED = [
  ...["await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else"],
  ...["enum", "export", "extends", "false", "finally", "for", "function", "if", "import", "in", "instanceof", "let"],
  ...["new", "null", "plugin", "return", "static", "super", "switch", "template", "this", "throw", "true", "try"],
  ...["typeof", "var", "void", "while", "with", "yield"],
];

/** Longest name: longer ones do not fit the lines of the sources. */
const LONGEST = 18;

/**
 * Check the name of a new plugin and write it in all forms.
 *
 * @param name Name as it was typed.
 * @returns Its forms.
 * @throws {ConfigError} If it is not kebab-case, is a reserved word, or is too long.
 */
export function pluginNames(name: string): PluginNames {
  const refuse = (reason: string): never => {
    throw new ConfigError(`Cannot name a plugin "${name}": ${reason}, expected one like "my-method"`);
  };
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    refuse("names are lower-case letters and digits that begin with a letter, words joined by single hyphens");
  }
  if (RESERVED.includes(name)) refuse("the word is reserved");
  if (name.length > LONGEST) refuse(`it has ${name.length} characters, at most ${LONGEST} are possible`);
  const words = name.split("-");
  const pascal = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("");
  return Object.freeze({
    kebab: name,
    snake: words.join("_"),
    camel: pascal[0]!.toLowerCase() + pascal.slice(1),
    pascal,
    constant: words.join("_").toUpperCase(),
  });
}

/** Put the names of an import that stands in one line in the order that the formatter wants. */
function sortedImport(_: string, list: string): string {
  const key = (name: string): string => name.trim().replace(/^type /, "").toLowerCase();
  const names = list.split(",").map((name) => name.trim()).sort((a, b) => key(a) < key(b) ? -1 : 1);
  return `import { ${names.join(", ")} } from`;
}

/**
 * Write a text of the template for another plugin.
 *
 * @param text Text in which the plugin is called `template`, `Template` or `TEMPLATE`.
 * @param names Forms of the new name.
 * @returns The text with the new name.
 */
export function renamed(text: string, { kebab, camel, pascal, constant }: PluginNames): string {
  return text
    .replaceAll("TEMPLATE", constant)
    .replaceAll("Template", pascal)
    .replaceAll(/template(?=[A-Z])/g, camel)
    .replaceAll(/\btemplate\b/g, kebab)
    .replaceAll(/import \{ ([^}\n]*) \} from/g, sortedImport);
}
