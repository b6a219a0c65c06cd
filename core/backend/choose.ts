import { BackendError, isMorphogenError } from "../errors.ts";
import { tf } from "../tensor/tf.ts";
import { blasVersion } from "./blas_version.ts";
import { acceptEmpty } from "./empty.ts";
import type { BackendInfo, BackendName } from "./info.ts";
import { startNative } from "./native.ts";
import { startWasm } from "./wasm.ts";
import { type Adapter, findAdapter, startWebGpu } from "./webgpu.ts";

/** Where the faster backends are looked for. */
export interface Search {
  /** Finds a graphics adapter. */
  readonly adapter: () => Promise<Adapter | undefined>;
  /** BLAS libraries to try, in order; absent means the places usual on this system. */
  readonly libraries?: readonly string[];
}

type Start = (search: Search) => Promise<BackendInfo>;

async function webGpu({ adapter }: Search): Promise<BackendInfo> {
  const { device, software } = await startWebGpu(await adapter());
  const notes = software ? [`${device} is emulated by the processor: --backend native is faster`] : [];
  return { name: "webgpu", device, notes };
}

async function native({ libraries }: Search): Promise<BackendInfo> {
  const { library, device, threads } = await startNative(libraries);
  const version = blasVersion(library);
  return {
    name: "native",
    device: device === "" ? "processor" : `processor (${device} kernels)`,
    library,
    ...version === undefined ? {} : { version },
    ...threads > 0 ? { threads } : {},
    notes: [],
  };
}

async function wasm(): Promise<BackendInfo> {
  await startWasm();
  return { name: "wasm", device: "processor (WebAssembly, one thread)", notes: [] };
}

async function cpu(): Promise<BackendInfo> {
  await tf.setBackend("cpu");
  acceptEmpty("cpu");
  return { name: "cpu", device: "processor (JavaScript)", notes: ["the cpu backend is for tests: it is slow"] };
}

async function fastest(search: Search): Promise<BackendInfo> {
  const notes: string[] = [];
  const adapter = await search.adapter();
  const starts: readonly Start[] = [...adapter !== undefined && !adapter.software ? [webGpu] : [], native, wasm];
  for (const start of starts) {
    try {
      const info = await start(search);
      return { ...info, notes: [...notes, ...info.notes] };
    } catch (error) {
      if (!isMorphogenError(error, "BackendError")) throw error;
      notes.push(error.message);
    }
  }
  const info = await cpu();
  return { ...info, notes: [...notes, ...info.notes] };
}

const STARTS: Readonly<Record<BackendName, Start>> = { auto: fastest, webgpu: webGpu, native, wasm, cpu };

/**
 * Start a compute backend, looking for it where the caller says.
 *
 * @param name Backend to start.
 * @param search Where to look.
 * @returns What runs.
 * @throws {BackendError} If a backend asked for by name cannot start.
 */
export async function selectBackend(name: BackendName, search: Search): Promise<BackendInfo> {
  const start = STARTS[name];
  if (start === undefined) {
    throw new BackendError(`Cannot find backend "${name}": expected one of ${Object.keys(STARTS).join(", ")}`);
  }
  return Object.freeze(await start(search));
}

/**
 * Start a compute backend; every tensor made from now on lives there.
 *
 * `"auto"` takes WebGPU if there is a real graphics card, else a BLAS library, else WebAssembly, else plain JavaScript,
 * and notes why the faster ones were passed over. A backend asked for by name starts or throws.
 *
 * @example Usage
 * ```ts
 * import { chooseBackend, dataOf, dispose, matMul, ones } from "@morphogen/morphogen";
 *
 * await chooseBackend("cpu");
 * const a = ones([2, 3]);
 * const gram = matMul(a, a, false, true);
 * if ((await dataOf(gram)).join() !== "3,3,3,3") throw new Error("unexpected product");
 * dispose([a, gram]);
 * ```
 *
 * @param name Backend to start.
 * @returns What runs, for logs and results.
 * @throws {BackendError} If a backend asked for by name cannot start; the message says what to install.
 */
export async function chooseBackend(name: BackendName): Promise<BackendInfo> {
  return await selectBackend(name, { adapter: findAdapter });
}
