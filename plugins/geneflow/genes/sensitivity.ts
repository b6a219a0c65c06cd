import { dataOf, dispose, square, sum, type Tensor, tidy, valueAndGrads } from "../../../core/mod.ts";

/** Path times at which the released program asks. */
export const SENSITIVITY_TIMES: readonly number[] = [0.1, 0.3, 0.5, 0.7, 0.9];

/**
 * How much each gene moves the network's output: the mean over images and times of |∂S / ∂gene| with S the sum of squared
 * outputs (section 4.5 of the GeneFlow paper, as released); over the cells of an image it is summed.
 *
 * @param output Makes the output from the expression at a path time; what else it reads is given.
 * @param expression Expression, `[..., G]`; padded rows count with 0 if the output does not see them.
 * @param images Images that it is of.
 * @param times Path times.
 * @returns One score per gene, `[G]`.
 */
export async function geneSensitivity(
  output: (expression: Tensor, t: number) => Tensor,
  expression: Tensor,
  images: number,
  times: readonly number[] = SENSITIVITY_TIMES,
): Promise<Float64Array> {
  const genes = expression.shape.at(-1)!;
  const out = new Float64Array(genes);
  for (const t of times) {
    const { value, grads } = tidy(() =>
      valueAndGrads(() => ({ value: sum(square(output(expression, t))) }), [expression])
    );
    (await dataOf(grads[0]!)).forEach((slope, i) => out[i % genes]! += Math.abs(slope) / (images * times.length));
    dispose([value, ...grads]);
  }
  return out;
}
