/** Group thousands with commas; `text` is a plain decimal number. */
function grouped(text: string): string {
  const [whole = "", fraction] = text.split(".");
  const digits = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? digits : `${digits}.${fraction}`;
}

function minus(text: string): string {
  return text.replaceAll("-", "\u2212");
}

/**
 * Write a number for readers: grouped integers, three significant digits otherwise, powers of ten at the extremes.
 *
 * @param value The number.
 * @param digits Significant digits of numbers that are not integers.
 * @returns Text with a true minus sign; `"n/a"` for NaN, `"∞"` for infinity.
 */
export function formatNumber(value: number, digits: number = 3): string {
  if (Number.isNaN(value)) return "n/a";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "\u2212∞";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return minus(grouped(String(value)));
  if (size >= 1e6 || size < 1e-3) return minus(value.toExponential(digits - 1).replace("e+", "e"));
  if (size >= 10 ** (digits - 1)) return minus(grouped(value.toFixed(0)));
  return minus(value.toPrecision(digits));
}

/** Decimals of a standard deviation by the rule of the Particle Data Group: two digits if they
 * are 10 to 35 or 95 to 99, otherwise one. */
function decimalsOf(spread: number): number {
  const power = Math.floor(Math.log10(spread));
  const leading = spread / 10 ** power;
  return leading < 3.55 || leading >= 9.5 ? 1 - power : -power;
}

/**
 * Write a measurement with its standard deviation, rounded to what the latter can tell.
 *
 * @param value The measurement.
 * @param spread Sample standard deviation; absent or 0 writes the value alone.
 * @returns For example `"0.812 ± 0.004"`.
 */
export function formatSpread(value: number, spread?: number): string {
  if (spread === undefined || !(spread > 0) || !Number.isFinite(spread)) return formatNumber(value);
  const decimals = decimalsOf(spread);
  if (decimals > 6 || decimals < 0 || !Number.isFinite(value)) {
    return `${formatNumber(value)} ± ${formatNumber(spread, 2)}`;
  }
  return `${minus(grouped(value.toFixed(decimals)))} ± ${spread.toFixed(decimals)}`;
}
