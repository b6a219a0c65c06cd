import { multiplyPanel, packPanel } from "../backend/simd/product.ts";
import { assemble } from "../backend/simd/encode.ts";

/**
 * A single-precision matrix product on host arrays, all row-major.
 *
 * @param sizes `c` is `[m, n]`, the inner size is `k`.
 * @param transposeA Whether `a` is stored `[k, m]`, else `[m, k]`.
 * @param a Left factor.
 * @param b Right factor, `[k, n]`.
 * @param c Receives the product.
 */
export type HostProduct = (
  sizes: { readonly m: number; readonly n: number; readonly k: number },
  transposeA: boolean,
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
) => void;

/** Columns of a panel, fixed by the kernel. */
const PANEL = 8;
/** Inner size worked through at a time: a panel stays in the first cache. */
const INNER = 256;
/** Values of the tile behind the panel. */
const TILE = 4 * PANEL;

const PAGE = 65536;
const BYTES = 4;

interface Kernels {
  readonly packPanel: (
    b: number,
    rowStride: number,
    columnStride: number,
    panel: number,
    k: number,
    columns: number,
  ) => void;
  readonly multiplyPanel: (
    a: number,
    rowStride: number,
    columnStride: number,
    panel: number,
    c: number,
    strideC: number,
    m: number,
    k: number,
    columns: number,
    tile: number,
  ) => void;
}

let running: { readonly memory: WebAssembly.Memory; readonly kernels: Kernels } | undefined;

function start(): { readonly memory: WebAssembly.Memory; readonly kernels: Kernels } {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = new WebAssembly.Module(assemble([packPanel, multiplyPanel]));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return Object.freeze({ memory, kernels: exports as unknown as Kernels });
}

/**
 * Multiply by vector instructions of WebAssembly, for machines without a BLAS library at hand.
 *
 * @param sizes Sizes of the factors and the product.
 * @param transposeA Whether `a` is stored transposed.
 * @param a Left factor.
 * @param b Right factor.
 * @param c Receives the product.
 */
export const vectorProduct: HostProduct = ({ m, n, k }, transposeA, a, b, c) => {
  running ??= start();
  const { memory, kernels } = running;
  const panel = 0;
  const tile = panel + BYTES * INNER * PANEL;
  const [atA, atB, atC] = [tile + BYTES * TILE, tile + BYTES * (TILE + m * k), tile + BYTES * (TILE + m * k + k * n)];
  const missing = Math.ceil((atC + BYTES * m * n - memory.buffer.byteLength) / PAGE);
  if (missing > 0) memory.grow(missing);
  const heap = new Float32Array(memory.buffer);
  heap.set(a.subarray(0, m * k), atA / BYTES);
  heap.set(b.subarray(0, k * n), atB / BYTES);
  heap.fill(0, atC / BYTES, atC / BYTES + m * n);
  const [rowA, columnA] = transposeA ? [BYTES, BYTES * m] : [BYTES * k, BYTES];
  for (let done = 0; done < k; done += INNER) {
    const inner = Math.min(INNER, k - done);
    for (let j = 0; j < n; j += PANEL) {
      const columns = Math.min(PANEL, n - j);
      kernels.packPanel(atB + BYTES * (done * n + j), BYTES * n, BYTES, panel, inner, columns);
      kernels.multiplyPanel(
        atA + done * columnA,
        rowA,
        columnA,
        panel,
        atC + BYTES * j,
        BYTES * n,
        m,
        inner,
        columns,
        tile,
      );
    }
  }
  c.set(heap.subarray(atC / BYTES, atC / BYTES + m * n));
};
