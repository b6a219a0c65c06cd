import { BackendError } from "../errors.ts";
import { tf } from "../tensor/tf.ts";

/** What is stored for a tensor of the WebGPU backend. */
export interface DeviceEntry {
  /** Length of each axis. */
  readonly shape: number[];
  /** Type of the values. */
  readonly dtype: tf.DataType;
  /** Values that have not been uploaded, or that have been read. */
  readonly values: ArrayLike<number> | null | undefined;
  /** The buffer on the device, once there is one. */
  readonly resource?: GPUBuffer | null;
}

/** The part of the WebGPU backend that is watched over. */
export interface WebGpuBackend {
  /** The device. */
  readonly device: GPUDevice;
  /** What is stored for each tensor. */
  readonly tensorMap: { get(id: object): DeviceEntry };
  /**
   * Give a tensor its buffer, and upload its values if it has any.
   *
   * @param id The tensor.
   */
  uploadToGPU(id: object): void;
  /**
   * Read a tensor.
   *
   * @param id The tensor.
   * @returns Its values.
   */
  read(id: object): Promise<unknown>;
  /**
   * Free a tensor.
   *
   * @param id The tensor.
   */
  disposeData(id: object): void;
}

const MEBIBYTE = 2 ** 20;

/** A buffer that no kernel can bind would give zeros and an error that nobody sees. */
function guardSize(backend: WebGpuBackend, device: string): void {
  const { maxStorageBufferBindingSize, maxBufferSize } = backend.device.limits;
  const limit = Math.min(maxStorageBufferBindingSize, maxBufferSize);
  const upload = backend.uploadToGPU.bind(backend);
  backend.uploadToGPU = (id) => {
    const { shape, values, resource } = backend.tensorMap.get(id);
    const bytes = 4 * tf.util.sizeFromShape(shape);
    if (resource || !(bytes > limit)) return upload(id);
    // An output belongs to nobody yet.
    if (!values) backend.disposeData(id);
    throw new RangeError(
      `Cannot hold a tensor of shape [${shape}] on ${device}: its buffers end at ${
        Math.floor(limit / MEBIBYTE)
      } MiB, ` +
        "use smaller batches (train.accumulate sums their gradients)",
    );
  };
}

/**
 * WebGPU validates and allocates out of sight: a call that fails leaves zeros behind and an event. The next read after it
 * throws, so that no result of a failed step is taken for one.
 */
function surfaceErrors(backend: WebGpuBackend, device: string): void {
  let failure: string | undefined;
  backend.device.addEventListener("uncapturederror", (event) => {
    event.preventDefault();
    failure ??= (event as GPUUncapturedErrorEvent).error.message;
  });
  backend.device.lost.then(({ message }) => failure ??= `the device was lost, ${message}`);
  const read = backend.read.bind(backend);
  backend.read = async (id) => {
    const values = await read(id);
    if (failure === undefined) return values;
    const message = failure;
    failure = undefined;
    throw new BackendError(
      `Cannot go on with the webgpu backend on ${device}: ${message}; use smaller batches (train.accumulate) if memory ` +
        "ran out, or run with --backend native",
    );
  };
}

/**
 * Turn what the device would do silently into errors.
 *
 * @param backend The running backend.
 * @param device Name of the adapter.
 */
export function guardDevice(backend: WebGpuBackend, device: string): void {
  guardSize(backend, device);
  surfaceErrors(backend, device);
}
