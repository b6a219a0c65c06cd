/** Types of the part of `@std/cli` that is used here; the npm build of it carries none. */
export function parseArgs(
  args: readonly string[],
  options: {
    readonly boolean: readonly string[];
    readonly string: readonly string[];
    readonly collect: readonly string[];
    readonly alias: Readonly<Record<string, string>>;
  },
): { readonly _: readonly (string | number)[]; readonly [flag: string]: unknown };
