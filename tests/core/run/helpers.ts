import { type HostArray, hostArray } from "../../../core/host_array.ts";
import type { Tree } from "../../../core/tree.ts";

/** Run a test in a folder of its own; if it fails, that error is thrown even if the folder cannot be removed. */
export async function inTempFolder(fn: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "morphogen-" });
  try {
    await fn(folder);
  } catch (error) {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    throw error;
  }
  await Deno.remove(folder, { recursive: true });
}

/** Run a test on a file system of its own with little space; says loudly if this machine does not allow mounting. */
export async function onSmallDisk(size: string, fn: (folder: string) => Promise<void>): Promise<void> {
  await inTempFolder(async (folder) => {
    const mount = async (...args: readonly string[]): Promise<boolean> => {
      try {
        return (await new Deno.Command("mount", { args: [...args], stderr: "null" }).output()).success;
      } catch {
        return false;
      }
    };
    if (!await mount("-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder)) {
      console.warn("SKIP: mounting is not allowed here, the test on a small disk does not run");
      return;
    }
    try {
      await fn(folder);
    } finally {
      await new Deno.Command("umount", { args: [folder] }).output();
    }
  });
}

/** A small tree with lists, records and a scalar, filled with `value`. */
export function exampleTree(value: number): Tree<HostArray> {
  return {
    layers: [{ kernel: hostArray(new Float32Array(6).fill(value), [2, 3]) }, {
      kernel: hostArray(new Float32Array(3), [3]),
    }],
    scale: hostArray(Float32Array.of(value), []),
  };
}

/** Flip one byte of a file. */
export async function damage(path: string, at: number): Promise<void> {
  const bytes = await Deno.readFile(path);
  bytes[at < 0 ? bytes.length + at : at]! ^= 1;
  await Deno.writeFile(path, bytes);
}

/** Names in a folder, sorted. */
export async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return names.sort();
}
