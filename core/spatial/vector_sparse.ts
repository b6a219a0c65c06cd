import { countTo, define, INT } from "../backend/simd/builder.ts";
import { assemble, type Code, type Func } from "../backend/simd/encode.ts";
import { VECTOR } from "../backend/simd/lanes.ts";

/** Columns of the dense factor that are worked on together: four vectors. */
export const WIDTH = 16;

const VECTORS = WIDTH / 4;
const VECTOR_BYTES = 16;
const ROW_SHIFT = Math.log2(4 * WIDTH);

const loadWord = (address: Code, offset: number): Code => [...address, 0x28, 2, offset];
const loadSplat = (address: Code): Code => [...address, 0xfd, 0x09, 2, 0];
const shiftLeft = (a: Code, bits: number): Code => [...a, ...INT.constant(bits), 0x74];

/**
 * `z += x' (x q + shift)` for sparse rows x and 16 columns of q, in one pass over the rows; `sums` grows by the rows of
 * `x q + shift`.
 *
 * `starts` to `end` holds where each row begins in `columns` and `values`, in bytes, and one more; `q` and `z` hold 16
 * values per column of x.
 */
export const normalRows: Func = define(
  "normalRows",
  {
    starts: "i32",
    end: "i32",
    columns: "i32",
    values: "i32",
    q: "i32",
    z: "i32",
    shift: "i32",
    sums: "i32",
  },
  ({ starts, end, columns, values, q, z, shift, sums }, { local }) => {
    const y = Array.from({ length: VECTORS }, () => local("v128"));
    const total = Array.from({ length: VECTORS }, () => local("v128"));
    const factor = local("v128");
    const [at, stop, place] = [local("i32"), local("i32"), local("i32")];
    const each = (make: (vector: number) => Code): Code => y.flatMap((_, vector) => make(vector));
    const part = (base: Code, vector: number): Code => INT.add(base, INT.constant(vector * VECTOR_BYTES));
    const alongValues = (dense: Code, use: Code): Code => [
      ...at.set(loadWord(starts.get, 0)),
      ...countTo(
        at,
        stop.get,
        INT.constant(4),
        place.set(INT.add(dense, shiftLeft(loadWord(INT.add(columns.get, at.get), 0), ROW_SHIFT))),
        factor.set(loadSplat(INT.add(values.get, at.get))),
        use,
      ),
    ];
    return [
      each((i) => total[i]!.set(VECTOR.load(part(sums.get, i)))),
      countTo(
        starts,
        end.get,
        INT.constant(4),
        stop.set(loadWord(starts.get, 4)),
        each((i) => y[i]!.set(VECTOR.load(part(shift.get, i)))),
        alongValues(
          q.get,
          each((i) => y[i]!.set(VECTOR.add(y[i]!.get, VECTOR.mul(factor.get, VECTOR.load(part(place.get, i)))))),
        ),
        each((i) => total[i]!.set(VECTOR.add(total[i]!.get, y[i]!.get))),
        alongValues(
          z.get,
          each((i) =>
            VECTOR.store(
              part(place.get, i),
              VECTOR.add(VECTOR.load(part(place.get, i)), VECTOR.mul(factor.get, y[i]!.get)),
            )
          ),
        ),
      ),
      each((i) => VECTOR.store(part(sums.get, i), total[i]!.get)),
    ];
  },
);

/** The kernel on a memory; arguments are byte offsets. */
export type NormalRows = (
  starts: number,
  end: number,
  columns: number,
  values: number,
  q: number,
  z: number,
  shift: number,
  sums: number,
) => void;

/**
 * Compile the kernel for a memory.
 *
 * @param memory The memory.
 * @returns The kernel.
 */
export function sparseKernel(memory: WebAssembly.Memory): NormalRows {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble([normalRows])), { env: { memory } });
  return (exports as unknown as { readonly normalRows: NormalRows }).normalRows;
}
