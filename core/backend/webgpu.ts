import { BackendError } from "../errors.ts";
import { tf } from "../tensor/tf.ts";

/** A graphics adapter, as far as the choice of a backend needs it. */
export interface Adapter {
  /** Name to show. */
  readonly device: string;
  /** Whether the processor emulates it; correct, and far slower than the other backends. */
  readonly software: boolean;
}

const SOFTWARE = /llvmpipe|lavapipe|swiftshader|software|basic render/i;

/**
 * Look for a graphics adapter.
 *
 * @returns The adapter, or `undefined` if there is none.
 */
export async function findAdapter(): Promise<Adapter | undefined> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  if (!adapter) return undefined;
  const { info } = adapter;
  const device = info.description || info.device || info.architecture || info.vendor || "unnamed adapter";
  const names = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`;
  return { device, software: info.isFallbackAdapter === true || SOFTWARE.test(names) };
}

/**
 * Start the WebGPU backend and make it current.
 *
 * @returns The adapter it runs on.
 * @throws {BackendError} If there is no adapter or the backend does not start.
 */
export async function startWebGpu(): Promise<Adapter> {
  const adapter = await findAdapter();
  if (adapter === undefined) {
    throw new BackendError(
      "Cannot start the webgpu backend: no graphics adapter was found; install the graphics driver, or run with " +
        "--backend native",
    );
  }
  await import("@tensorflow/tfjs-backend-webgpu");
  if (!await tf.setBackend("webgpu")) {
    throw new BackendError(`Cannot start the webgpu backend on ${adapter.device}: run with --backend native`);
  }
  return adapter;
}
