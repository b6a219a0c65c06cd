import { assertEquals } from "../assert.ts";
import { SOURCES, withoutComments } from "./sources.ts";

const LONGEST = 500;
const LONG = 300;

interface Rule {
  /** What is forbidden. */
  readonly name: string;
  /** How it looks. */
  readonly pattern: RegExp;
  /** Whether comments count too. */
  readonly inComments: boolean;
  /** Files that may, with the reason. */
  readonly except: Readonly<Record<string, string>>;
}

const RULES: readonly Rule[] = [
  { name: "Math.random", pattern: /\bMath\.random\b/, inComments: false, except: {} },
  {
    name: "random numbers of tensorflow.js",
    pattern: /\btf\.(random|rand|multinomial|truncatedNormal|initializers)/,
    inComments: false,
    except: {},
  },
  { name: "the type any", pattern: /\bas any\b|: any\b|<any>/, inComments: false, except: {} },
  { name: "@ts-ignore", pattern: /@ts-(ignore|nocheck|expect-error)/, inComments: true, except: {} },
  { name: "deno-lint-ignore without a reason", pattern: /deno-lint-ignore(?!.* -- )/, inComments: true, except: {} },
  { name: "a whole file without lint", pattern: /deno-lint-ignore-file/, inComments: true, except: {} },
  { name: "a default export", pattern: /^export default\b/m, inComments: false, except: {} },
  { name: "debugger", pattern: /^\s*debugger\b/m, inComments: false, except: {} },
  { name: "an assertion of a test library", pattern: /@std\/assert/, inComments: false, except: {} },
];

for (const { name, pattern, inComments, except } of RULES) {
  Deno.test(`sources are free of ${name}`, () => {
    const found = SOURCES.filter(({ path, text }) => {
      return !(path in except) && pattern.test(inComments ? text : withoutComments(text));
    });
    assertEquals(found.map(({ path }) => path), []);
  });
}

Deno.test(`no source is longer than ${LONGEST} lines`, () => {
  const lengths = SOURCES.map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }));
  for (const { path, lines } of lengths) {
    if (lines > LONG && lines <= LONGEST) {
      console.warn(`${path} has ${lines} lines: a file of more than ${LONG} needs a reason`);
    }
  }
  assertEquals(lengths.filter(({ lines }) => lines > LONGEST), []);
});

Deno.test("file names are snake_case, plugin folders kebab-case, other folders lower-case", () => {
  const odd = SOURCES.map(({ path }) => path).filter((path) => {
    const folders = path.split("/");
    const file = folders.pop()!;
    if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*(\.d)?\.ts$/.test(file)) return true;
    return folders.some((folder, depth) => {
      if (depth === 1 && folders[0] === "plugins") return !/^(_template|[a-z][a-z0-9]*(-[a-z0-9]+)*)$/.test(folder);
      return !/^[a-z][a-z0-9_]*$/.test(folder);
    });
  });
  assertEquals(odd, []);
});

Deno.test("exported classes are errors, and only errors extend", () => {
  const classes = SOURCES.flatMap(({ path, text }) => {
    return [...withoutComments(text).matchAll(/^(?:export\s+)?(?:abstract\s+)?class\s+(\w+)(?:\s+extends\s+(\w+))?/gm)]
      .map(([, name, base]) => ({
        path,
        name,
        base,
      }));
  });
  assertEquals(classes.filter(({ base }) => base === undefined || !/Error$/.test(base)), []);
});

Deno.test("withoutComments() keeps what is quoted", () => {
  const text = 'const a = "// no"; // Math.random\n/* as any */ const b = `/* kept */`; const c = \'"\'; // x';
  assertEquals(withoutComments(text), 'const a = "// no"; \n const b = `/* kept */`; const c = \'"\'; ');
});
