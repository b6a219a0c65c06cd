/** A place in the plane. */
export type Place = readonly [x: number, y: number];

/** A piece of a geometry: its area, negative for holes, and its centroid. */
interface Part {
  readonly area: number;
  readonly centre: Place;
}

const [POINT, POLYGON, MULTI_POINT, MULTI_POLYGON] = [1, 3, 4, 6] as const;

interface Cursor {
  at: number;
}

/** Area and centroid of a ring by the shoelace formula, relative to its first corner, since places may be far from 0. */
function ringPart(ring: readonly Place[]): Part {
  const [ox, oy] = ring[0] ?? [NaN, NaN];
  let [area, x, y] = [0, 0, 0];
  for (let i = 0; i + 1 < ring.length; i++) {
    const [ax, ay] = [ring[i]![0] - ox, ring[i]![1] - oy];
    const [bx, by] = [ring[i + 1]![0] - ox, ring[i + 1]![1] - oy];
    const cross = ax * by - bx * ay;
    [area, x, y] = [area + cross / 2, x + (ax + bx) * cross / 6, y + (ay + by) * cross / 6];
  }
  return area === 0 ? { area: 0, centre: [ox, oy] } : { area: Math.abs(area), centre: [ox + x / area, oy + y / area] };
}

/** The parts of a geometry; format: OGC 06-103r4, section 8. */
function readParts(view: DataView, cursor: Cursor): readonly Part[] {
  const little = view.getUint8(cursor.at) === 1;
  const code = view.getUint32(cursor.at + 1, little);
  cursor.at += 5;
  // Extended codes mark z and m by high bits and an SRID by another; ISO codes add 1000 and 2000.
  if ((code & 0x20000000) !== 0) cursor.at += 4;
  const kind = (code & 0x0fffffff) % 1000;
  const iso = Math.floor((code & 0x0fffffff) / 1000);
  const more = Number((code & 0x80000000) !== 0 || iso === 1 || iso === 3) +
    Number((code & 0x40000000) !== 0 || iso >= 2);
  const place = (): Place => {
    const found: Place = [view.getFloat64(cursor.at, little), view.getFloat64(cursor.at + 8, little)];
    cursor.at += 8 * (2 + more);
    return found;
  };
  const count = (): number => {
    cursor.at += 4;
    return view.getUint32(cursor.at - 4, little);
  };
  switch (kind) {
    case POINT:
      return [{ area: 0, centre: place() }];
    case POLYGON:
      return Array.from({ length: count() }, (_, i) => {
        const ring = ringPart(Array.from({ length: count() }, place));
        return i === 0 ? ring : { ...ring, area: -ring.area };
      });
    case MULTI_POINT:
    case MULTI_POLYGON:
      return Array.from({ length: count() }, () => readParts(view, cursor)).flat();
    default:
      throw new RangeError(`geometry type ${kind} is no point or polygon`);
  }
}

/**
 * Find the centroid of a point, a polygon or several of them.
 *
 * @param bytes The geometry as well-known binary.
 * @returns The centroid, weighted by area where there is area.
 * @throws {RangeError} If the geometry is of another type or ends early.
 */
export function centroidOf(bytes: Uint8Array): Place {
  const parts = readParts(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), { at: 0 });
  const area = parts.reduce((sum, part) => sum + part.area, 0);
  const weight = (part: Part): number => area === 0 ? 1 / parts.length : part.area / area;
  return [
    parts.reduce((sum, part) => sum + weight(part) * part.centre[0], 0),
    parts.reduce((sum, part) => sum + weight(part) * part.centre[1], 0),
  ];
}
