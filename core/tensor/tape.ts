import { dispose } from "./memory.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

/** One recorded operation. */
type Node = ReturnType<typeof tf.engine>["state"]["activeTape"][number];

/** The engine's switches of the tape; the typings hide them, tfjs' own gradients use them. */
interface TapeControl {
  startTape(): void;
  endTape(): void;
}

/**
 * Record what a function computes.
 *
 * @param fn The work.
 * @returns The result and the recorded operations, first to last.
 */
export function record(fn: () => Tensor): { readonly value: Tensor; readonly tape: readonly Node[] } {
  const engine = tf.engine();
  const control = engine as unknown as TapeControl;
  control.startTape();
  try {
    return { value: tf.tidy(fn), tape: [...engine.state.activeTape] };
  } finally {
    control.endTape();
  }
}

/** Free what operations saved for their derivatives; an enclosing gradient still needs its part of the tape. */
export function freeTape(): void {
  const { state } = tf.engine();
  if (state.gradientDepth > 0 || !state.activeTape) return;
  for (const node of state.activeTape) dispose(node.saved ?? []);
  state.activeTape = [];
}

function dependents(tape: readonly Node[], xs: readonly Tensor[]): ReadonlySet<number> {
  const ids = new Set(xs.map((x) => x.id));
  for (const { inputs, outputs } of tape) {
    if (Object.values(inputs).some((input) => ids.has(input.id))) { for (const { id } of outputs) ids.add(id); }
  }
  return ids;
}

function derivatives(node: Node, dys: (Tensor | undefined)[], names: readonly string[]): Tensor[] {
  if (node.gradient === undefined) throw new Error(`Cannot differentiate ${node.kernelName}: it has no derivative`);
  // Fused operations read the first derivative only; zeros in place of the others would be made for nothing.
  const isFused = node.kernelName.startsWith("Morphogen");
  const made = node.gradient((isFused ? dys.map(() => dys[0]) : dys) as Tensor[]);
  const out: Tensor[] = [];
  for (const name of names) {
    const make = made[name];
    if (make === undefined) {
      throw new Error(`Cannot differentiate ${node.kernelName}: its input "${name}" counts as data`);
    }
    const grad = make();
    if (grad.shape.join() !== node.inputs[name]!.shape.join()) {
      throw new TypeError(
        `Cannot differentiate ${node.kernelName}: the derivative of input "${name}" has shape [${grad.shape}], the ` +
          `input [${node.inputs[name]!.shape}]`,
      );
    }
    // Each result is freed on its own, so it must be a tensor of its own.
    out.push(dys.includes(grad) || out.includes(grad) ? tf.clone(grad) : grad);
  }
  return out;
}

/**
 * Walk back over recorded operations, freeing derivatives and saved tensors as soon as they are used up.
 *
 * @param tape Operations in the order they ran.
 * @param y Scalar that was computed.
 * @param xs Tensors to differentiate for.
 * @returns One derivative per tensor, `undefined` where `y` does not depend on it.
 */
export function backpropagate(tape: readonly Node[], y: Tensor, xs: readonly Tensor[]): (Tensor | undefined)[] {
  const wanted = new Set(xs.map((x) => x.id));
  const relevant = dependents(tape, xs);
  const isOutermost = tf.engine().state.gradientDepth === 0;
  const grads = new Map<number, Tensor>([[y.id, tf.ones(y.shape)]]);
  for (let i = tape.length - 1; i >= 0; i--) {
    const node = tape[i]!;
    const dys = node.outputs.map(({ id }) => grads.get(id));
    const names = Object.keys(node.inputs).filter((name) => relevant.has(node.inputs[name]!.id));
    if (names.length > 0 && dys.some((dy) => dy !== undefined)) {
      const made = tf.tidy(() => derivatives(node, dys, names));
      names.forEach((name, j) => {
        const { id } = node.inputs[name]!;
        const before = grads.get(id);
        if (before === undefined) return void grads.set(id, made[j]!);
        grads.set(id, tf.add(before, made[j]!));
        dispose([before, made[j]!]);
      });
    }
    for (const { id } of node.outputs) {
      if (wanted.has(id)) continue;
      const used = grads.get(id);
      if (used === undefined) continue;
      dispose([used]);
      grads.delete(id);
    }
    if (isOutermost) dispose(node.saved ?? []);
  }
  return xs.map((x) => grads.get(x.id));
}
