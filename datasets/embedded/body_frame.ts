import { symmetricEigen } from "../../core/spatial/eigen.ts";

/** A point or vector in space. */
export type Vector = readonly [number, number, number];

/** A turn and a shift in space; never a mirror. */
export interface BodyMap {
  /** Rotation matrix `[3, 3]` in row-major order; it acts on column vectors. */
  readonly rotation: readonly number[];
  /** Shift after the turn, `[3]`. */
  readonly translation: Vector;
}

/** Cells with names, so that those of two embryos correspond. */
export type NamedCells = ReadonlyMap<string, Vector>;

/** Rounds of averaging and fitting; the residual stops falling after about three. */
const ROUNDS = 10;

const subtract = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const scale = (a: Vector, factor: number): Vector => [a[0] * factor, a[1] * factor, a[2] * factor];
const unit = (a: Vector): Vector => scale(a, 1 / Math.sqrt(dot(a, a)));
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/**
 * Mean of points.
 *
 * @param points At least one.
 * @returns Their centre.
 */
export function centreOf(points: readonly Vector[]): Vector {
  const sum: [number, number, number] = [0, 0, 0];
  for (const point of points) for (let d = 0; d < 3; d++) sum[d]! += point[d]!;
  return scale(sum, 1 / points.length);
}

function turn(rotation: readonly number[], [x, y, z]: Vector): Vector {
  const row = (i: number): number => rotation[3 * i]! * x + rotation[3 * i + 1]! * y + rotation[3 * i + 2]! * z;
  return [row(0), row(1), row(2)];
}

/**
 * Move a point.
 *
 * @param map Turn and shift.
 * @param point The point.
 * @returns `rotation · point + translation`.
 */
export function applyBodyMap(map: BodyMap, point: Vector): Vector {
  const [x, y, z] = turn(map.rotation, point);
  return [x + map.translation[0], y + map.translation[1], z + map.translation[2]];
}

/** Turn of the unit quaternion that is the leading eigenvector of Horn's matrix (Horn 1987, J. Opt. Soc. Am. A 4). */
function bestTurn(from: readonly Vector[], to: readonly Vector[]): readonly number[] {
  const sum = (a: number, b: number): number => from.reduce((total, point, i) => total + point[a]! * to[i]![b]!, 0);
  const [xx, yy, zz] = [sum(0, 0), sum(1, 1), sum(2, 2)];
  const [xy, yx, xz, zx, yz, zy] = [sum(0, 1), sum(1, 0), sum(0, 2), sum(2, 0), sum(1, 2), sum(2, 1)];
  const matrix = Float64Array.of(
    ...[xx + yy + zz, yz - zy, zx - xz, xy - yx],
    ...[yz - zy, xx - yy - zz, xy + yx, zx + xz],
    ...[zx - xz, xy + yx, yy - xx - zz, yz + zy],
    ...[xy - yx, zx + xz, yz + zy, zz - xx - yy],
  );
  const { vectors } = symmetricEigen(matrix, 4);
  const [w, x, y, z] = [vectors[0]!, vectors[1]!, vectors[2]!, vectors[3]!];
  return [
    ...[1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    ...[2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    ...[2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
}

/**
 * Lay points onto others by a turn and a shift, least squares.
 *
 * @param from Points to move.
 * @param to Where they belong, in the same order.
 * @returns The map.
 */
export function fitBodyMap(from: readonly Vector[], to: readonly Vector[]): BodyMap {
  const [a, b] = [centreOf(from), centreOf(to)];
  const rotation = bestTurn(from.map((point) => subtract(point, a)), to.map((point) => subtract(point, b)));
  return { rotation, translation: subtract(b, turn(rotation, a)) };
}

/** Groups of cells that tell the axes of the body: from the first of a pair to the second. */
export interface BodyAxes {
  /** Tells whether a cell is anterior or posterior; undefined if it counts for neither. */
  readonly along: (cell: string) => "anterior" | "posterior" | undefined;
  /** Tells whether a cell is ventral or dorsal; undefined if it counts for neither. */
  readonly up: (cell: string) => "ventral" | "dorsal" | undefined;
}

function upright(cells: NamedCells, { along, up }: BodyAxes): BodyMap {
  const centre = (belongs: (cell: string) => boolean): Vector =>
    centreOf([...cells].flatMap(([name, point]) => belongs(name) ? [point] : []));
  const posterior = unit(
    subtract(centre((cell) => along(cell) === "posterior"), centre((cell) => along(cell) === "anterior")),
  );
  const rough = subtract(centre((cell) => up(cell) === "dorsal"), centre((cell) => up(cell) === "ventral"));
  const dorsal = unit(subtract(rough, scale(posterior, dot(rough, posterior))));
  const rotation = [...posterior, ...dorsal, ...cross(posterior, dorsal)];
  return { rotation, translation: scale(turn(rotation, centreOf([...cells.values()])), -1) };
}

/**
 * Bring embryos into one frame: anterior to posterior along x, ventral to dorsal along y, the third axis completes them
 * as recorded (maps never mirror), origin in the middle.
 *
 * @param embryos Cells of each embryo by name; those that all embryos have count.
 * @param axes Which cells tell the axes.
 * @returns One map per embryo.
 */
export function bodyMaps(embryos: readonly NamedCells[], axes: BodyAxes): readonly BodyMap[] {
  const shared = [...embryos[0]!.keys()].filter((name) => embryos.every((cells) => cells.has(name)));
  const points = embryos.map((cells) => shared.map((name) => cells.get(name)!));
  let mean = points[0]!;
  for (let round = 0; round < ROUNDS; round++) {
    const placed = points.map((cells) => {
      const map = fitBodyMap(cells, mean);
      return cells.map((point) => applyBodyMap(map, point));
    });
    mean = mean.map((_, i) => centreOf(placed.map((cells) => cells[i]!)));
  }
  const final = upright(new Map(shared.map((name, i) => [name, mean[i]!])), axes);
  const target = mean.map((point) => applyBodyMap(final, point));
  return points.map((cells) => fitBodyMap(cells, target));
}
