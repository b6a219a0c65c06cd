import {
  concat,
  dropoutLayer,
  initNamed,
  type Layer,
  type LayerContext,
  layerNormLayer,
  linear,
  matMul,
  mul,
  type Params,
  paramsOf,
  type Rng,
  sequential,
  SILU,
  symmetricUniform,
  type Tensor,
  tensorAt,
  within,
  zeros,
} from "../../core/mod.ts";

/** Sizes of the conditioner. */
export interface ConditionerSizes {
  /** Transitions (T). */
  readonly transitions: number;
  /** Width of every vector (E). */
  readonly width: number;
  /** Entries of the signature of expression (G); 0 switches it off. */
  readonly expression: number;
  /** Entries of the signature of morphology (M); 0 switches it off. */
  readonly morphology: number;
  /** Entries of the control cell's embedding (Z); 0 if there is none. */
  readonly control: number;
  /** Probability of dropping a value. */
  readonly dropout: number;
}

/** What the conditioner joins. */
export interface ConditionerInput {
  /** Weights of the transitions, `[B, T]`. */
  readonly transition: Tensor;
  /** Signature of expression, `[B, G]`; read if it is switched on. */
  readonly expression?: Tensor;
  /** Signature of morphology, `[B, M]`; read if it is switched on. */
  readonly morphology?: Tensor;
  /** Embedding of the control cell, `[B, Z]`; read if there is one. */
  readonly control?: Tensor;
}

/** What the conditioner makes. */
export interface ConditionerOutput {
  /** The change alone, `[B, E]`. */
  readonly change: Tensor;
  /** The change in the light of the control cell, `[B, E]`. */
  readonly condition: Tensor;
}

/** A network that joins transition, signatures and control cell (section 4.3). */
export interface Conditioner {
  /**
   * Create fresh parameters, under the names of the released program.
   *
   * @param rng Stream for the initializers.
   * @returns New tensors.
   */
  init(rng: Rng): Params;
  /**
   * Evaluate the network.
   *
   * @param params Parameters.
   * @param input What it joins.
   * @param ctx Training flag and stream.
   * @returns The two vectors.
   * @throws {TypeError} If an input that is switched on is absent.
   */
  apply(params: Params, input: ConditionerInput, ctx: LayerContext): ConditionerOutput;
}

/** Standard deviation of fresh transitions. */
const SPREAD = 0.02;

/** An affine map that starts as Glorot and Bengio (2010) have it, without bias. */
function glorotLayer(inputs: number, outputs: number): Layer {
  const bound = Math.sqrt(6 / (inputs + outputs));
  return {
    init: (rng: Rng): Params => ({ weight: symmetricUniform(rng, [inputs, outputs], bound), bias: zeros([outputs]) }),
    apply: (params: Params, x: Tensor): Tensor => linear(x, tensorAt(params, "weight"), tensorAt(params, "bias")),
  };
}

function given(input: ConditionerInput, name: "expression" | "morphology" | "control"): Tensor {
  const found = input[name];
  if (found !== undefined) return found;
  throw new TypeError(`Cannot condition on ${name}: the input has none`);
}

/**
 * The conditioner of the released program; its signatures and the control cell can each be left out.
 *
 * @param sizes Sizes.
 * @returns The network; 3.85 million parameters at width 512 with 313 genes, ten transitions and a control of 512.
 */
export function conditioner(sizes: ConditionerSizes): Conditioner {
  const { transitions, width, expression, morphology, control, dropout } = sizes;
  const projection = (inputs: number): Layer =>
    sequential([glorotLayer(inputs, width), layerNormLayer(width), SILU, dropoutLayer(dropout)]);
  const mlp = (inputs: number, end: readonly Layer[]): Layer =>
    sequential([
      glorotLayer(inputs, 2 * width),
      layerNormLayer(2 * width),
      SILU,
      dropoutLayer(dropout),
      glorotLayer(2 * width, width),
      ...end,
    ]);
  const signatures = [
    ...(expression > 0 ? [["proj_g", "expression", projection(expression)] as const] : []),
    ...(morphology > 0 ? [["proj_m", "morphology", projection(morphology)] as const] : []),
  ];
  const change = mlp((1 + signatures.length) * width, [layerNormLayer(width)]);
  const join = mlp(width + control, []);
  const table: Pick<Layer, "init"> = {
    init: (rng: Rng): Params => ({ weight: mul(rng.normal([transitions, width]), SPREAD) }),
  };
  const parts = {
    trans_embed: table,
    ...Object.fromEntries(signatures.map(([name, , layer]) => [name, layer])),
    mlp_pert: change,
    mlp_cond: join,
  };
  return Object.freeze({
    init: (rng: Rng): Params => initNamed(parts, rng),
    apply(params: Params, input: ConditionerInput, ctx: LayerContext): ConditionerOutput {
      const vectors = [
        matMul(input.transition, tensorAt(params, "trans_embed/weight")),
        ...signatures.map(([name, from, layer]) =>
          layer.apply(paramsOf(params, name), given(input, from), within(ctx, name))
        ),
      ];
      const pert = change.apply(paramsOf(params, "mlp_pert"), concat(vectors, 1), within(ctx, "change"));
      const joined = control > 0 ? concat([given(input, "control"), pert], 1) : pert;
      return { change: pert, condition: join.apply(paramsOf(params, "mlp_cond"), joined, within(ctx, "join")) };
    },
  });
}
