import {
  type Citation,
  type Data,
  hostArray,
  type HostRng,
  inMemory,
  type Rng,
  rng,
  type Section,
} from "../core/mod.ts";
import { checkChoice, checkWhole } from "../core/config/check.ts";
import type { Dataset, LoadOptions } from "./mod.ts";

/** Configuration of the two-dimensional toy distributions. */
export interface ToyConfig {
  /** `"eight-gaussians"`, `"two-moons"`, `"checkerboard"` or `"spirals"`. */
  readonly kind: string;
  /** Points in the training and in the test sample, each. */
  readonly size: number;
}

/** A distribution with named modes: a point from its mode and three independent draws. */
interface Shape {
  readonly modes: readonly string[];
  /** Point of a mode from a uniform `u`, `v` in [0, 1) and standard normals `a`, `b`. */
  readonly point: (mode: number, u: number, v: number, a: number, b: number) => readonly [number, number];
}

const SHAPES: Readonly<Record<string, Shape>> = {
  "eight-gaussians": {
    modes: Array.from({ length: 8 }, (_, i) => `${45 * i} degrees`),
    point: (mode, _u, _v, a, b) => {
      const angle = (mode * Math.PI) / 4;
      return [2 * Math.cos(angle) + 0.15 * a, 2 * Math.sin(angle) + 0.15 * b];
    },
  },
  "two-moons": {
    modes: ["upper", "lower"],
    point: (mode, u, _v, a, b) => {
      const [x, y] = [Math.cos(Math.PI * u), Math.sin(Math.PI * u)];
      const [cx, cy] = mode === 0 ? [x - 0.5, y - 0.25] : [0.5 - x, 0.25 - y];
      return [1.5 * cx + 0.08 * a, 1.5 * cy + 0.08 * b];
    },
  },
  "checkerboard": {
    modes: Array.from({ length: 8 }, (_, i) => `square ${i + 1}`),
    point: (mode, u, v) => {
      const row = mode >> 1;
      const column = 2 * (mode % 2) + row % 2;
      return [column - 2 + u, row - 2 + v];
    },
  },
  "spirals": {
    modes: ["first arm", "second arm"],
    point: (mode, u, _v, a, b) => {
      // The square root spreads points evenly along the arm.
      const turn = 3 * Math.PI * Math.sqrt(u);
      const [angle, radius] = [turn + mode * Math.PI, 2 * turn / (3 * Math.PI)];
      return [radius * Math.cos(angle) + 0.05 * a, radius * Math.sin(angle) + 0.05 * b];
    },
  },
};

const CITATION: Citation = Object.freeze({
  title: "Synthetic two-dimensional distributions",
  authors: "The Morphogen authors",
  year: 2026,
  url: "https://jsr.io/@morphogen/morphogen",
  licence: "MIT",
});

function draw(shape: Shape, name: string, split: "train" | "test", size: number, stream: Rng): Section {
  const host = (tag: string): HostRng => stream.fold(tag).host;
  const [u, v] = [host("u").uniform(size), host("v").uniform(size)];
  const [a, b] = [host("a").normal(size), host("b").normal(size)];
  const mode = host("mode").choice(shape.modes.length, size, { replace: true });
  const points = new Float32Array(2 * size);
  for (let i = 0; i < size; i++) points.set(shape.point(mode[i]!, u[i]!, v[i]!, a[i]!, b[i]!), 2 * i);
  const parts = { x: inMemory(hostArray(points, [size, 2])) };
  return Object.freeze({ name, time: -1, split, rows: size, parts, labels: { mode } });
}

function load({ kind, size }: ToyConfig, options: LoadOptions): Promise<Data> {
  const shape = SHAPES[kind]!;
  const stream = rng(options.seed).fold("toy-2d").fold(kind);
  return Promise.resolve({
    spec: {
      name: `toy-2d ${kind}`,
      parts: { x: { shape: [2], unit: "dimensionless", names: ["x", "y"] } },
      times: [],
      labels: { mode: shape.modes },
    },
    sections: (["train", "test"] as const).map((split) => draw(shape, split, split, size, stream.fold(split))),
    citation: CITATION,
    source: `synthetic:${kind}`,
    notes: ["Synthetic points, not measurements"],
  });
}

/** Synthetic distributions in the plane, to see whether a method learns at all. */
export const toy2d: Dataset<ToyConfig> = Object.freeze({
  name: "toy-2d",
  description: "Synthetic points in the plane: eight Gaussians, two moons, checkerboard, spirals",
  defaults: { kind: "eight-gaussians", size: 10_000 },
  check: ({ kind, size }: ToyConfig): readonly string[] => [
    ...checkChoice("kind", kind, Object.keys(SHAPES)),
    ...checkWhole("size", size, 1, 10_000_000),
  ],
  load,
});
