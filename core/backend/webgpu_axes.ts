import { tf } from "../tensor/tf.ts";

/** The package's shaders of these kernels stop at four axes; `Tile` goes on in JavaScript, through a canvas to read. */
const MOST_AXES = 4;

type Inputs = Readonly<Record<string, tf.Tensor>>;
type Attributes = Readonly<Record<string, unknown>>;

/** A kernel for more axes, made of calls with two. */
interface Folded {
  /** Input whose axes count. */
  readonly input: string;
  /** The kernel. */
  readonly run: (inputs: Inputs, attributes: Attributes) => tf.Tensor;
}

/** View with one axis cut: `[what is before, the axis and what is behind]`. */
function cutAt(x: tf.Tensor, axis: number): { readonly rows: tf.Tensor2D; readonly inner: number } {
  const outer = tf.util.sizeFromShape(x.shape.slice(0, axis));
  const inner = tf.util.sizeFromShape(x.shape.slice(axis + 1));
  return { rows: tf.reshape(x, [outer, x.shape[axis]! * inner]), inner };
}

/** Apply a change of one axis after the other. */
function axisByAxis(
  x: tf.Tensor,
  changes: readonly (((x: tf.Tensor2D, inner: number) => tf.Tensor2D) | undefined)[],
): tf.Tensor {
  return changes.reduce<tf.Tensor>((out, change, axis) => {
    if (change === undefined) return out;
    const { rows, inner } = cutAt(out, axis);
    const changed = change(rows, inner);
    const length = changed.shape[1] / inner;
    return tf.reshape(changed, out.shape.with(axis, length));
  }, tf.clone(x));
}

const FOLDED: Readonly<Record<string, Folded>> = {
  // Values are chosen one by one, so the axes do not matter.
  Select: {
    input: "t",
    run: ({ condition, t, e }) => {
      const flat = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [-1]);
      return tf.reshape(tf.where(flat(condition!), flat(t!), flat(e!)), t!.shape);
    },
  },
  Tile: {
    input: "x",
    run: ({ x }, { reps }) =>
      axisByAxis(
        x!,
        (reps as readonly number[]).map((times) => times === 1 ? undefined : (rows) => tf.tile(rows, [1, times])),
      ),
  },
  PadV2: {
    input: "x",
    run: ({ x }, { paddings, constantValue }) =>
      axisByAxis(
        x!,
        (paddings as readonly (readonly [number, number])[]).map(([before, after]) =>
          before + after === 0
            ? undefined
            : (rows, inner) => tf.pad(rows, [[0, 0], [before * inner, after * inner]], constantValue as number)
        ),
      ),
  },
};

/** Replace the kernels of the WebGPU backend that stop at four axes by ones for any number. */
export function acceptManyAxes(): void {
  for (const [kernelName, { input, run }] of Object.entries(FOLDED)) {
    const { kernelFunc } = tf.getKernel(kernelName, "webgpu");
    tf.unregisterKernel(kernelName, "webgpu");
    tf.registerKernel({
      kernelName,
      backendName: "webgpu",
      kernelFunc: (args) => {
        const inputs = args.inputs as unknown as Inputs;
        if (inputs[input]!.shape.length <= MOST_AXES) return kernelFunc(args);
        return tf.tidy(() => run(inputs, args.attrs ?? {}));
      },
    });
  }
}
