/** A mapping from data to pixels. */
export type Scale = (value: number) => number;

/** Lowest and highest value of an axis; the first is smaller. */
export type Domain = readonly [number, number];

/** A mark on an axis. */
export interface Tick {
  /** Position in data units. */
  readonly value: number;
  /** What stands beside it. */
  readonly label: string;
}

/**
 * Smallest and largest finite value.
 *
 * @param arrays Values, in any number of arrays.
 * @returns The range; `[0, 1]` if no value is finite.
 */
export function extent(arrays: Iterable<ArrayLike<number>>): Domain {
  let [low, high] = [Infinity, -Infinity];
  for (const array of arrays) {
    for (let i = 0; i < array.length; i++) {
      const value = array[i]!;
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : [0, 1];
}

/**
 * Widen a range so that nothing sits on its edge; a single value becomes a range around it.
 *
 * @param domain The range.
 * @param fraction Share of the range to add at each end.
 * @returns The wider range.
 */
export function padDomain(domain: Domain, fraction: number): Domain {
  const [low, high] = domain;
  const pad = high > low ? (high - low) * fraction : Math.abs(low) * 0.1 || 0.5;
  return [low - pad, high + pad];
}

/**
 * Map a range linearly; a range without width maps to the middle.
 *
 * @param domain Data range.
 * @param range Pixels at both ends, in any order.
 * @returns The mapping.
 */
export function linearScale(domain: Domain, range: readonly [number, number]): Scale {
  const [low, high] = domain;
  const [from, to] = range;
  if (!(high > low)) return () => (from + to) / 2;
  const factor = (to - from) / (high - low);
  return (value) => from + (value - low) * factor;
}

/**
 * Map a range of positive numbers by their logarithm.
 *
 * @param domain Data range, both ends above 0.
 * @param range Pixels at both ends, in any order.
 * @returns The mapping; NaN for values that are not positive.
 */
export function logScale(domain: Domain, range: readonly [number, number]): Scale {
  const scale = linearScale([Math.log10(domain[0]), Math.log10(domain[1])], range);
  return (value) => value > 0 ? scale(Math.log10(value)) : NaN;
}

/** The step of 1, 2 or 5 times a power of ten that cuts `width` into a number of pieces closest to `count`. */
function niceStep(width: number, count: number): number {
  const power = 10 ** Math.floor(Math.log10(width / count));
  const off = (factor: number): number => Math.abs(Math.log(width / (factor * power) / count));
  return [1, 2, 5, 10].reduce((best, factor) => off(factor) < off(best) ? factor : best, 1) * power;
}

/**
 * Round positions inside a range.
 *
 * @param domain The range.
 * @param count About how many are wanted.
 * @returns Positions on multiples of 1, 2 or 5 times a power of ten, with labels of equal decimals.
 */
export function linearTicks(domain: Domain, count: number = 5): readonly Tick[] {
  const [low, high] = domain;
  if (!(high > low)) return [{ value: low, label: tickLabel(low, 0) }];
  const step = niceStep(high - low, count);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks: Tick[] = [];
  const slack = (high - low) * 1e-9;
  for (let i = Math.ceil((low - slack) / step); i * step <= high + slack; i++) {
    const value = Number((i * step).toPrecision(12));
    ticks.push({ value, label: tickLabel(value, decimals) });
  }
  return ticks;
}

/**
 * Move the ends of a range outwards to round positions that are all but reached, 0 to 19,999 to 0 to 20,000.
 *
 * @param domain The range.
 * @returns The range, wider by less than 2 % at each end.
 */
export function roundEnds([low, high]: Domain): Domain {
  if (!(high > low)) return [low, high];
  const step = niceStep(high - low, 5);
  const [down, up] = [Math.floor(low / step) * step, Math.ceil(high / step) * step];
  const near = (high - low) * 0.02;
  return [low - down < near ? down : low, up - high < near ? up : high];
}

function tickLabel(value: number, decimals: number): string {
  if (value === 0) return "0";
  if (Math.abs(value) >= 1e6 || decimals > 4) return exponential(value);
  return value.toFixed(decimals).replace("-", "\u2212").replace(/\B(?=(\d{3})+$)/g, decimals === 0 ? "," : "");
}

function exponential(value: number): string {
  const [factor = "", power = ""] = Number(value.toPrecision(6)).toExponential().split("e");
  return `${factor}e${power.replace("+", "")}`.replaceAll("-", "\u2212");
}

/**
 * Round positions inside a range of positive numbers.
 *
 * @param domain The range, both ends above 0.
 * @param count About how many are wanted at most.
 * @returns Powers of ten; with 2 and 5 times them if the range holds fewer than three; linear positions if it is
 * narrower still.
 */
export function logTicks(domain: Domain, count: number = 6): readonly Tick[] {
  const [low, high] = domain;
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const inside = (factors: readonly number[], every: number): Tick[] => {
    const ticks: Tick[] = [];
    for (let power = Math.ceil(first / every) * every; power <= last; power += every) {
      for (const factor of factors) {
        const value = Number(`${factor}e${power}`);
        if (value < low * (1 - 1e-9) || value > high * (1 + 1e-9)) continue;
        ticks.push({ value, label: power < -3 || power > 5 ? exponential(value) : formatPlain(value) });
      }
    }
    return ticks;
  };
  const decades = inside([1], Math.max(1, Math.ceil((last - first) / count)));
  if (decades.length >= 3) return decades;
  const fine = inside([1, 2, 5], 1);
  return fine.length >= 3 ? fine : linearTicks(domain, count);
}

function formatPlain(value: number): string {
  return value >= 1000 ? String(value).replace(/\B(?=(\d{3})+$)/g, ",") : String(value);
}
