import { assertEquals } from "../assert.ts";
import { ROOT, SOURCES } from "./sources.ts";

/** Imports module after module with no permission but to read, and notes what else happens. */
const PROGRAM = `
const [root, ...paths] = Deno.args;
const notes = [];
let current = "";
for (const method of ["log", "info", "warn", "error", "debug", "trace"]) {
  console[method] = (...words) => notes.push(current + " writes " + JSON.stringify(words.join(" ").slice(0, 120)));
}
for (const name of ["setTimeout", "setInterval"]) {
  const original = globalThis[name];
  globalThis[name] = (...args) => {
    notes.push(current + " starts a timer");
    return original(...args);
  };
}
const { tf } = await import(root + "core/tensor/tf.ts");
for (const path of paths) {
  current = path;
  try {
    await import(root + path);
  } catch (error) {
    notes.push(path + " throws " + error);
  }
  const { numTensors } = tf.engine().state;
  if (numTensors > 0) notes.push(path + " makes " + numTensors + " tensors");
  if (Object.keys(tf.engine().registry).length > 0) {
    notes.push(path + " starts a backend");
    break;
  }
}
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(notes)));
`;

Deno.test("importing any module prints nothing, starts nothing and needs no permission", async () => {
  const paths = SOURCES.map(({ path }) => path).filter((path) => !path.endsWith(".d.ts"));
  const program = await Deno.makeTempFile({ suffix: ".js" });
  try {
    await Deno.writeTextFile(program, PROGRAM);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--no-check",
        "--quiet",
        `--allow-read=${ROOT.pathname}`,
        "--config",
        new URL("deno.json", ROOT).pathname,
        program,
        ROOT.href,
        ...paths,
      ],
    }).output();
    const text = new TextDecoder();
    assertEquals(text.decode(stderr), "");
    assertEquals(JSON.parse(text.decode(stdout)), []);
  } finally {
    await Deno.remove(program);
  }
});
