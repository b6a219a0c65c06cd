import { tf } from "../tensor/tf.ts";

type Inputs = Readonly<Record<string, tf.Tensor>>;
type Attributes = Readonly<Record<string, unknown>>;

/** What an empty operand makes of an operation; `undefined` leaves it to the backend. */
type OfEmpty = (inputs: Inputs, attributes: Attributes) => tf.Tensor | undefined;

function isEmpty({ shape }: tf.Tensor): boolean {
  return shape.includes(0);
}

/** Sums and extrema over no values are the neutral element. */
function reduction(neutral: number): OfEmpty {
  return ({ x }, { axis, reductionIndices, keepDims }) => {
    if (!isEmpty(x!)) return undefined;
    const axes = tf.util.parseAxisParam((reductionIndices ?? axis) as number | number[], x!.shape);
    const kept = x!.shape.flatMap((size, i) => axes.includes(i) ? (keepDims === true ? [1] : []) : [size]);
    return tf.fill(kept, neutral, x!.dtype === "bool" ? "int32" : x!.dtype as "float32" | "int32");
  };
}

/** A product is empty if an outer size is 0, and zero if only the inner one is. */
const product: OfEmpty = ({ a, b, bias }, { transposeA, transposeB }) => {
  if (!isEmpty(a!) && !isEmpty(b!)) return undefined;
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
  const shape = [...batch, a!.shape.at(transposeA === true ? -1 : -2)!, b!.shape.at(transposeB === true ? -2 : -1)!];
  const zeros = tf.zeros(shape);
  return bias === undefined || isEmpty(zeros) ? zeros : tf.add(zeros, bias);
};

const concatenation: OfEmpty = (inputs, { axis }) => {
  const parts = Object.values(inputs);
  if (!parts.every(isEmpty)) return undefined;
  const [at] = tf.util.parseAxisParam(axis as number, parts[0]!.shape) as [number];
  const shape = tf.backend_util.computeOutShape(parts.map((part) => part.shape), at);
  return tf.zeros(shape, parts[0]!.dtype as "float32" | "int32");
};

const broadcast: OfEmpty = ({ x }, { to }) => {
  const shape = [...to as readonly number[]];
  const reached = tf.broadcast_util.assertAndGetBroadcastShape(x!.shape, shape);
  return shape.includes(0) && reached.join() === shape.join() ? tf.zeros(shape) : tf.broadcastTo(x!, shape);
};

const scattered: OfEmpty = ({ updates }, { shape }) =>
  isEmpty(updates!) ? tf.zeros([...shape as readonly number[]], updates!.dtype as "float32" | "int32") : undefined;

const convolution: OfEmpty = ({ x, filter }, { strides, pad, dilations }) => {
  if (!isEmpty(x!)) return undefined;
  const { outShape } = tf.backend_util.computeConv2DInfo(
    x!.shape as [number, number, number, number],
    filter!.shape as [number, number, number, number],
    strides as number,
    (dilations ?? 1) as number,
    pad as "valid" | "same" | number,
  );
  return tf.zeros(outShape);
};

/** Derivatives of no images. */
function derivative(attribute: string): OfEmpty {
  return ({ dy }, attributes) => isEmpty(dy!) ? tf.zeros([...attributes[attribute] as readonly number[]]) : undefined;
}

const OF_EMPTY: Readonly<Record<string, OfEmpty>> = {
  Sum: reduction(0),
  Max: reduction(-Infinity),
  Min: reduction(Infinity),
  Softmax: ({ logits }) => isEmpty(logits!) ? tf.zeros(logits!.shape) : undefined,
  BatchMatMul: product,
  _FusedMatMul: product,
  Conv2D: convolution,
  FusedConv2D: convolution,
  Conv2DBackpropInput: derivative("inputShape"),
  Conv2DBackpropFilter: derivative("filterShape"),
  Concat: concatenation,
  ScatterNd: scattered,
  MorphogenBroadcastTo: broadcast,
};

const accepted = new Set<string>();

/**
 * Make the kernels of a tfjs backend right for tensors without values, as an empty batch brings them: tfjs counts an empty
 * batch as one matrix, divides by the number of values, and its WebGPU shaders then read buffers of earlier tensors.
 *
 * @param backendName A started backend.
 */
export function acceptEmpty(backendName: "cpu" | "webgpu"): void {
  if (accepted.has(backendName)) return;
  accepted.add(backendName);
  for (const [kernelName, ofEmpty] of Object.entries(OF_EMPTY)) {
    const replaced = tf.getKernel(kernelName, backendName)?.kernelFunc;
    if (replaced !== undefined) tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: (args) => {
        const made = tf.tidy(() => ofEmpty(args.inputs as unknown as Inputs, args.attrs ?? {}));
        return made ?? replaced!(args);
      },
    });
  }
}
