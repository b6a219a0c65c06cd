import { dispose as disposeTensors, type Tensor } from "./tensor/mod.ts";

/** A nested, read-only structure with leaves of type `T`; parameters and optimizer slots are trees. */
export type Tree<T> = T | readonly Tree<T>[] | { readonly [key: string]: Tree<T> };

/** Model parameters, addressed by path, for example `encoder/0/attention/query/kernel`. */
export type Params = Tree<Tensor>;

/** A leaf with the path that leads to it. */
export type Entry<T> = readonly [path: string, leaf: T];

function isBranch(node: unknown): node is Readonly<Record<string, unknown>> | readonly unknown[] {
  if (Array.isArray(node)) return true;
  if (typeof node !== "object" || node === null || Object.getPrototypeOf(node) !== Object.prototype) return false;
  return !("data" in node && ArrayBuffer.isView(node.data));
}

/**
 * List the leaves of a tree with their paths, keys of a record in sorted order.
 *
 * Anything that is neither an array nor a plain record is a leaf: tensors and typed arrays are, and so are host arrays.
 *
 * @example Usage
 * ```ts
 * import { entries } from "@morphogen/morphogen";
 *
 * const paths = entries<number>({ b: 2, a: [0, 1] }).map(([path]) => path);
 * if (paths.join() !== "a/0,a/1,b") throw new Error(paths.join());
 * ```
 *
 * @typeParam T Leaf type.
 * @param tree The tree.
 * @returns Path and leaf, depth first; the path of a bare leaf is empty.
 */
export function entries<T>(tree: Tree<T>): Entry<T>[] {
  const out: Entry<T>[] = [];
  const walk = (node: Tree<T>, path: string): void => {
    if (!isBranch(node)) {
      out.push([path, node as T]);
      return;
    }
    const record = node as { readonly [key: string]: Tree<T> };
    const keys = Array.isArray(node) ? Object.keys(node) : Object.keys(node).sort();
    for (const key of keys) walk(record[key]!, path === "" ? key : `${path}/${key}`);
  };
  walk(tree, "");
  return out;
}

/**
 * List the leaves of a tree in the order of {@linkcode entries}.
 *
 * @typeParam T Leaf type.
 * @param tree The tree.
 * @returns The leaves.
 */
export function leaves<T>(tree: Tree<T>): T[] {
  return entries(tree).map(([, leaf]) => leaf);
}

/**
 * Rebuild a tree from new leaves.
 *
 * @typeParam T Leaf type of the pattern.
 * @typeParam U Leaf type of the result.
 * @param like Tree that gives the structure.
 * @param values One leaf for each of `like`, in the order of {@linkcode leaves}.
 * @returns A tree of the same structure.
 * @throws {RangeError} If the numbers of leaves differ.
 */
export function unflatten<T, U>(like: Tree<T>, values: readonly U[]): Tree<U> {
  let next = 0;
  const build = (node: Tree<T>): Tree<U> => {
    if (!isBranch(node)) return values[next++] as U;
    if (Array.isArray(node)) return node.map(build);
    const record = node as { readonly [key: string]: Tree<T> };
    const keys = Object.keys(record).sort();
    return Object.fromEntries(keys.map((key) => [key, build(record[key]!)]));
  };
  const tree = build(like);
  if (next !== values.length) {
    throw new RangeError(`Cannot build a tree of ${next} leaves from ${values.length} values`);
  }
  return tree;
}

/**
 * Apply a function to each leaf.
 *
 * @example Usage
 * ```ts
 * import { mapTree } from "@morphogen/morphogen";
 *
 * const doubled = mapTree<number, number>((value) => 2 * value, { a: 1, b: [2] });
 * if (JSON.stringify(doubled) !== '{"a":2,"b":[4]}') throw new Error(JSON.stringify(doubled));
 * ```
 *
 * @typeParam T Leaf type of the argument.
 * @typeParam U Leaf type of the result.
 * @param fn Receives the leaf and its path.
 * @param tree The tree.
 * @returns A tree of the same structure.
 */
export function mapTree<T, U>(fn: (leaf: T, path: string) => U, tree: Tree<T>): Tree<U> {
  return unflatten(tree, entries(tree).map(([path, leaf]) => fn(leaf, path)));
}

/**
 * Build a nested record from path and leaf pairs; a level whose keys are 0, 1, 2, … becomes a list.
 *
 * @typeParam T Leaf type.
 * @param pairs Paths and leaves, as {@linkcode entries} lists them.
 * @returns The tree.
 * @throws {TypeError} If one path runs through another's leaf, or occurs twice.
 */
export function fromEntries<T>(pairs: Iterable<Entry<T>>): Tree<T> {
  const leafOf = Symbol("leaf");
  type Node = { [key: string]: Node; [leafOf]?: T };
  // No prototype: a part may be called "constructor".
  const empty = (): Node => Object.create(null);
  const root = empty();
  for (const [path, leaf] of pairs) {
    let node = root;
    for (const key of path === "" ? [] : path.split("/")) {
      if (leafOf in node) throw new TypeError(`Cannot place "${path}": a shorter path already holds a leaf`);
      node = node[key] ??= empty();
    }
    if (leafOf in node || Object.keys(node).length > 0) {
      throw new TypeError(`Cannot place "${path}": the path, or a longer one, already holds a leaf`);
    }
    node[leafOf] = leaf;
  }
  const close = (node: Node): Tree<T> => {
    if (leafOf in node) return node[leafOf] as T;
    const keys = Object.keys(node);
    const list = keys.length > 0 && keys.every((key, i) => key === String(i));
    if (list) return keys.map((key) => close(node[key]!));
    return Object.fromEntries(keys.map((key) => [key, close(node[key]!)]));
  };
  return close(root);
}

/**
 * Walk to a subtree.
 *
 * @typeParam T Leaf type.
 * @param tree The tree.
 * @param path Keys joined by `/`, for example `"encoder/0"`.
 * @returns The subtree or leaf.
 * @throws {TypeError} If the path does not exist.
 */
export function subtree<T>(tree: Tree<T>, path: string): Tree<T> {
  let node: Tree<T> = tree;
  for (const key of path.split("/")) {
    const inside = isBranch(node) && Object.hasOwn(node, key);
    const next: Tree<T> | undefined = inside ? (node as { readonly [key: string]: Tree<T> })[key] : undefined;
    if (next === undefined) {
      const known = isBranch(node) ? Object.keys(node).join(", ") : "nothing, it is a leaf";
      throw new TypeError(`Cannot find "${key}" of "${path}": there is ${known}`);
    }
    node = next;
  }
  return node;
}

/**
 * Walk to a parameter tensor.
 *
 * @param params Parameters.
 * @param path Keys joined by `/`, for example `"encoder/0/weight"`.
 * @returns The tensor.
 * @throws {TypeError} If the path does not exist or leads to a subtree.
 */
export function tensorAt(params: Params, path: string): Tensor {
  const leaf = subtree(params, path);
  if (isBranch(leaf)) throw new TypeError(`Cannot use "${path}" as a tensor: it holds ${Object.keys(leaf).join(", ")}`);
  return leaf as Tensor;
}

/**
 * Free all tensors of a tree.
 *
 * @param tree Tree of tensors; freeing one twice is harmless.
 */
export function disposeTree(tree: Tree<Tensor>): void {
  disposeTensors(leaves(tree));
}
