import { BackendError } from "../errors.ts";
import { tf } from "../tensor/tf.ts";
import { acceptEmpty } from "./empty.ts";
import { withRuntimeFolder } from "./runtime_folder.ts";
import { acceptManyAxes } from "./webgpu_axes.ts";
import { guardDevice, type WebGpuBackend } from "./webgpu_device.ts";
import { keepOrder } from "./webgpu_order.ts";

/** A graphics adapter, as far as the choice of a backend needs it. */
export interface Adapter {
  /** Name to show. */
  readonly device: string;
  /** Whether the processor emulates it; correct, and far slower than the other backends. */
  readonly software: boolean;
}

const SOFTWARE = /llvmpipe|lavapipe|swiftshader|software|basic render/i;

async function requestAdapter(): Promise<Adapter | undefined> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  if (!adapter) return undefined;
  const { info } = adapter;
  const device = info.description || info.device || info.architecture || info.vendor || "unnamed adapter";
  const names = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`;
  return Object.freeze({ device, software: info.isFallbackAdapter === true || SOFTWARE.test(names) });
}

let found: Promise<Adapter | undefined> | undefined;

/**
 * Look for a graphics adapter; asked once, since drivers take their time to answer and some print what they miss.
 *
 * @returns The adapter, or `undefined` if there is none.
 */
export function findAdapter(): Promise<Adapter | undefined> {
  return found ??= withRuntimeFolder(requestAdapter);
}

/**
 * Say why there is no adapter, and what would bring one.
 *
 * @param os Operating system as Deno names it.
 * @returns One sentence.
 */
export function adapterHint(os: string): string {
  switch (os) {
    case "darwin":
      return "WebGPU looked for a Metal device, which every Mac since 2012 has outside of virtual machines";
    case "windows":
      return "WebGPU looked for Direct3D 12 and Vulkan devices: install the driver of the graphics card";
    default:
      return "WebGPU looked for Vulkan drivers in /usr/share/vulkan/icd.d and /etc/vulkan/icd.d, and for OpenGL ES: run " +
        "`apt-get install mesa-vulkan-drivers` (AMD, Intel, or emulated by the processor; NVIDIA's own driver brings " +
        "its file along)";
  }
}

let started = false;

async function start(adapter: Adapter): Promise<void> {
  await import("@tensorflow/tfjs-backend-webgpu");
  // Otherwise kernels run in JavaScript on small tensors that are not on the card yet: what is tested is what runs.
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  if (!await withRuntimeFolder(() => tf.setBackend("webgpu"))) {
    throw new BackendError(`Cannot start the webgpu backend on ${adapter.device}: run with --backend native`);
  }
  guardDevice(tf.backend() as unknown as WebGpuBackend, adapter.device);
  keepOrder();
  acceptEmpty("webgpu");
  acceptManyAxes();
  started = true;
}

/**
 * Start the WebGPU backend and make it current.
 *
 * @param adapter The adapter that was found, or `undefined` for none.
 * @returns The adapter it runs on.
 * @throws {BackendError} If there is no adapter or the backend does not start.
 */
export async function startWebGpu(adapter: Adapter | undefined): Promise<Adapter> {
  if (adapter === undefined) {
    throw new BackendError(
      `Cannot start the webgpu backend, no graphics adapter was found: ${adapterHint(Deno.build.os)}; or run with ` +
        "--backend native",
    );
  }
  if (started) await tf.setBackend("webgpu");
  else await start(adapter);
  return adapter;
}
