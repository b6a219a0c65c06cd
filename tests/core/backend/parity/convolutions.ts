import { conv2d, type Conv2dOptions } from "../../../../core/tensor/conv2d.ts";
import { averagePool2d, upsampleNearest2d } from "../../../../core/tensor/resample.ts";
import { type Case, type Input, type Operation, over, signed, smooth } from "./operation.ts";

type Images = readonly [batch: number, height: number, width: number, channels: number];

/** Images, filters `[side, side, channels, filters]` and a bias. */
function inputs(images: Images, side: number, filters: number): readonly Input[] {
  return [signed(images), signed([side, side, images[3], filters], 1), signed([filters], 2)];
}

function convolutions(options: Conv2dOptions, ...lists: readonly (readonly Input[])[]): readonly Case[] {
  return over((x, kernel, bias) => conv2d(x!, kernel!, bias, options), ...lists);
}

/** Operations on images. */
export const CONVOLUTIONS = {
  conv2d: smooth(
    3e-6,
    convolutions(
      {},
      inputs([1, 1, 1, 1], 1, 1),
      inputs([2, 5, 7, 3], 3, 4),
      inputs([1, 17, 3, 1], 3, 17),
      inputs([3, 4, 5, 17], 1, 3),
      inputs([2, 6, 5, 4], 2, 8),
      inputs([1, 17, 17, 5], 5, 3),
      inputs([0, 5, 5, 3], 3, 2),
      inputs([2, 5, 7, 3], 3, 4).slice(0, 2),
    ),
    convolutions(
      { padding: "same" },
      inputs([1, 1, 1, 3], 3, 2),
      inputs([2, 17, 9, 3], 3, 5),
      inputs([1, 8, 8, 16], 3, 8),
      inputs([1, 5, 4, 63], 3, 65),
      inputs([2, 6, 7, 3], 4, 2),
    ),
    convolutions({ padding: 2 }, inputs([2, 5, 3, 3], 3, 4), inputs([1, 1, 1, 1], 5, 1)),
    convolutions({ stride: 2 }, inputs([2, 7, 9, 3], 3, 4), inputs([1, 6, 5, 4], 1, 4), inputs([1, 4, 4, 3], 2, 2)),
    convolutions({ stride: 2, padding: "same" }, inputs([2, 7, 8, 3], 3, 4), inputs([1, 17, 5, 1], 5, 3)),
    convolutions({ stride: 3, padding: 1 }, inputs([2, 10, 8, 4], 3, 4), inputs([1, 5, 6, 2], 2, 3)),
    convolutions({ stride: 2, padding: 1 }, inputs([2, 8, 8, 4], 4, 4)),
  ),
  upsampleNearest2d: smooth(
    2e-6,
    over((x) => upsampleNearest2d(x!, 2), [signed([2, 3, 5, 4])], [signed([1, 17, 1, 3])], [signed([0, 3, 3, 2])]),
    over((x) => upsampleNearest2d(x!, 3), [signed([1, 2, 3, 1])]),
    over((x) => upsampleNearest2d(x!, 1), [signed([1, 2, 3, 1])]),
  ),
  averagePool2d: smooth(
    2e-6,
    over((x) => averagePool2d(x!, 2), [signed([2, 4, 6, 3])], [signed([1, 2, 34, 17])], [signed([0, 4, 4, 2])]),
    over((x) => averagePool2d(x!, 3), [signed([2, 3, 9, 4])]),
    over((x) => averagePool2d(x!, 1), [signed([1, 2, 3, 1])]),
  ),
} satisfies Record<string, Operation>;
