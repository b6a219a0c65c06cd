import { tf } from "../tensor/tf.ts";

/** Inner size from which the package shares one product out over work groups that add up in the order they finish. */
const SHARED_OUT = 2000;

/** Tiles of 32 x 32 of the result up to which it does so, the most for any card. */
const FEW_TILES = 32;

/** Values of the result up to which it has another way, which keeps an order. */
const FEW_VALUES = 128;

/** Number of the program with small tiles, which is next best where there are few, and of the package's own choice. */
const SMALL_TILES = 2;
const OWN_CHOICE = -1;

/** Whether the package may share a product out. */
function isSharedOut(a: readonly number[], b: readonly number[], transposeA: boolean, transposeB: boolean): boolean {
  const [m, inner] = [a.at(transposeA ? -1 : -2)!, a.at(transposeA ? -2 : -1)!];
  const n = b.at(transposeB ? -2 : -1)!;
  const tiles = Math.ceil(m / 32) * Math.ceil(n / 32);
  const isSingle = [a, b].every((shape) => tf.util.sizeFromShape(shape.slice(0, -2)) === 1);
  return isSingle && inner >= SHARED_OUT && tiles <= FEW_TILES && m * n > FEW_VALUES;
}

/**
 * Make long products repeat to the bit: kernel gradients have one row of the batch per step of the inner size, so that
 * otherwise a run could not be repeated.
 */
export function keepOrder(): void {
  for (const kernelName of ["BatchMatMul", "_FusedMatMul"]) {
    const { kernelFunc } = tf.getKernel(kernelName, "webgpu");
    tf.unregisterKernel(kernelName, "webgpu");
    tf.registerKernel({
      kernelName,
      backendName: "webgpu",
      kernelFunc: (args) => {
        const { a, b } = args.inputs as unknown as Readonly<Record<"a" | "b", tf.TensorInfo>>;
        const { transposeA, transposeB } = args.attrs as unknown as Readonly<Record<string, boolean>>;
        if (!isSharedOut(a.shape, b.shape, transposeA === true, transposeB === true)) return kernelFunc(args);
        tf.env().set("WEBGPU_MATMUL_PROGRAM_TYPE", SMALL_TILES);
        try {
          return kernelFunc(args);
        } finally {
          tf.env().set("WEBGPU_MATMUL_PROGRAM_TYPE", OWN_CHOICE);
        }
      },
    });
  }
}
