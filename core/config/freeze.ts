/**
 * Freeze a configuration and everything in it, so that nothing can change it after it was merged.
 *
 * @typeParam T Type of the value.
 * @param value A value made of records, lists and scalars; frozen in place, typed arrays are left as they are.
 * @returns `value` itself.
 */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) freezeDeep(inner);
  return value;
}
