/** Declared sizes, null where any size goes. */
export function sizesOf(
  dims: readonly (number | string | null)[] | null,
): readonly (number | null)[] | null {
  return dims?.map((size) => (typeof size === 'number' && size > 0 ? size : null)) ?? null
}
