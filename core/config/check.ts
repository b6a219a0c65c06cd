/**
 * Check that a configured number is a whole number in a range.
 *
 * @param key Configuration key.
 * @param value Its value.
 * @param least Smallest value allowed.
 * @param most Largest value allowed; absent means any.
 * @returns One message, or none if it is fine.
 */
export function checkWhole(key: string, value: number, least: number, most?: number): readonly string[] {
  if (Number.isInteger(value) && value >= least && value <= (most ?? Infinity)) return [];
  const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
  return [`${key} is ${value}, expected a whole number ${range}`];
}

/**
 * Check that a configured text is one of several.
 *
 * @param key Configuration key.
 * @param value Its value.
 * @param choices Texts allowed.
 * @returns One message, or none if it is fine.
 */
export function checkChoice(key: string, value: string, choices: readonly string[]): readonly string[] {
  if (choices.includes(value)) return [];
  return [`${key} is "${value}", expected ${choices.map((choice) => `"${choice}"`).join(" or ")}`];
}

/**
 * Check that a configured text is there.
 *
 * @param key Configuration key.
 * @param value Its value.
 * @returns One message, or none if it is fine.
 */
export function checkText(key: string, value: string): readonly string[] {
  return value === "" ? [`${key} is empty, expected a name`] : [];
}

/**
 * Check that a configured number lies in a range.
 *
 * @param key Configuration key.
 * @param value Its value.
 * @param fits Whether a number is allowed.
 * @param range The range in words, for example `"a positive number"`.
 * @returns One message, or none if it is fine.
 */
export function checkNumber(
  key: string,
  value: number,
  fits: (value: number) => boolean,
  range: string,
): readonly string[] {
  return Number.isFinite(value) && fits(value) ? [] : [`${key} is ${value}, expected ${range}`];
}
