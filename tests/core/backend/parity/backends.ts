import type { BackendName } from "../../../../core/backend/mod.ts";
import { adapterHint, findAdapter } from "../../../../core/backend/webgpu.ts";
import { BACKENDS } from "../../backends.ts";

type Compared = Exclude<BackendName, "auto" | "cpu">;

/** Where Linux keeps the descriptions of its Vulkan drivers. */
const VULKAN = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"] as const;

function isFilled(folder: string): boolean {
  try {
    return [...Deno.readDirSync(folder)].length > 0;
  } catch {
    return false;
  }
}

async function reasonToSkip(): Promise<string | undefined> {
  const adapter = await findAdapter();
  if (adapter === undefined) return `no adapter was found: ${adapterHint(Deno.build.os)}`;
  // Without Vulkan, OpenGL is emulated: equal results, twenty times slower.
  if (adapter.software && Deno.build.os === "linux" && !VULKAN.some(isFilled)) {
    return `${adapter.device} emulates OpenGL only, which takes minutes: ${adapterHint(Deno.build.os)}`;
  }
  return undefined;
}

async function withEmulated(): Promise<readonly Compared[]> {
  const others = BACKENDS.filter((name) => name !== "cpu" && name !== "webgpu") as Compared[];
  const reason = await reasonToSkip();
  if (reason === undefined) return [...others, "webgpu"];
  console.warn(`SKIP: the webgpu backend cannot be tested, ${reason}`);
  return others;
}

/** Backends that are compared with cpu; an emulated graphics adapter is good enough for that. */
export const COMPARED_BACKENDS: readonly Compared[] = await withEmulated();
