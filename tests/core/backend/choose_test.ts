import { openBlas } from "../../../core/backend/blas.ts";
import { selectBackend } from "../../../core/backend/choose.ts";
import { type BackendName, chooseBackend } from "../../../core/backend/mod.ts";
import { startNative } from "../../../core/backend/native.ts";
import { adapterHint, findAdapter } from "../../../core/backend/webgpu.ts";
import { BackendError } from "../../../core/errors.ts";
import { dataOf, dispose, matMul, memory, tensor } from "../../../core/tensor/mod.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "../../assert.ts";
import { BACKENDS, forEachBackend } from "../backends.ts";

const MISSING = ["/nowhere/libopenblas.so.0", "libnothing.so"];

forEachBackend("chooseBackend() starts what it says", async (backend) => {
  const info = await chooseBackend(backend);
  assertEquals(info.name, backend);
  assert(info.device.length > 0);
  if (backend === "native") {
    assert(info.library!.length > 0);
    if (/openblas/i.test(info.library!)) {
      assert(/^OpenBLAS \d+\.\d+/.test(info.version!), `version ${info.version}`);
      assert(info.threads! >= 1);
    }
  }
  const x = tensor([1, 2, 3, 4], [2, 2]);
  const y = matMul(x, x);
  assertEquals(Array.from(await dataOf(y)), [7, 10, 15, 22]);
  dispose([x, y]);
});

Deno.test("chooseBackend() takes the fastest by default, never an emulated graphics card", async () => {
  const { name } = await chooseBackend("auto");
  assertEquals(name, BACKENDS.includes("webgpu") ? "webgpu" : BACKENDS.includes("native") ? "native" : "wasm");
});

Deno.test("chooseBackend() names the known backends for an unknown one", async () => {
  await assertRejects(() => chooseBackend("cuda" as BackendName), BackendError, "auto, webgpu, native, wasm, cpu");
});

Deno.test("openBlas() says what it looked for and how to install it", async () => {
  const error = assertThrows(() => openBlas(MISSING), BackendError, MISSING.join(", "));
  if (Deno.build.os === "linux") assertStringIncludes(error.message, "apt-get install libopenblas0-pthread");
  await assertRejects(() => startNative(MISSING), BackendError, "libnothing.so");
});

Deno.test("selectBackend() falls back to wasm without a library or an adapter, and notes what it looked for", async () => {
  const nothing = { adapter: () => Promise.resolve(undefined), libraries: MISSING };
  const { name, notes } = await selectBackend("auto", nothing);
  assertEquals(name, "wasm");
  assertStringIncludes(notes.join(), MISSING.join(", "));
  if (Deno.build.os === "linux") assertStringIncludes(notes.join(), "`apt-get install libopenblas0-pthread`");
  await assertRejects(() => selectBackend("native", nothing), BackendError, MISSING.join(", "));
  const error = await assertRejects(() => selectBackend("webgpu", nothing), BackendError, "no graphics adapter");
  assertStringIncludes(error.message, adapterHint(Deno.build.os));
});

Deno.test("selectBackend() passes an emulated adapter over, and takes it if asked for by name", async () => {
  const adapter = await findAdapter();
  const emulated = { adapter: () => Promise.resolve({ device: "a painter", software: true }), libraries: MISSING };
  assertEquals((await selectBackend("auto", emulated)).name, "wasm");
  if (adapter === undefined) return console.warn(`SKIP: no adapter is there: ${adapterHint(Deno.build.os)}`);
  const { name, device, notes } = await selectBackend("webgpu", emulated);
  assertEquals([name, device], ["webgpu", "a painter"]);
  assertStringIncludes(notes.join(), "a painter is emulated by the processor");
});

Deno.test("selectBackend() takes a graphics card before a library", async () => {
  if (await findAdapter() === undefined) {
    return console.warn(`SKIP: no adapter is there: ${adapterHint(Deno.build.os)}`);
  }
  const card = { adapter: () => Promise.resolve({ device: "a card", software: false }) };
  assertEquals(await selectBackend("auto", card), { name: "webgpu", device: "a card", notes: [] });
});

Deno.test("adapterHint() names a place and a command or driver for every system", () => {
  assertStringIncludes(adapterHint("linux"), "/usr/share/vulkan/icd.d");
  assertStringIncludes(adapterHint("linux"), "`apt-get install mesa-vulkan-drivers`");
  assertStringIncludes(adapterHint("darwin"), "Metal");
  assertStringIncludes(adapterHint("windows"), "driver of the graphics card");
});

Deno.test("backends keep their tensors apart and hand them over", async () => {
  const before = memory();
  await chooseBackend("cpu");
  const x = tensor([1, 2, 3, 4], [2, 2]);
  await chooseBackend("wasm");
  const y = matMul(x, x);
  await chooseBackend(BACKENDS.includes("native") ? "native" : "cpu");
  const z = matMul(y, x);
  assertEquals(Array.from(await dataOf(z)), [37, 54, 81, 118]);
  dispose([x, y, z]);
  assertEquals(memory(), before);
});

async function runWith(...permissions: string[]): Promise<{ name: string; notes: string[] }> {
  const root = new URL("../../../", import.meta.url);
  const program = `
    const { chooseBackend } = await import(${JSON.stringify(new URL("core/backend/mod.ts", root).href)});
    const { name, notes } = await chooseBackend("auto");
    console.log(JSON.stringify({ name, notes }));`;
  const args = ["run", "--no-prompt", "--config", new URL("deno.json", root).pathname, ...permissions, "-"];
  const child = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped", stderr: "null" }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  const { stdout } = await child.output();
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}

Deno.test({ name: "chooseBackend() falls back and notes why", ignore: BACKENDS.includes("webgpu") }, async () => {
  const { name, notes } = await runWith("--allow-read");
  assertEquals(name, "wasm");
  assertStringIncludes(notes.join(), "--allow-ffi");
});
