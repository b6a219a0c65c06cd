/** The k best candidates so far, the worst of them on top; worse is farther, then larger row. */
export interface Heap {
  /** Squared distance of each candidate. */
  readonly squared: Float64Array;
  /** Row of each candidate. */
  readonly row: Int32Array;
  /** Number of candidates held. */
  size: number;
}

/**
 * Add a candidate.
 *
 * @param heap Heap that is not full.
 * @param squared Squared distance.
 * @param row Row of the candidate.
 */
export function addEntry(heap: Heap, squared: number, row: number): void {
  let at = heap.size++;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!worse(squared, row, heap.squared[parent]!, heap.row[parent]!)) break;
    heap.squared[at] = heap.squared[parent]!;
    heap.row[at] = heap.row[parent]!;
    at = parent;
  }
  heap.squared[at] = squared;
  heap.row[at] = row;
}

/**
 * Remove the worst candidate.
 *
 * @param heap Heap that is not empty.
 */
export function removeWorst(heap: Heap): void {
  const last = --heap.size;
  if (last > 0) replaceWorst(heap, heap.squared[last]!, heap.row[last]!);
}

/**
 * Put a candidate in place of the worst.
 *
 * @param heap Heap that is not empty.
 * @param squared Squared distance.
 * @param row Row of the candidate.
 */
export function replaceWorst(heap: Heap, squared: number, row: number): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.size) break;
    if (
      child + 1 < heap.size &&
      worse(heap.squared[child + 1]!, heap.row[child + 1]!, heap.squared[child]!, heap.row[child]!)
    ) child++;
    if (!worse(heap.squared[child]!, heap.row[child]!, squared, row)) break;
    heap.squared[at] = heap.squared[child]!;
    heap.row[at] = heap.row[child]!;
    at = child;
  }
  heap.squared[at] = squared;
  heap.row[at] = row;
}

function worse(squared: number, row: number, thanSquared: number, thanRow: number): boolean {
  return squared > thanSquared || (squared === thanSquared && row > thanRow);
}
