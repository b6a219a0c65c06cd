import { openBlas } from "../../../core/backend/blas.ts";
import { type BackendName, chooseBackend } from "../../../core/backend/mod.ts";
import { startNative } from "../../../core/backend/native.ts";
import { findAdapter } from "../../../core/backend/webgpu.ts";
import { BackendError } from "../../../core/errors.ts";
import { dataOf, dispose, matMul, memory, tensor } from "../../../core/tensor/mod.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "../../assert.ts";
import { BACKENDS, forEachBackend } from "../backends.ts";

forEachBackend("chooseBackend() starts what it says", async (backend) => {
  const info = await chooseBackend(backend);
  assertEquals(info.name, backend);
  assert(info.device.length > 0);
  if (backend === "native") assert(info.library!.length > 0);
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
  const missing = ["/nowhere/libopenblas.so.0", "libnothing.so"];
  const error = assertThrows(() => openBlas(missing), BackendError, "/nowhere/libopenblas.so.0, libnothing.so");
  if (Deno.build.os === "linux") assertStringIncludes(error.message, "apt-get install libopenblas0-pthread");
  await assertRejects(() => startNative(missing), BackendError, "libnothing.so");
});

Deno.test("chooseBackend() says so if there is no graphics adapter", async () => {
  if (await findAdapter() !== undefined) return;
  await assertRejects(() => chooseBackend("webgpu"), BackendError, "no graphics adapter");
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
