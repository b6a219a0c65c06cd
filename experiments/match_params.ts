import {
  CheckpointError,
  entries,
  type HostArray,
  type Model,
  type Rng,
  type Tensor,
  tidy,
  type Tree,
} from "../core/mod.ts";

/**
 * Shape of every parameter that a model starts with.
 *
 * @param model The model.
 * @param root Root of all streams.
 * @returns Shapes by path.
 */
export function shapesOf({ trainable }: Model, root: Rng): ReadonlyMap<string, readonly number[]> {
  const pairs = tidy(() =>
    entries<Tensor>(trainable.init(root.fold("init"))).map(([path, { shape }]) => ({ path, shape }))
  );
  return new Map(pairs.map(({ path, shape }) => [path, shape]));
}

/**
 * Refuse parameters that are not of this model: from a network of another size, or for data with other features.
 *
 * @param model The model.
 * @param params Parameters that were read.
 * @param path Checkpoint they are from, for the message.
 * @param root Root of all streams.
 * @throws {CheckpointError} If a parameter is missing, superfluous or of another shape.
 */
export function requireMatch(model: Model, params: Tree<HostArray>, path: string, root: Rng): void {
  const expected = shapesOf(model, root);
  const found = new Map(entries<HostArray>(params).map(([name, { shape }]) => [name, shape]));
  const text = (shape: readonly number[] | undefined): string =>
    shape === undefined ? "nothing" : `[${shape.join(", ")}]`;
  for (const name of new Set([...expected.keys(), ...found.keys()])) {
    const [there, here] = [text(found.get(name)), text(expected.get(name))];
    if (there === here) continue;
    throw new CheckpointError(
      `Cannot use checkpoint "${path}": parameter "${name}" is ${there} there and ${here} in this model; ` +
        "use the data set, preset and network settings that it was trained with",
    );
  }
}
